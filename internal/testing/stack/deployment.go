package stack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher.example/internal/testing/iam"
)

// deployment is the template under one choice of parameters.
type deployment struct {
	template
	params    map[string]string
	resources map[string]resource
}

// resource is one resource of a deployment, with all functions evaluated.
type resource struct {
	Type           string
	Properties     map[string]any
	Metadata       map[string]any
	DeletionPolicy string
	ReplacePolicy  string
}

// deploy fills in the parameters, CloudFormation's own among them, given as
// Name=value; the others keep their defaults, and the stage is dev.
func deploy(t testing.TB, overrides ...string) *deployment {
	t.Helper()
	d := fillIn(t, overrides...)
	for _, refusal := range d.refusals(t) {
		t.Fatalf("with %v template.yaml says: %s", overrides, refusal)
	}
	for name, r := range d.Resources {
		if c, ok := r["Condition"]; ok && !d.condition(t, c.(string)) {
			continue
		}
		d.resources[name] = resource{
			Type:           r["Type"].(string),
			Properties:     object(d.resolve(t, r["Properties"])),
			Metadata:       object(r["Metadata"]),
			DeletionPolicy: text(r["DeletionPolicy"]),
			ReplacePolicy:  text(r["UpdateReplacePolicy"]),
		}
	}
	return d
}

// fillIn fills in the parameters and creates nothing yet.
func fillIn(t testing.TB, overrides ...string) *deployment {
	t.Helper()
	d := &deployment{template: read(t), params: maps.Clone(pseudo), resources: map[string]resource{}}
	for name, p := range d.Parameters {
		d.params[name] = text(p["Default"])
	}
	d.params["Stage"] = "dev"
	for _, o := range overrides {
		name, value, _ := strings.Cut(o, "=")
		if _, ok := d.params[name]; !ok {
			t.Fatalf("template.yaml has no parameter %s", name)
		}
		d.params[name] = value
	}
	return d
}

// refusals are what the template's rules say against the parameters.
func (d *deployment) refusals(t testing.TB) []string {
	t.Helper()
	var said []string
	for _, name := range keys(d.Rules) {
		rule := d.Rules[name]
		if when := rule["RuleCondition"]; when != nil && !d.resolve(t, when).(bool) {
			continue
		}
		for _, a := range rule["Assertions"].([]any) {
			if !d.resolve(t, at(a, "Assert")).(bool) {
				said = append(said, text(at(a, "AssertDescription")))
			}
		}
	}
	return said
}

// one returns the resource with the given logical id.
func (d *deployment) one(t testing.TB, name string) resource {
	t.Helper()
	r, ok := d.resources[name]
	if !ok {
		t.Fatalf("the deployment has no resource %s", name)
	}
	return r
}

// all returns the logical ids of a type's resources, sorted.
func (d *deployment) all(kind string) []string {
	var names []string
	for name, r := range d.resources {
		if r.Type == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (d *deployment) condition(t testing.TB, name string) bool {
	t.Helper()
	c, ok := d.Conditions[name]
	if !ok {
		t.Fatalf("template.yaml has no condition %s", name)
	}
	return d.resolve(t, c).(bool)
}

// noValue is what AWS::NoValue becomes; it is removed from what holds it.
type noValue struct{}

// resolve evaluates the functions in v.
func (d *deployment) resolve(t testing.TB, v any) any {
	t.Helper()
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, e := range v {
			if r := d.resolve(t, e); r != (noValue{}) {
				out = append(out, r)
			}
		}
		return out
	case map[string]any:
		if len(v) == 1 {
			for fn, arg := range v {
				if fn == "Ref" || isNamedCondition(fn, arg) || strings.HasPrefix(fn, "Fn::") {
					return d.call(t, fn, arg)
				}
			}
		}
		out := map[string]any{}
		for key, e := range v {
			r := d.resolve(t, e)
			if _, none := r.(noValue); !none {
				out[key] = r
			}
		}
		return out
	}
	return v
}

// isNamedCondition tells the name of a condition from the conditions of a policy.
func isNamedCondition(fn string, arg any) bool {
	_, named := arg.(string)
	return fn == "Condition" && named
}

// call evaluates one function.
func (d *deployment) call(t testing.TB, fn string, arg any) any {
	t.Helper()
	list, _ := arg.([]any)
	switch fn {
	case "Ref":
		return d.ref(t, arg.(string))
	case "Fn::GetAtt":
		d.known(t, strings.Split(arg.(string), ".")[0])
		return "<" + arg.(string) + ">"
	case "Fn::Sub":
		return d.sub(t, arg)
	case "Fn::If":
		if d.condition(t, list[0].(string)) {
			return d.resolve(t, list[1])
		}
		return d.resolve(t, list[2])
	case "Fn::Equals":
		return fmt.Sprint(d.resolve(t, list[0])) == fmt.Sprint(d.resolve(t, list[1]))
	case "Fn::Not":
		return !d.resolve(t, list[0]).(bool)
	case "Condition":
		return d.condition(t, arg.(string))
	case "Fn::Or":
		for _, part := range list {
			if d.resolve(t, part).(bool) {
				return true
			}
		}
		return false
	case "Fn::And":
		for _, part := range list {
			if !d.resolve(t, part).(bool) {
				return false
			}
		}
		return true
	}
	t.Fatalf("template.yaml uses %s, which these tests cannot evaluate yet", fn)
	return nil
}

// pseudo are CloudFormation's own parameters, as they are unless a test says
// otherwise.
var pseudo = map[string]string{
	"AWS::Region": "ap-northeast-1", "AWS::AccountId": iam.Account, "AWS::Partition": "aws", "AWS::StackName": "usher-test",
}

func (d *deployment) ref(t testing.TB, name string) any {
	t.Helper()
	if name == "AWS::NoValue" {
		return noValue{}
	}
	if v, ok := d.params[name]; ok {
		return v
	}
	d.known(t, name)
	return "<" + name + ">"
}

// known stops the test at a name that is no resource of this deployment, so a
// reference to something left out by its condition shows.
func (d *deployment) known(t testing.TB, name string) {
	t.Helper()
	r, ok := d.Resources[name]
	if !ok {
		t.Fatalf("template.yaml refers to %s, which it does not declare", name)
	}
	if c, ok := r["Condition"]; ok && !d.condition(t, c.(string)) {
		t.Fatalf("the deployment refers to %s, which its condition %s leaves out", name, c)
	}
}

var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9:.]+)\}`)

func (d *deployment) sub(t testing.TB, arg any) string {
	t.Helper()
	pattern, local := "", map[string]any{}
	switch arg := arg.(type) {
	case string:
		pattern = arg
	case []any:
		pattern, local = arg[0].(string), arg[1].(map[string]any)
	}
	return placeholder.ReplaceAllStringFunc(pattern, func(m string) string {
		name := m[2 : len(m)-1]
		if v, ok := local[name]; ok {
			return fmt.Sprint(d.resolve(t, v))
		}
		if strings.Contains(name, ".") {
			return d.call(t, "Fn::GetAtt", name).(string)
		}
		return fmt.Sprint(d.ref(t, name))
	})
}

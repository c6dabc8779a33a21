package stack_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// root is the repository's root, seen from this directory.
var root = filepath.Join("..", "..")

// template is template.yaml as written: functions are maps of one key, the
// function's long name.
type template struct {
	Metadata   map[string]any
	Parameters map[string]map[string]any
	Conditions map[string]any
	Globals    map[string]map[string]any
	Resources  map[string]map[string]any
	Outputs    map[string]map[string]any

	order []string // logical ids of the resources as they stand in the file
}

// read reads template.yaml.
func read(t *testing.T) template {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("template.yaml: %v", err)
	}
	top := plain(t, doc.Content[0]).(map[string]any)
	tpl := template{
		Metadata: top["Metadata"].(map[string]any), Conditions: top["Conditions"].(map[string]any),
		Parameters: section(top["Parameters"]), Globals: section(top["Globals"]),
		Resources: section(top["Resources"]), Outputs: section(top["Outputs"]),
	}
	for i := 0; i < len(doc.Content[0].Content); i += 2 {
		if doc.Content[0].Content[i].Value != "Resources" {
			continue
		}
		for j, resources := 0, doc.Content[0].Content[i+1].Content; j < len(resources); j += 2 {
			tpl.order = append(tpl.order, resources[j].Value)
		}
	}
	return tpl
}

func section(v any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for name, value := range v.(map[string]any) {
		out[name] = value.(map[string]any)
	}
	return out
}

// plain turns a node into maps, slices and scalars; a CloudFormation tag
// becomes the long form of its function.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		v = m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, plain(t, c))
		}
		v = list
	case yaml.ScalarNode:
		if strings.HasPrefix(n.Tag, "!!") {
			if err := n.Decode(&v); err != nil {
				t.Fatalf("template.yaml:%d: %v", n.Line, err)
			}
			return v
		}
		v = n.Value
	default:
		t.Fatalf("template.yaml:%d: CloudFormation reads no aliases", n.Line)
	}
	switch tag := n.Tag; {
	case strings.HasPrefix(tag, "!!"):
		return v
	case tag == "!Ref" || tag == "!Condition":
		return map[string]any{tag[1:]: v}
	default:
		return map[string]any{"Fn::" + tag[1:]: v}
	}
}

// deployment is the template under one choice of parameters.
type deployment struct {
	template
	params    map[string]string
	resources map[string]resource
}

// resource is one resource of a deployment, all functions carried out.
type resource struct {
	Type           string
	Properties     map[string]any
	Metadata       map[string]any
	DeletionPolicy string
	ReplacePolicy  string
}

// deploy fills in the parameters, given as Name=value; the others keep their defaults.
func deploy(t *testing.T, overrides ...string) *deployment {
	t.Helper()
	d := &deployment{template: read(t), params: map[string]string{}, resources: map[string]resource{}}
	for name, p := range d.Parameters {
		d.params[name] = fmt.Sprint(p["Default"])
	}
	for _, o := range overrides {
		name, value, _ := strings.Cut(o, "=")
		if _, ok := d.params[name]; !ok {
			t.Fatalf("template.yaml has no parameter %s", name)
		}
		d.params[name] = value
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

// one returns the resource with the given logical id.
func (d *deployment) one(t *testing.T, name string) resource {
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

func (d *deployment) condition(t *testing.T, name string) bool {
	t.Helper()
	c, ok := d.Conditions[name]
	if !ok {
		t.Fatalf("template.yaml has no condition %s", name)
	}
	return d.resolve(t, c).(bool)
}

// noValue is what AWS::NoValue becomes; whatever holds it loses it.
type noValue struct{}

// resolve carries out the functions in v.
func (d *deployment) resolve(t *testing.T, v any) any {
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
				if fn == "Ref" || strings.HasPrefix(fn, "Fn::") {
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

// call carries out one function.
func (d *deployment) call(t *testing.T, fn string, arg any) any {
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
	}
	t.Fatalf("template.yaml uses %s, which these tests cannot carry out yet", fn)
	return nil
}

// pseudo are CloudFormation's own parameters.
var pseudo = map[string]string{
	"AWS::Region": "ap-northeast-1", "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::StackName": "usher-test",
}

func (d *deployment) ref(t *testing.T, name string) any {
	t.Helper()
	if name == "AWS::NoValue" {
		return noValue{}
	}
	if v, ok := pseudo[name]; ok {
		return v
	}
	if v, ok := d.params[name]; ok {
		return v
	}
	d.known(t, name)
	return "<" + name + ">"
}

// known stops the test at a name that is no resource of this deployment, so a
// reference to something left out by its condition shows.
func (d *deployment) known(t *testing.T, name string) {
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

func (d *deployment) sub(t *testing.T, arg any) string {
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

// at walks maps by key and returns what is there, nil if anything on the way is missing.
func at(v any, keys ...string) any {
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// text is v as a string, "" for nothing.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// texts is v, a scalar or a list of them, as strings.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{text(v)}
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, text(e))
	}
	return out
}

// keys are the keys of m, sorted.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

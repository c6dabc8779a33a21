package installation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// defaultArchitecture is the processor that the functions are built for by default.
const defaultArchitecture = "arm64"

// Deployed is a stack as CloudFormation describes it; the zero value is none.
type Deployed struct {
	Exists     bool
	Parameters map[string]string
	Outputs    map[string]string
}

// Plan is what one deployment does.
type Plan struct {
	Stage        Stage
	Architecture string

	// Given are the parameters that the deployment names. All others keep the
	// value that the stack has or, in a new one, get their default.
	Given map[string]string

	have Deployed
}

// NewPlan works out a deployment. Arch is the processor to build for; "" takes it
// from the file of values, else from the stack, else the default. The error says
// why the deployment is refused.
func NewPlan(s Stage, have Deployed, arch string) (Plan, error) {
	p := Plan{Stage: s, Given: maps.Clone(map[string]string(s.Values)), have: have}
	wanted := s.Values[architecture]
	if arch != "" && wanted != "" && arch != wanted {
		return Plan{}, fmt.Errorf("ARCH is %s, but %s has %s=%s; remove one of them", arch, s.File, architecture, wanted)
	}
	p.Architecture = cmp.Or(arch, wanted, have.Parameters[architecture], defaultArchitecture)
	p.Given[stage], p.Given[architecture] = s.Name, p.Architecture
	return p, p.checkPool()
}

// checkPool refuses a deployment that would change the pool, or whose pool is in
// another region.
func (p Plan) checkPool() error {
	pool, named := p.Given[userPool]
	if !named {
		return nil
	}
	if has := p.have.Parameters[userPool]; p.have.Exists && pool != has {
		present, advice := "a pool of its own", "Remove "+userPool+" from "+p.Stage.File
		if id := p.have.Outputs[userPool]; has == "" && id != "" {
			present += ", " + id
		}
		if has != "" {
			present, advice = has, "Set "+userPool+"="+has
		}
		return fmt.Errorf("the stack %s uses %s, but %s names %s; a stack cannot change its pool, because the people it invited are in it. "+
			"%s, or use another stage for another pool", p.Stage.StackName, present, p.Stage.File, cmp.Or(pool, "a new one"), advice)
	}
	if in, _, _ := strings.Cut(pool, "_"); pool != "" && in != p.Stage.Region {
		return fmt.Errorf("the pool %s is not in %s, the region of the stack; set %s in %s", pool, p.Stage.Region, region, p.Stage.File)
	}
	return nil
}

// Overrides are the arguments of SAM's --parameter-overrides. SAM itself removes
// the quotes; no shell is involved.
func (p Plan) Overrides() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(p.Given)) {
		list = append(list, name+`="`+strings.ReplaceAll(p.Given[name], `"`, `\"`)+`"`)
	}
	return list
}

// Difference says what the deployment changes, and what the stack keeps although
// the file of values does not name it.
func (p Plan) Difference() string {
	var b strings.Builder
	if !p.have.Exists {
		fmt.Fprintf(&b, "The stack %s does not exist in %s yet. It will be created with:\n", p.Stage.StackName, p.Stage.Region)
		for _, name := range slices.Sorted(maps.Keys(p.Given)) {
			fmt.Fprintf(&b, "  %s = %s\n", name, shown(p.Given[name]))
		}
		if p.Given[userPool] == "" {
			b.WriteString("It creates its own user pool. ")
		}
		b.WriteString("All other parameters get their defaults.\n")
		return b.String()
	}
	var changed, kept []string
	for _, name := range p.Stage.Parameters {
		has, known := p.have.Parameters[name]
		if value, given := p.Given[name]; given && (value != has || !known) {
			changed = append(changed, fmt.Sprintf("  %s: %s -> %s\n", name, shown(has), shown(value)))
		} else if !given && known {
			kept = append(kept, name)
		}
	}
	fmt.Fprintf(&b, "The stack %s in %s: ", p.Stage.StackName, p.Stage.Region)
	if len(changed) == 0 {
		b.WriteString("no parameter changes.\n")
	} else {
		b.WriteString("these parameters change:\n" + strings.Join(changed, ""))
	}
	if len(kept) > 0 {
		fmt.Fprintf(&b, "Not in %s, so these keep the stack's values:\n", p.Stage.File)
		for _, name := range kept {
			fmt.Fprintf(&b, "  %s = %s\n", name, shown(p.have.Parameters[name]))
		}
	}
	return b.String()
}

func shown(value string) string { return cmp.Or(value, "(empty)") }

package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// template is template.yaml as written: functions are maps of one key, the
// function's long name.
type template struct {
	Metadata   map[string]any
	Parameters map[string]map[string]any
	Rules      map[string]map[string]any
	Conditions map[string]any
	Globals    map[string]map[string]any
	Resources  map[string]map[string]any
	Outputs    map[string]map[string]any

	order []string // logical ids of the resources, in the order of the file
}

// read reads template.yaml.
func read(t testing.TB) template {
	t.Helper()
	data, err := os.ReadFile(find(t))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, data)
}

// parse reads the text of a template.
func parse(t testing.TB, data []byte) template {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatalf("template.yaml: %v", err)
	}
	top := plain(t, doc.Content[0]).(map[string]any)
	tpl := template{
		Metadata: top["Metadata"].(map[string]any), Conditions: top["Conditions"].(map[string]any),
		Parameters: section(top["Parameters"]), Rules: section(top["Rules"]), Globals: section(top["Globals"]),
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

// find returns the path of template.yaml, in a folder above that of the
// running test.
func find(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "template.yaml")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatal("no folder above this test holds template.yaml")
	return ""
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
func plain(t testing.TB, n *yaml.Node) any {
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

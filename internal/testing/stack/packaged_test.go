package stack

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestThePackagedTemplateIsTheTemplate holds the template of a release to the one that
// all other tests here read: only where the functions' code is differs, and two
// parameters say that.
func TestThePackagedTemplateIsTheTemplate(t *testing.T) {
	t.Parallel()
	root := filepath.Dir(find(t))
	in, err := os.Open(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".ci/packaged.go")
	cmd.Dir, cmd.Stdin, cmd.Stderr = root, in, os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want, got := read(t), parse(t, text)

	for _, parameter := range []string{"CodeBucket", "CodePrefix"} {
		if got.Parameters[parameter] == nil || want.Parameters[parameter] != nil {
			t.Errorf("parameter %s: in the release %v, in template.yaml %v", parameter, got.Parameters[parameter], want.Parameters[parameter])
		}
		delete(got.Parameters, parameter)
	}
	for name, resource := range got.Resources {
		if resource["Type"] != "AWS::Serverless::Function" {
			continue
		}
		code := map[string]any{"Bucket": map[string]any{"Ref": "CodeBucket"}, "Key": map[string]any{"Fn::Sub": "${CodePrefix}" + name + ".zip"}}
		properties := resource["Properties"].(map[string]any)
		if diff := cmp.Diff(any(code), properties["CodeUri"]); diff != "" {
			t.Errorf("code of %s (-want +got):\n%s", name, diff)
		}
		properties["CodeUri"] = "."
		resource["Metadata"] = map[string]any{"BuildMethod": "makefile"}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(template{})); diff != "" {
		t.Errorf("the rest (-template.yaml +release):\n%s", diff)
	}
}

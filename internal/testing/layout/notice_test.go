package layout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoticeHasTheLicenseOfAllThatIsLinked(t *testing.T) {
	t.Parallel()
	made := exec.CommandContext(t.Context(), "go", "run", ".ci/notice.go")
	made.Dir, made.Stderr = root, os.Stderr
	want, err := made.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "NOTICE"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run make notice (-want +got):\n%s", diff)
	}
}

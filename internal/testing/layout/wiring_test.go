package layout_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// byHand is a part of usher that is assembled field by field. After a star is
// the type of the elements of a map or a slice.
var byHand = regexp.MustCompile(`[^*]onboard\.(Worker|Submitter|Requeuer)\{`)

// What one program gives a worker and another forgets is a bug that no test of
// either finds. So all of them, and the tests, get their parts from onboard.System.
func TestPartsAreBuiltInOnePlace(t *testing.T) {
	t.Parallel()
	if !byHand.MatchString("w := &onboard.Worker{Pool: p}") {
		t.Fatal("this test finds nothing")
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || filepath.Base(path) == "wiring_test.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range byHand.FindAllString(string(text), -1) {
			t.Errorf("%s: %s...: build it with onboard.System", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

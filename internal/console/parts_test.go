package console_test

import (
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/local"
)

// A result that is larger than one answer can be is downloaded as one file.
func TestALargeResultIsOneFile(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	var list strings.Builder
	list.WriteString("email,note\nann@example.org,\n")
	for i := range 700 { // no address, so that nobody has to wait for the pace
		fmt.Fprintf(&list, "person%d,%s\n", i, strings.Repeat("n", 6000))
	}
	b.submit("", list.String(), "keep_columns=true")
	b.sees("1 of 701 rows invited")
	dir := b.downloads()
	b.press("Download the results")
	rows := b.saved(dir, "results.csv")
	if n := strings.Count(rows, "\n"); n != 702 || strings.Count(rows, "email,note,state") != 1 || len(rows) < 4_000_000 {
		t.Errorf("the file has %d lines, want a header and 701 rows; %d bytes", n, len(rows))
	}
}

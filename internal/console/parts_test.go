package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"usher.example/internal/local"
)

// A result that is larger than one answer can be is downloaded as one file.
func TestALargeResultIsOneFile(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	var list strings.Builder
	list.WriteString("email,note\nann@example.org,\n")
	for i := range 700 { // no address, so that nobody has to wait for the pace
		fmt.Fprintf(&list, "person%d,%s\n", i, strings.Repeat("n", 6000))
	}
	answer, err := http.Post(base+"/requests", "text/csv", strings.NewReader(list.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var request struct {
		ID string `json:"request_id"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&request); err != nil || answer.StatusCode != http.StatusAccepted {
		t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	b.open("#/requests/" + request.ID)
	b.sees("1 of 701 rows invited")
	dir := b.downloads()
	b.press("Download the results")
	rows := b.saved(dir, "results.csv")
	if n := strings.Count(rows, "\n"); n != 702 || strings.Count(rows, "email,note,state") != 1 || len(rows) < 4_000_000 {
		t.Errorf("the file has %d lines, want a header and 701 rows; %d bytes", n, len(rows))
	}
}

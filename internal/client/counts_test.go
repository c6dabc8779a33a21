package client_test

import (
	"encoding/json"
	"testing"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// A state without a field would be missing from what the command line shows.
func TestCountsOfEveryState(t *testing.T) {
	t.Parallel()
	sent := map[string]int{}
	for i, s := range onboard.States {
		sent[string(s)] = i + 1
	}
	body, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var counts client.Counts
	if err := json.Unmarshal(body, &counts); err != nil {
		t.Fatal(err)
	}
	for i, s := range onboard.States {
		if n := counts[s]; n != i+1 {
			t.Errorf("%s: %d rows, want %d", s, n, i+1)
		}
	}
}

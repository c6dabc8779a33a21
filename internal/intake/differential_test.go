package intake_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// person is one row, to be written down in several formats.
type person struct {
	Email      string            `json:"email"`
	Groups     []string          `json:"groups,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Ref        string            `json:"ref,omitempty"`
}

// TestJSONAndCSVGiveTheSameRows writes random people as JSON, NDJSON and CSV.
// encoding/json and encoding/csv do the writing, so the readers are held to them
// too.
func TestJSONAndCSVGiveTheSameRows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		people := randomPeople(rand.New(rand.NewPCG(seed, 1)))

		array, err := json.Marshal(people)
		if err != nil {
			t.Fatal(err)
		}
		want := mustRead(t, jsonType, string(array))
		for format, body := range map[string]string{
			"application/x-ndjson": ndjsonOf(t, people),
			"text/csv":             csvOf(t, people, ','),
			"text/csv; x=y":        csvOf(t, people, ';'),
			"text/csv; tab=yes":    csvOf(t, people, '\t'),
		} {
			got := mustRead(t, format, body)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(onboard.Row{}, "Number", "Cells", "Pointer"), cmpopts.IgnoreFields(onboard.Submission{}, "CSV", "Columns", "Separator", "Reading")); diff != "" {
				t.Fatalf("seed %d, %s (-json +got):\n%s\n%s", seed, format, diff, body)
			}
		}
	}
}

func randomPeople(rng *rand.Rand) []person {
	people := make([]person, 1+rng.IntN(20))
	for i := range people {
		p := person{Email: fmt.Sprintf("p%d@example.org", i), Ref: randomText(rng), Attributes: map[string]string{}}
		for g := range rng.IntN(4) {
			p.Groups = append(p.Groups, fmt.Sprintf("group %d", g))
		}
		for _, name := range []string{"given_name", "address", "tenant", "custom:Plan"} {
			p.Attributes[name] = randomText(rng)
		}
		people[i] = p
	}
	return people
}

func randomText(rng *rand.Rand) string {
	alphabet := []rune("ab ,;|\t\n\"\\/=+-@＝é漢😀'")
	var b strings.Builder
	for range rng.IntN(8) {
		b.WriteRune(alphabet[rng.IntN(len(alphabet))])
	}
	return b.String()
}

func ndjsonOf(t *testing.T, people []person) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	for _, p := range people {
		if err := enc.Encode(p); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func csvOf(t *testing.T, people []person, separator rune) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = separator
	w.Write([]string{"tenant", "REF", "Given Name", "e-mail", "group", "address", "custom:Plan"})
	for _, p := range people {
		a := p.Attributes
		cells := []string{a["tenant"], p.Ref, a["given_name"], p.Email, strings.Join(p.Groups, "|"), a["address"], a["custom:Plan"]}
		for i, cell := range cells {
			cells[i] = intake.Protect(cell) // an apostrophe before a formula belongs to a CSV file's protection
		}
		w.Write(cells)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

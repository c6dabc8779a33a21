package intake_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"usher.example/internal/intake"
)

func BenchmarkReadJSON(b *testing.B) {
	for _, rows := range []int{1, 1_000, 10_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) { benchmark(b, jsonType, []byte(peopleJSON(rows)), rows) })
	}
}

func BenchmarkReadCSV(b *testing.B) {
	for _, rows := range []int{1, 1_000, 10_000} {
		var body strings.Builder
		body.WriteString("email,groups,ref,given_name,tenant\n")
		for i := range rows {
			fmt.Fprintf(&body, "person%d@example.org,staff|it,%d,Given %d,acme\n", i, i, i)
		}
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			benchmark(b, csvType, []byte(body.String()), rows)
			compareWithCSV(b, body.String())
		})
	}
}

func peopleJSON(rows int) string {
	var body strings.Builder
	for i := range rows {
		fmt.Fprintf(&body, `,{"email":"person%d@example.org","groups":["staff","it"],"attributes":{"given_name":"Given %d","tenant":"acme"},"ref":"%d"}`, i, i, i)
	}
	return `{"users":[` + body.String()[1:] + `]}`
}

// compareWithCSV reports the time against encoding/csv reading the same body in the
// same run, one after the other so that a busy machine slows both. docs/design.md says why it is not less.
func compareWithCSV(b *testing.B, body string) {
	var ours, reference time.Duration
	for range 20 {
		start := time.Now()
		if _, err := csv.NewReader(strings.NewReader(body)).ReadAll(); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := intake.Read(csvType, []byte(body), intake.Limits{}); err != nil {
			b.Fatal(err)
		}
		ours, reference = ours+time.Since(middle), reference+middle.Sub(start)
	}
	b.ReportMetric(ours.Seconds()/reference.Seconds(), "x-encoding/csv")
}

// benchmark reports allocations a row and the time against encoding/json decoding
// the same rows in the same run.
func benchmark(b *testing.B, contentType string, body []byte, rows int) {
	document := []byte(peopleJSON(rows))
	b.SetBytes(int64(len(body)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if _, err := intake.Read(contentType, body, intake.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)

	var decoded struct{ Users []person }
	start := time.Now()
	for range b.N {
		decoded.Users = nil
		if err := json.Unmarshal(document, &decoded); err != nil {
			b.Fatal(err)
		}
	}
	reference := time.Since(start)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/float64(rows), "allocs/row")
	b.ReportMetric(b.Elapsed().Seconds()/reference.Seconds(), "x-encoding/json")
}

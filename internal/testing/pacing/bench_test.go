package pacing_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
)

// BenchmarkPace works requests of 50,000 rows off under all conditions, prints a
// table of what came of them, and fails where less came of them than is asked.
// Its times are real: what it costs to simulate.
func BenchmarkPace(b *testing.B) {
	const rows = 50_000
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\t\t\t\t\t\t\t")
	fmt.Fprintln(table, "conditions\tof the quota\tthrottled\tmost in 1 s\tcalls a user\tlooks\tback after\t")
	for _, tr := range append(trials(size{steady: rows, change: rows / 5}), hardships(rows/5)...) {
		b.Run(tr.name, func(b *testing.B) {
			var o outcome
			for b.Loop() {
				o = tr.run(b)
			}
			tr.hold(b, o)
			b.ReportMetric(o.share, "of_quota")
			b.ReportMetric(1e6*o.throttled, "throttled_ppm")
			b.ReportMetric(o.calls, "calls/user")
			fmt.Fprintf(table, "%s\t%s\t%.4f %%\t%d\t%.4f\t%d\t%s\t\n",
				tr.name, share(tr, o), 100*o.throttled, o.most, o.calls, o.looks, backAfter(tr, o))
		})
	}
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}

// share is what was made use of, where there was one quota all the time.
func share(tr trial, o outcome) string {
	if tr.change != nil {
		return "-"
	}
	return fmt.Sprintf("%.4f", o.share)
}

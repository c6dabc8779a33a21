package functions_test

import (
	"slices"
	"testing"
	"time"

	"usher.example/internal/testing/runtimeapi"
)

// maxColdStart is how many times as long as a program that does nothing a
// function may take from its start to its first event.
const maxColdStart = 2.5

// BenchmarkColdStart measures each function from its start to its first event,
// in turns with a program that does nothing, so that a change in the machine's
// speed meets both. It fails when a target is missed; the sizes are those that
// TestProgramsAreSmall checks.
func BenchmarkColdStart(b *testing.B) {
	idle := runtimeapi.Build(b, "../internal/testing/runtimeapi/testdata/echo")
	for _, pkg := range []string{"api", "worker", "deadletter", "requeue", "mailevents"} {
		b.Run(pkg, func(b *testing.B) {
			binary := runtimeapi.Build(b, "./"+pkg)
			var ratios []float64
			var starts []time.Duration
			for b.Loop() {
				base := coldStart(b, idle)
				own := coldStart(b, binary)
				starts = append(starts, own)
				ratios = append(ratios, own.Seconds()/base.Seconds())
			}
			plain, zipped := sizes(b, binary, pkg)
			ratio := median(ratios)
			b.ReportMetric(ratio, "x-idle")
			b.ReportMetric(float64(median(starts).Microseconds())/1e3, "ms-start")
			b.ReportMetric(float64(plain)/1e6, "MB-binary")
			b.ReportMetric(float64(zipped)/1e6, "MB-zip")
			if len(ratios) >= 5 && ratio > maxColdStart {
				b.Errorf("starts in %.2f times what an idle program takes, want at most %.1f", ratio, maxColdStart)
			}
		})
	}
}

// coldStart starts a program once and returns how long it took to ask for its
// first event. Its settings are there; no service listens at them.
func coldStart(b *testing.B, binary string) time.Duration {
	b.Helper()
	f := runtimeapi.Start(b, binary, []string{
		"TABLE_NAME=usher", "QUEUE_URL=http://127.0.0.1:9/1/usher", "DEAD_LETTER_QUEUE_URL=http://127.0.0.1:9/1/dead",
		"USER_POOL_ID=eu-west-1_AbCd12345", "ADMIN_GROUP=administrators",
	})
	defer f.Stop()
	took, err := f.Init()
	if err != nil {
		b.Fatalf("%v\n%s", err, f.Logs())
	}
	return took
}

func median[T int | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

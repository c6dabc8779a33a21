package functions_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"usher.example/internal/runtimeapi"
)

// Targets of the built programs.
const (
	maxBinary = 11_000_000 // bytes
	maxZip    = 4_200_000  // bytes

	// maxColdStart is how many times as long as a program that does nothing a
	// function may take from its start to its first event.
	maxColdStart = 2.5
)

// BenchmarkColdStart measures each function from its start to its first event,
// in turns with a program that does nothing, so that a change in the machine's
// speed meets both. It fails when a target is missed.
func BenchmarkColdStart(b *testing.B) {
	idle := runtimeapi.Build(b, "../internal/runtimeapi/testdata/echo")
	for _, pkg := range []string{"api", "worker", "deadletter", "requeue"} {
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
			bytes, zipped := sizes(b, binary)
			ratio := median(ratios)
			b.ReportMetric(ratio, "x-idle")
			b.ReportMetric(float64(median(starts).Microseconds())/1e3, "ms-start")
			b.ReportMetric(float64(bytes)/1e6, "MB-binary")
			b.ReportMetric(float64(zipped)/1e6, "MB-zip")
			if len(ratios) >= 5 && ratio > maxColdStart {
				b.Errorf("starts in %.2f times what an idle program takes, want at most %.1f", ratio, maxColdStart)
			}
			if bytes > maxBinary || zipped > maxZip {
				b.Errorf("%d bytes, zipped %d; want at most %d and %d", bytes, zipped, maxBinary, maxZip)
			}
		})
	}
}

// coldStart starts a program once and returns how long it took to ask for its
// first event. Its settings are there; nobody listens behind them.
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

// sizes returns how many bytes a program has, as it is and in a zip for Lambda.
func sizes(b *testing.B, binary string) (plain, zipped int) {
	b.Helper()
	program, err := os.ReadFile(binary)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(to, flate.BestCompression)
	})
	file, err := w.Create("bootstrap")
	if err == nil {
		_, err = file.Write(program)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return len(program), out.Len()
}

func median[T int | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

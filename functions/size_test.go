package functions_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Targets of the built programs. They are for this machine's processor; those
// for arm64 are smaller by some percent.
const (
	maxBinary = 11_000_000 // bytes
	maxZip    = 4_200_000  // bytes

	// The API reads what people have: workbooks, encodings, domains in any script.
	maxBinaryOfAPI = 16_000_000 // bytes
	maxZipOfAPI    = 6_000_000  // bytes
)

// TestProgramsAreSmall limits the size of the programs: Lambda loads all of a
// program at each cold start. They grow in leaps when something makes the linker
// keep unused code, and BenchmarkColdStart, which measures what that costs, is
// run by hand.
func TestProgramsAreSmall(t *testing.T) {
	t.Parallel()
	for function, pkg := range packages {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			sizes(t, programs.Build(t, pkg), filepath.Base(pkg))
		})
	}
}

// sizes returns how many bytes a program has, as it is and packed as make package
// packs it. t fails if those are too many for that package.
func sizes(t testing.TB, binary, pkg string) (plain, zipped int64) {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "function.zip")
	pack := exec.CommandContext(t.Context(), programs.Build(t, "../.ci/zip.go"), archive, binary)
	if output, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("pack: %v\n%s", err, output)
	}
	plain, zipped = size(t, binary), size(t, archive)
	mostPlain, mostZipped := int64(maxBinary), int64(maxZip)
	if pkg == "api" {
		mostPlain, mostZipped = maxBinaryOfAPI, maxZipOfAPI
	}
	if plain > mostPlain || zipped > mostZipped {
		t.Errorf("%d bytes, zipped %d; want at most %d and %d", plain, zipped, mostPlain, mostZipped)
	}
	return plain, zipped
}

func size(t testing.TB, path string) int64 {
	t.Helper()
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return file.Size()
}

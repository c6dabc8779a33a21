package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Text from a server is only ever text, wherever a write breaks off.
func TestScreenObeysNothing(t *testing.T) {
	t.Parallel()
	const sent = "a\x1b[2Jb\tc\r\nü\u202Egpj.exe\u009b\x9bé"
	const want = "a\uFFFD[2Jb\tc\r\nü\uFFFDgpj.exe\uFFFD\uFFFDé"
	for cut := range len(sent) {
		name := filepath.Join(t.TempDir(), "out")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &screen{File: f}
		for _, part := range []string{sent[:cut], sent[cut:]} {
			if n, err := s.WriteString(part); err != nil || n != len(part) {
				t.Fatalf("%d, %v", n, err)
			}
		}
		_ = f.Close()
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Fatalf("cut at %d: %q, %v; want %q", cut, got, err, want)
		}
	}
}

func TestFilesGetEveryByte(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if onScreen(f) != io.Writer(f) {
		t.Error("a file is taken for a terminal")
	}
}

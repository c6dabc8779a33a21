package signin_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/cmd/usher/signin"
)

func TestFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "usher")
	file := signin.File(filepath.Join(dir, "login.json"))
	if _, err := file.Read(); !errors.Is(err, signin.ErrNone) {
		t.Fatalf("got %v, want none", err)
	}
	first := signin.Login{URL: "https://usher.example.org", User: "ann", Tokens: signin.Tokens{Access: "a", Refresh: "r", ExpiresAt: time.Unix(1e9, 0).UTC()}}
	second := first
	second.User = "bob"
	for _, l := range []signin.Login{first, second} {
		if err := file.Write(l); err != nil {
			t.Fatal(err)
		}
		// A person has opened it up; the next write closes it again.
		if err := os.Chmod(string(file), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := file.Read()
		if diff := cmp.Diff(l, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	if err := file.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := file.Remove(); !errors.Is(err, signin.ErrNone) {
		t.Errorf("removed twice: got %v, want none", err)
	}
	if err := file.Write(first); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{string(file): 0o600, dir: 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBrokenFileSaysWhatToDo(t *testing.T) {
	t.Parallel()
	file := signin.File(filepath.Join(t.TempDir(), "login.json"))
	if err := os.WriteFile(string(file), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Read(); err == nil || !strings.Contains(err.Error(), "remove it and run usher login") {
		t.Errorf("got %v", err)
	}
}

func TestSourceRenewsInTimeAndKeepsIt(t *testing.T) {
	t.Parallel()
	file := signin.File(filepath.Join(t.TempDir(), "login.json"))
	synctest.Test(t, func(t *testing.T) {
		renewals := 0
		login := signin.Login{User: "ann", Tokens: signin.Tokens{Access: "old", Refresh: "r", ExpiresAt: time.Now().Add(time.Hour)}}
		source := signin.NewSource(file, login, func(_ context.Context, l signin.Login) (signin.Tokens, error) {
			renewals++
			return signin.Tokens{Access: "new", Refresh: l.Refresh, ExpiresAt: time.Now().Add(time.Hour)}, nil
		})
		for _, step := range []struct {
			wait     time.Duration
			want     string
			renewals int
		}{{wait: 0, want: "old", renewals: 0}, {wait: 58 * time.Minute, want: "old", renewals: 0}, {wait: time.Minute, want: "new", renewals: 1}, {wait: time.Minute, want: "new", renewals: 1}} {
			time.Sleep(step.wait)
			if got, err := source.Token(t.Context()); err != nil || got != step.want || renewals != step.renewals {
				t.Errorf("after %s: got %q, %v, %d renewals; want %q, %d", step.wait, got, err, renewals, step.want, step.renewals)
			}
		}
		if kept, err := file.Read(); err != nil || kept.Access != "new" || kept.User != "ann" {
			t.Errorf("kept: %+v, %v", kept, err)
		}
	})
}

func TestSourceThatCannotRenew(t *testing.T) {
	t.Parallel()
	ended := errors.New("ended")
	source := signin.NewSource("", signin.Login{}, func(context.Context, signin.Login) (signin.Tokens, error) { return signin.Tokens{}, ended })
	if _, err := source.Token(t.Context()); !errors.Is(err, ended) {
		t.Errorf("got %v", err)
	}
}

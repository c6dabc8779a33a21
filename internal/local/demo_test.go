package local

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask makes a call to a demo without a socket.
func (d *Demo) ask(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "text/csv")
	w := httptest.NewRecorder()
	d.api.Handler().ServeHTTP(w, r)
	answer := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s, %v", method, path, w.Code, w.Body, err)
	}
	return answer
}

// A demo ends as it says although calls and answers are lost, messages come twice and all
// workers are killed. It does lose, double and kill.
func TestDemo(t *testing.T) {
	t.Parallel()
	const people = 120
	synctest.Test(t, func(t *testing.T) {
		d := NewDemo(people, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { d.work(ctx) })
		defer running.Wait()
		defer stop()
		id := d.ask(t, http.MethodPost, "/requests", d.List())["request_id"]
		began := time.Now()
		var r map[string]any
		for r = d.ask(t, http.MethodGet, fmt.Sprint("/requests/", id), ""); r["done"] != true; r = d.ask(t, http.MethodGet, fmt.Sprint("/requests/", id), "") {
			if time.Sleep(time.Second); time.Since(began) > 10*time.Minute {
				t.Fatalf("it does not end: %v", r["counts"])
			}
		}
		got := d.Tally()
		t.Logf("after %s: %+v", time.Since(began).Round(time.Second), got)
		counts := r["counts"].(map[string]any)
		want := map[string]float64{"total": people + typos + duplicates, "invited": people, "failed": typos, "duplicate": duplicates}
		for state, n := range want {
			if counts[state] != n {
				t.Errorf("%v %s, want %v", counts[state], state, n)
			}
		}
		if diff := cmp.Diff([]int{people, people, people, 1}, []int{got.Users, got.Mails, got.Addresses, got.Most}); diff != "" {
			t.Errorf("users, mails, addresses and most mails to one (-want +got):\n%s", diff)
		}
		if !got.Killed || got.Unheard == 0 || got.Unanswered == 0 || got.Doubled < people/demoDoubles {
			t.Errorf("less went wrong than was to: %+v", got)
		}
	})
}

// The organization is the same each time, and nobody in it has the address of another.
func TestOrganization(t *testing.T) {
	t.Parallel()
	list := organization(MostPeople)
	if list != organization(MostPeople) {
		t.Error("it differs from one time to the next")
	}
	seen := map[string]bool{}
	for line := range strings.Lines(list) {
		address, _, _ := strings.Cut(strings.ToLower(line), ",")
		seen[address] = true
	}
	if want := 1 + MostPeople + typos; len(seen) != want {
		t.Errorf("%d different first cells, want %d", len(seen), want)
	}
}

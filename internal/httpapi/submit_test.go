package httpapi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSubmitAnswersWithTheRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.do(postJSON("/requests?label=staff", `{"users":["ann@example.org","bob","ANN@example.org"]}`))
	if w.Code != 202 || w.Header().Get("Location") != "/requests/01TEST00000001" || w.Header().Get("Retry-After") != "1" {
		t.Fatalf("status %d, headers %v: %s", w.Code, w.Header(), w.Body)
	}
	got := b.want(200, get(w.Header().Get("Location")))
	if got["submitted_at"] == nil || got["expires_at"] == nil {
		t.Errorf("times are missing: %v", got)
	}
	for _, volatile := range []string{"submitted_at", "expires_at", "audit"} {
		delete(got, volatile)
	}
	counts := map[string]any{}
	for _, name := range stateNames() {
		counts[name] = 0.0
	}
	counts["total"], counts["pending"] = 3.0, 3.0
	want := map[string]any{
		"request_id": "01TEST00000001", "state": "running", "done": false, "label": "staff", "submitted_by": "eve", "finished_at": nil,
		"counts": counts,
		"codes":  map[string]any{}, "percent_done": 0.0, "rate_per_second": 47.5, "seconds_left": 1.0, "pause": nil, "wait": nil,
		"options": map[string]any{"on_existing": "skip", "mail": "send", "force": false, "resend_only": false},
		"links":   map[string]any{"self": "/requests/01TEST00000001", "invitations": "/requests/01TEST00000001/invitations"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

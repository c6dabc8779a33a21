package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

func TestKeyAnswersTheSameRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		c := postJSON("/requests?label=x", `["ann@example.org"]`).with("Idempotency-Key", "k-1")
		first := b.do(c)
		if first.Code != 202 || first.Header().Get("Idempotency-Replayed") != "" {
			t.Fatalf("first: %d %v", first.Code, first.Header())
		}
		b.work(5 * time.Second)
		again := b.do(c)
		if again.Code != 202 || again.Header().Get("Idempotency-Replayed") != "true" || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Errorf("again: %d %v", again.Code, again.Header())
		}
		if !strings.Contains(again.Body.String(), `"state":"completed"`) {
			t.Errorf("the request is not shown as it stands: %s", again.Body)
		}
		for name, other := range map[string]call{
			"another body":  postJSON("/requests?label=x", `["bob@example.org"]`),
			"another query": postJSON("/requests?label=y", `["ann@example.org"]`),
			"another type":  post("/requests?label=x", "application/json; charset=utf-8", `["ann@example.org"]`),
			"another route": postJSON("/owner/create", `["ann@example.org"]`),
		} {
			if code := b.problem(422, other.with("Idempotency-Key", "k-1")); code != "idempotency_key_reused" {
				t.Errorf("%s: code %s", name, code)
			}
		}
		b.caller = &httpapi.Caller{Name: "mallory", Sub: "sub-m", Groups: []string{adminGroup}, TokenUse: "id"}
		if w := b.do(c); w.Header().Get("Idempotency-Replayed") != "" || w.Header().Get("Location") == first.Header().Get("Location") {
			t.Errorf("the key of one caller answered another: %v", w.Header())
		}
		b.caller = eve()
		time.Sleep(onboard.KeyLifetime)
		if w := b.do(c); w.Header().Get("Idempotency-Replayed") != "" {
			t.Error("the key is remembered for more than 24 h")
		}
	})
}

func TestKeyLength(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for key, want := range map[string]int{"": 400, "k": 202, strings.Repeat("k", 254): 202, strings.Repeat("ü", 255): 202, strings.Repeat("k", 256): 400, "\xff": 400} {
		w := b.do(postJSON("/requests", `["ann@example.org"]`).with("Idempotency-Key", key))
		if w.Code != want {
			t.Errorf("a key of %d bytes: status %d, want %d: %s", len(key), w.Code, want, w.Body)
		}
	}
	r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "POST", "/requests", strings.NewReader(`["a@example.org"]`))
	r.Header["Idempotency-Key"] = []string{"a", "b"}
	w := httptest.NewRecorder()
	if b.handler.ServeHTTP(w, r); w.Code != 400 {
		t.Errorf("two keys: status %d", w.Code)
	}
}

// slowQueue takes a while for each send, and may fail.
type slowQueue struct {
	onboard.Queue
	wait time.Duration

	mu   sync.Mutex
	fail int // sends to fail
	sent int // messages
}

func (q *slowQueue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	time.Sleep(q.wait)
	q.mu.Lock()
	q.fail--
	failing := q.fail >= 0
	if !failing {
		q.sent += len(messages)
	}
	q.mu.Unlock()
	if failing {
		return errors.New("queue canary@example.org is gone")
	}
	return q.Queue.Send(ctx, messages, delay)
}

func withQueue(q *slowQueue) func(*httpapi.Config) {
	return func(cfg *httpapi.Config) {
		q.Queue = cfg.Queue
		cfg.Queue = q
	}
}

func TestHundredAtOnceMakeOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &slowQueue{wait: 50 * time.Millisecond}
		b := setup(t, withQueue(queue), func(cfg *httpapi.Config) { cfg.DailyInvitations = 3 })
		answers := make([]*httptest.ResponseRecorder, 100)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "POST", "/requests", strings.NewReader(`["ann@example.org","bob@example.org"]`))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Idempotency-Key", "k")
				answers[i] = httptest.NewRecorder()
				b.handler.ServeHTTP(answers[i], r)
			})
		}
		wg.Wait()
		counts := map[int]int{}
		for _, w := range answers {
			counts[w.Code]++
			if w.Code == 409 && (!bytes.Contains(w.Body.Bytes(), []byte("still_accepting")) || w.Header().Get("Retry-After") == "") {
				t.Errorf("409: %s", w.Body)
			}
		}
		// One may be turned away by the day's limit while another, which will not
		// win the key, holds its share for a moment.
		if counts[202] != 1 || counts[202]+counts[409]+counts[429] != 100 {
			t.Errorf("answers by status: %v", counts)
		}
		if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 1 || queue.sent != 2 {
			t.Errorf("%d requests, %d messages", len(list), queue.sent)
		}
		// The 99 others gave back what they took of the day.
		b.want(202, postJSON("/requests", `["cy@example.org"]`))
		b.problem(429, postJSON("/requests", `["di@example.org"]`))
	})
}

func TestWhatWasCutOffIsCarriedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := &slowQueue{fail: 1}
		b := setup(t, withQueue(queue), func(cfg *httpapi.Config) { cfg.DailyInvitations = 3 })
		c := postJSON("/requests", `["ann@example.org","bob@example.org"]`).with("Idempotency-Key", "k")
		w := b.do(c)
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "not_queued") || strings.Contains(w.Body.String(), "canary") {
			t.Fatalf("failed send: %d %s", w.Code, w.Body)
		}
		time.Sleep(time.Second)
		if w := b.do(c); w.Code != 202 || w.Header().Get("Idempotency-Replayed") != "" {
			t.Fatalf("carried on: %d %s", w.Code, w.Body)
		}
		if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 1 {
			t.Errorf("%d requests", len(list))
		}
		b.want(202, postJSON("/requests", `["cy@example.org"]`))
		b.problem(429, postJSON("/requests", `["di@example.org"]`))
	})
}

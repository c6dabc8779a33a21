package httpapi_test

import (
	"testing"

	"usher.example/internal/httpapi"
)

func TestOwnerAnswersByteForByte(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	const missing = `{"status":"400","errorInfo":"email is a required field."}`
	for _, test := range []struct {
		name   string
		c      call
		status int
		want   string
	}{
		{"JSON", postJSON("/owner/create", `{"email":"owner@example.org"}`), 202, `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{"form", post("/owner/create", form, `email=owner%40example.org`), 202, `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{"no type", post("/owner/create", "", `{"email":"owner@example.org"}`), 202, `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{"no key", postJSON("/owner/create", `{}`), 400, missing},
		{"no body", postJSON("/owner/create", ``), 400, missing},
		{"no body, no type", post("/owner/create", "", ``), 400, missing},
		{"null", postJSON("/owner/create", `{"email":null}`), 400, missing},
		{"empty", postJSON("/owner/create", `{"email":""}`), 400, missing},
		{"blank", postJSON("/owner/create", `{"email":"  "}`), 400, missing},
		{"empty form", post("/owner/create", form, ``), 400, missing},
		{"empty field", post("/owner/create", form, `email=`), 400, missing},
		{"invalid", postJSON("/owner/create", `{"email":"owner"}`), 400, `{"status":"400","errorInfo":"The address has no @. Write it as name@example.org."}`},
		{"two", postJSON("/owner/create", `["a@example.org","b@example.org"]`), 400, `{"status":"400","errorInfo":"there is more than one address; send them to POST /requests, or one at a time"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if w := setup(t).do(test.c); w.Code != test.status || w.Body.String() != test.want {
				t.Errorf("status %d, body %s\nwant %d, body %s", w.Code, w.Body, test.status, test.want)
			}
		})
	}
}

func TestOwnerIsRepeatable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := postJSON("/owner/create", `{"email":"owner@example.org"}`).with("Idempotency-Key", "k")
	first, again := b.do(c), b.do(c)
	if first.Body.String() != again.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("first %s, again %s %v", first.Body, again.Body, again.Header())
	}
	if other := b.do(postJSON("/owner/create", `{"email":"owner@example.org"}`)); other.Body.String() == first.Body.String() {
		t.Error("without a key two calls made one request")
	}
}

func TestOwnerRefusesAroundTheAddressAsAProblem(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.DailyInvitations = 1 })
	b.problem(415, post("/owner/create", "image/png", `x`))
	b.problem(400, postJSON("/owner/create?dry_run=true", `{"email":"owner@example.org"}`))
	b.problem(400, postJSON("/owner/create", `{"email":"owner@example.org"}`).with("Idempotency-Key", ""))
	b.want(202, postJSON("/owner/create", `{"email":"owner@example.org"}`))
	b.problem(429, postJSON("/owner/create", `{"email":"other@example.org"}`))
	b.caller = nil
	b.problem(401, postJSON("/owner/create", `{"email":"owner@example.org"}`))
}

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
		{name: "JSON", c: postJSON("/owner/create", `{"email":"owner@example.org"}`), status: 202, want: `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{name: "form", c: post("/owner/create", form, `email=owner%40example.org`), status: 202, want: `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{name: "no type", c: post("/owner/create", "", `{"email":"owner@example.org"}`), status: 202, want: `{"status":"000","responseData":{"requestId":"01TEST00000001"}}`},
		{name: "no key", c: postJSON("/owner/create", `{}`), status: 400, want: missing},
		{name: "no body", c: postJSON("/owner/create", ``), status: 400, want: missing},
		{name: "no body, no type", c: post("/owner/create", "", ``), status: 400, want: missing},
		{name: "null", c: postJSON("/owner/create", `{"email":null}`), status: 400, want: missing},
		{name: "empty", c: postJSON("/owner/create", `{"email":""}`), status: 400, want: missing},
		{name: "blank", c: postJSON("/owner/create", `{"email":"  "}`), status: 400, want: missing},
		{name: "empty form", c: post("/owner/create", form, ``), status: 400, want: missing},
		{name: "empty field", c: post("/owner/create", form, `email=`), status: 400, want: missing},
		{name: "invalid", c: postJSON("/owner/create", `{"email":"owner"}`), status: 400, want: `{"status":"400","errorInfo":"The address has no @. Write it as name@example.org."}`},
		{name: "two", c: postJSON("/owner/create", `["a@example.org","b@example.org"]`), status: 400, want: `{"status":"400","errorInfo":"there is more than one address; send them to POST /requests, or one at a time"}`},
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

package httpapi

import (
	"errors"
	"net/http"
	"runtime/debug"
)

// guarded puts what holds for every answer around the mux: safe headers, a
// problem document where the mux knows no route, and a panic that ends one call
// only.
func (a *api) guarded(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		defer func() {
			switch p := recover(); {
			case p == nil:
			case p == http.ErrAbortHandler:
				panic(p) // the answer has begun and must not look whole
			default:
				a.Log.Error("panic in a handler", "route", r.Pattern, "stack", string(debug.Stack()))
				a.refuse(w, r, errPanicked)
			}
		}()
		if _, pattern := mux.Handler(r); pattern == "" {
			a.refuse(w, r, unrouted(mux, r))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

var errPanicked = errors.New("a handler panicked; its stack is in the log")

// secure sets the headers that keep answers, which hold personal data, out of
// caches, frames and guesses. The console sets its own policy.
func secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=63072000")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

// unrouted tells an unknown path from a path that knows other methods only. The
// mux says which, in an answer of its own that people do not get to see.
func unrouted(mux *http.ServeMux, r *http.Request) error {
	var answer discarded
	mux.ServeHTTP(&answer, r)
	if answer.status != http.StatusMethodNotAllowed {
		return notFound()
	}
	allow := answer.Header().Get("Allow")
	return &problem{
		Status: http.StatusMethodNotAllowed, Code: codeMethod, allow: allow,
		Detail: "This path takes " + allow + " only.",
	}
}

// discarded takes an answer's status and headers.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}

func (d *discarded) WriteHeader(status int) { d.status = status }

func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }

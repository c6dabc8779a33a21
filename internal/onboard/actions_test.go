package onboard_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// standings are ways to bring a request to a state. Each returns its id.
var standings = map[string]func(t *testing.T, b *bundle) string{
	"unknown": func(*testing.T, *bundle) string { return "no-such-request" },
	"accepting": func(_ *testing.T, b *bundle) string {
		b.crash(1, order(onboard.Options{}, people(3)...))
		return "request-001"
	},
	"abandoned": func(_ *testing.T, b *bundle) string {
		b.crash(1, order(onboard.Options{}, people(3)...))
		time.Sleep(onboard.AcceptWindow + time.Second)
		return "request-001"
	},
	"running": func(_ *testing.T, b *bundle) string { return b.submit(onboard.Options{}, people(3)...).ID },
	"paused": func(_ *testing.T, b *bundle) string {
		b.pool.SetFaults(broken)
		r := b.submit(onboard.Options{}, people(3)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
	"waiting for mail": func(_ *testing.T, b *bundle) string {
		r := b.submit(onboard.Options{}, people(3)...)
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(3, reply{err: onboard.ErrMailQuota})}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
	"completed": func(_ *testing.T, b *bundle) string {
		r := b.submit(onboard.Options{}, people(3)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
	"failed": func(_ *testing.T, b *bundle) string {
		r := b.submit(onboard.Options{}, people(3)...)
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(3, reply{err: onboard.ErrRefused})}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
	"rows at fault": func(_ *testing.T, b *bundle) string {
		r := b.submit(onboard.Options{}, "ann@example.org", "nonsense")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
	"canceled": func(t *testing.T, b *bundle) string {
		r := b.submit(onboard.Options{}, people(3)...)
		if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		return r.ID
	},
}

func TestActionsAreRefusedWithTheirReason(t *testing.T) {
	t.Parallel()
	notNow, notFound, busy := onboard.ErrNotNow, onboard.ErrNotFound, onboard.ErrBusy
	type answers struct{ retry, resume, cancel, resend error } // nil: done
	tests := map[string]answers{
		"unknown":          {retry: notFound, resume: notFound, cancel: notFound, resend: notFound},
		"accepting":        {retry: busy, resume: notNow, cancel: notNow, resend: notNow},
		"abandoned":        {retry: notNow, resume: notNow, cancel: notNow, resend: notNow},
		"running":          {retry: notNow, resume: notNow, cancel: nil, resend: notNow},
		"paused":           {retry: nil, resume: nil, cancel: nil, resend: notNow},
		"waiting for mail": {retry: notNow, resume: notNow, cancel: nil, resend: notNow},
		"completed":        {retry: notNow, resume: notNow, cancel: notNow, resend: nil},
		"failed":           {retry: nil, resume: notNow, cancel: notNow, resend: notNow},
		"rows at fault":    {retry: notNow, resume: notNow, cancel: notNow, resend: nil},
		"canceled":         {retry: notNow, resume: notNow, cancel: nil, resend: notNow},
	}
	for name, want := range tests {
		actions := map[string]struct {
			want error
			act  func(t *testing.T, b *bundle, id string) error
		}{
			"retry": {want: want.retry, act: func(t *testing.T, b *bundle, id string) error {
				_, err := b.admin.Retry(t.Context(), id, "root")
				return err
			}},
			"resume": {want: want.resume, act: func(t *testing.T, b *bundle, id string) error {
				_, err := b.admin.Resume(t.Context(), id, "root")
				return err
			}},
			"cancel": {want: want.cancel, act: func(t *testing.T, b *bundle, id string) error {
				_, err := b.admin.Cancel(t.Context(), id, "root")
				return err
			}},
			"resend": {want: want.resend, act: func(t *testing.T, b *bundle, id string) error {
				_, _, err := b.admin.ResendTo(t.Context(), id, onboard.NotSignedIn, onboard.Order{By: "root"})
				return err
			}},
		}
		for what, action := range actions {
			t.Run(what+" when "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{})
					id := standings[name](t, b)
					for try := range 2 { // refused, or done, a second time as well where nothing changed
						err := action.act(t, b, id)
						if !errors.Is(err, action.want) || (err == nil) != (action.want == nil) {
							t.Fatalf("try %d ended with %v, want %v", try+1, err, action.want)
						}
						var why *onboard.NotNowError
						if errors.As(err, &why) && (len(err.Error()) < 20 || err.Error() != why.Reason) {
							t.Errorf("refused with the reason %q", why.Reason)
						}
						if what == "retry" && err == nil {
							return // a second retry finds the first on its way
						}
					}
				})
			})
		}
	}
}

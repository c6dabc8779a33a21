package onboard_test

import (
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestSettingsHaveDefaults(t *testing.T) {
	t.Parallel()
	s := onboard.System{Store: memory.NewStore()}
	worker, dead, submitter := s.Worker(), s.DeadLetterWorker(), s.Submitter()
	for _, test := range []struct {
		what      string
		got, want any
	}{
		{what: "failures", got: worker.MaxFailures, want: onboard.MaxFailures},
		{what: "failures of the dead-letter worker", got: dead.MaxFailures, want: 0},
		{what: "password life", got: worker.PasswordLife, want: 7 * 24 * time.Hour},
		{what: "password life at the dead-letter worker", got: dead.PasswordLife, want: 7 * 24 * time.Hour},
		{what: "retention of claims", got: worker.Retention, want: 90 * 24 * time.Hour},
		{what: "retention of requests", got: submitter.Retention, want: 90 * 24 * time.Hour},
		{what: "most days open", got: submitter.MaxOpen, want: 90 * 24 * time.Hour},
		{what: "creations per second", got: rate(t, s.Pace()), want: 47.5},
		{what: "creations per second at the worker", got: rate(t, worker.Pace), want: 47.5},
		{what: "creations per second at the requeuer", got: rate(t, s.Requeuer().Pace), want: 47.5},
		{what: "group changes per second", got: rate(t, worker.GroupPace), want: 23.75},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
	if worker.Log == nil || dead.Log == nil || s.Requeuer().Log == nil {
		t.Error("a part without a log would panic at its first line")
	}
}

func TestSettingsReachEveryPart(t *testing.T) {
	t.Parallel()
	s := onboard.System{
		Queue: memory.NewQueue(memory.QueueConfig{}), DeadLetters: memory.NewQueue(memory.QueueConfig{}), Store: memory.NewStore(),
		Settings: onboard.Settings{
			Quota: 100, GroupQuota: 10, Share: 0.5, MaxFailures: 3, PasswordLife: 1, MaxOpen: 2, Retention: 3,
			NewID: func() string { return "01" },
		},
	}
	worker, dead, admin := s.Worker(), s.DeadLetterWorker(), s.Administration()
	for _, test := range []struct {
		what      string
		got, want any
	}{
		{what: "failures", got: worker.MaxFailures, want: 3},
		{what: "failures of the dead-letter worker", got: dead.MaxFailures, want: 0},
		{what: "password life", got: worker.PasswordLife, want: time.Duration(1)},
		{what: "password life at the dead-letter worker", got: dead.PasswordLife, want: time.Duration(1)},
		{what: "most days open", got: admin.Submitter.MaxOpen, want: time.Duration(2)},
		{what: "retention of claims", got: worker.Retention, want: time.Duration(3)},
		{what: "retention of claims at the dead-letter worker", got: dead.Retention, want: time.Duration(3)},
		{what: "retention of requests", got: admin.Submitter.Retention, want: time.Duration(3)},
		{what: "id", got: admin.Submitter.NewID(), want: "01"},
		{what: "creations per second", got: rate(t, worker.Pace), want: 50.0},
		{what: "creations per second at the requeuer", got: rate(t, s.Requeuer().Pace), want: 50.0},
		{what: "group changes per second", got: rate(t, s.GroupPace()), want: 5.0},
		{what: "the worker's queue", got: worker.Queue, want: s.Queue},
		{what: "the dead-letter worker's queue", got: dead.Queue, want: s.DeadLetters},
		{what: "the requeuer's queue", got: s.Requeuer().Queue, want: s.Queue},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
	if dead.Pace != nil || dead.GroupPace != nil {
		t.Error("the dead-letter worker attempts nothing, and has a pace")
	}
}

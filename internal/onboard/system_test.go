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
		{"failures", worker.MaxFailures, onboard.MaxFailures},
		{"failures of the dead-letter worker", dead.MaxFailures, 0},
		{"password life", worker.PasswordLife, 7 * 24 * time.Hour},
		{"password life at the dead-letter worker", dead.PasswordLife, 7 * 24 * time.Hour},
		{"retention of claims", worker.Retention, 90 * 24 * time.Hour},
		{"retention of requests", submitter.Retention, 90 * 24 * time.Hour},
		{"most days open", submitter.MaxOpen, 90 * 24 * time.Hour},
		{"creations per second", rate(t, s.Pace()), 47.5},
		{"creations per second at the worker", rate(t, worker.Pace), 47.5},
		{"creations per second at the requeuer", rate(t, s.Requeuer().Pace), 47.5},
		{"group changes per second", rate(t, worker.GroupPace), 23.75},
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
		{"failures", worker.MaxFailures, 3},
		{"failures of the dead-letter worker", dead.MaxFailures, 0},
		{"password life", worker.PasswordLife, time.Duration(1)},
		{"password life at the dead-letter worker", dead.PasswordLife, time.Duration(1)},
		{"most days open", admin.Submitter.MaxOpen, time.Duration(2)},
		{"retention of claims", worker.Retention, time.Duration(3)},
		{"retention of claims at the dead-letter worker", dead.Retention, time.Duration(3)},
		{"retention of requests", admin.Submitter.Retention, time.Duration(3)},
		{"id", admin.Submitter.NewID(), "01"},
		{"creations per second", rate(t, worker.Pace), 50.0},
		{"creations per second at the requeuer", rate(t, s.Requeuer().Pace), 50.0},
		{"group changes per second", rate(t, s.GroupPace()), 5.0},
		{"the worker's queue", worker.Queue, s.Queue},
		{"the dead-letter worker's queue", dead.Queue, s.DeadLetters},
		{"the requeuer's queue", s.Requeuer().Queue, s.Queue},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.what, test.got, test.want)
		}
	}
	if dead.Pace != nil || dead.GroupPace != nil {
		t.Error("the dead-letter worker attempts nothing, and has a pace")
	}
}

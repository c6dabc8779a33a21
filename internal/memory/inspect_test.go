package memory_test

import (
	"context"
	"errors"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestInspectTellsWhatThePoolHas(t *testing.T) {
	t.Parallel()
	pool := memory.NewPool(memory.PoolConfig{
		Groups: []string{"staff", "admins"}, MailQuota: 50,
		Attributes: []memory.Attribute{{Name: "custom:tenant", MaxLength: 8}},
	})
	got, err := pool.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Groups) != 2 || got.Groups[0] != "admins" || got.OwnSender || !got.AdminOnly {
		t.Errorf("settings %+v", got)
	}
	if a, ok := got.Attribute("custom:tenant"); !ok || a.MaxLength != 8 {
		t.Errorf("custom:tenant is %+v", a)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := pool.Inspect(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("inspected for nobody: error %v, want %v", err, context.Canceled)
	}
	pool.SetFaults(memory.Faults{Misconfigured: "ResourceNotFoundException"})
	if _, err := pool.Inspect(t.Context()); !errors.Is(err, onboard.ErrMisconfigured) {
		t.Errorf("a pool that is not there was inspected: %v", err)
	}
}

package memory_test

import (
	"fmt"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/testing/onboardtest"
)

func TestContractOfEachKind(t *testing.T) {
	t.Parallel()
	for _, kind := range memory.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			onboardtest.PoolOfKind(t, bubble, kind, func(*testing.T) onboardtest.PoolHarness {
				p := memory.NewPool(memory.PoolConfig{MailQuota: 5}.Shaped(kind))
				return onboardtest.PoolHarness{
					Pool: p, MailsTo: p.MailsTo, Break: func(fault onboardtest.Fault) bool { return breakDown(p, fault) },
				}
			})
		})
	}
}

// A kind is what its settings say.
func TestEachKindShowsInItsSettings(t *testing.T) {
	t.Parallel()
	seen := map[string]memory.Kind{}
	for _, kind := range memory.Kinds {
		p := memory.NewPool(memory.PoolConfig{}.Shaped(kind))
		s, err := p.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Mail, err = p.InspectSender(t.Context(), s.SenderIdentity); err != nil {
			t.Fatal(err)
		}
		s.EstimatedUsers = 0
		shape := fmt.Sprintf("%+v", s)
		if twin, ok := seen[shape]; ok && kind != memory.Imported {
			t.Errorf("%s and %s have the same settings", kind, twin)
		}
		seen[shape] = kind
	}
}

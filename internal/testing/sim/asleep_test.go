package sim_test

import (
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// TestACallFromBeforeTheSleepArrivesAfterIt has a laptop sleep for twenty minutes just when
// its first call to the pool has left. The call arrives after it. By then every lease and
// every timeout has passed by the time of day, and other workers are there. Were the state
// not to learn of the sleep, two calls for one address would be under way at once.
func TestACallFromBeforeTheSleepArrivesAfterIt(t *testing.T) {
	t.Parallel()
	broken := map[bool]int{} // by whether the state learns of the sleep
	for seed := range uint64(12) {
		for _, sleepless := range []bool{false, true} {
			p := plan{
				seed: 1 + seed, rows: 2, workers: 3, batch: 1, quota: 50, part: onboard.DefaultShare, tries: onboard.MaxFailures, startsAt: time.Hour,
				faultsFor: 5 * time.Minute, share: 1, maxOpen: onboard.DefaultMaxOpen, retention: retention, visibility: onboard.Visibility,
				latency: time.Second, people: 3, files: true, requests: smallWorlds()["one address in two requests"],
			}
			w := play(t, p, func(w *world) {
				w.mishaps = &sleepsOnce{w: w}
				w.bug = &bug{sleepless: sleepless}
			})
			if len(w.audit.broken) > 0 {
				broken[sleepless]++
				if !sleepless {
					t.Errorf("seed %d: %v", p.seed, w.audit.broken)
				}
			}
			if len(w.napped) != 1 {
				t.Errorf("seed %d: the machine slept %d times", p.seed, len(w.napped))
			}
		}
	}
	if broken[true] == 0 {
		t.Error("nothing is broken where the state does not learn of the sleep: this test proves nothing")
	}
}

// sleepsOnce has the machine sleep when the first call to the pool has left, which then
// takes its time.
type sleepsOnce struct {
	w     *world
	slept bool
}

func (s *sleepsOnce) draw(c call) fault {
	if s.slept || c.to != toPool || c.op != string(memory.OpInvite) {
		return none
	}
	s.slept = true
	s.w.sleep(nap{by: 20 * time.Minute})
	return tooSlow
}

func (s *sleepsOnce) chance(float64) bool { return false }

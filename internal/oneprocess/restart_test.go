package oneprocess_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
	"usher.example/internal/sqlite"
)

// TestAKilledProcessCallsAgainWithinTwoSeconds kills a process at random moments and
// starts the next over the files that a kill leaves. Time is virtual, so that a slow
// machine does not change what is measured.
func TestAKilledProcessCallsAgainWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	const (
		people   = 1000
		kills    = 5
		atLatest = 2 * time.Second
	)
	synctest.Test(t, func(t *testing.T) {
		pool := memory.NewPool(memory.PoolConfig{Latency: 100 * time.Millisecond})
		var ended sync.WaitGroup
		defer ended.Wait()
		p := start(t, pool, t.TempDir(), &ended)
		defer func() { p.end() }()
		request, _, err := p.system.Submitter().Submit(t.Context(), orderOf(people))
		if err != nil {
			t.Fatal(err)
		}
		for range kills {
			time.Sleep(200*time.Millisecond + time.Duration(rand.Int64N(int64(1300*time.Millisecond))))
			p = p.kill(t, pool)
			began := time.Now()
			time.Sleep(atLatest)
			if first := p.pool.first.Load(); first == 0 {
				t.Errorf("no call within %s after the start; the process before was in the middle of %+v", atLatest, p.state.CutOff())
			} else {
				t.Logf("%s after the start; cut off: %+v", time.Unix(0, first).Sub(began).Round(time.Millisecond), p.state.CutOff())
			}
		}
		for !request.Done(time.Now()) {
			time.Sleep(time.Second)
			if request, err = p.state.Store().Request(t.Context(), request.ID); err != nil {
				t.Fatal(err)
			}
		}
		if got := request.Counts(time.Now())[onboard.Invited]; got != people || len(pool.Users()) != people || len(pool.Mailbox()) != people {
			t.Errorf("%d rows are invited, %d people have a user, %d mails; want %d of each", got, len(pool.Users()), len(pool.Mailbox()), people)
		}
	})
}

func orderOf(people int) onboard.Order {
	o := onboard.Order{By: "ann"}
	o.Options = onboard.Options{OnExisting: onboard.Skip, Mail: onboard.Send}
	for n := range people {
		o.Submission.Rows = append(o.Submission.Rows, onboard.Row{Number: n + 1, Person: onboard.Person{Email: fmt.Sprintf("person%d@example.org", n)}})
	}
	return o
}

// process is usher over files of its own.
type process struct {
	folder string
	state  *sqlite.State
	system onboard.System
	pool   *watched
	ended  *sync.WaitGroup
	stop   context.CancelFunc
}

func start(t *testing.T, pool *memory.Pool, folder string, ended *sync.WaitGroup) *process {
	t.Helper()
	state, err := sqlite.Open(t.Context(), sqlite.Config{
		State: filepath.Join(folder, "state.db"), Pace: filepath.Join(folder, "pace.db"),
		Visibility: onboard.Visibility, MaxReceives: onboard.MaxFailures,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{folder: folder, state: state, pool: &watched{Pool: pool}, ended: ended}
	queue, ids := state.Queue(), 0
	p.system = onboard.System{
		Pool: p.pool, Queue: queue, DeadLetters: queue.DeadLetters(), Store: state.Store(),
		Settings: onboard.Settings{DailyInvitations: -1, NewID: func() string { ids++; return fmt.Sprintf("request-%d", ids) }},
	}
	engine := oneprocess.New(oneprocess.Config{System: p.system, Queue: queue, DeadLetters: queue.DeadLetters()})
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	ended.Go(func() {
		engine.Run(ctx)
		if err := state.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// end lets the process finish what is under way.
func (p *process) end() { p.stop() }

// kill starts the next process over the files as they are at this moment, in which
// nothing is being written. The one before has no effect any more, but for calls that
// have left for the pool.
func (p *process) kill(t *testing.T, pool *memory.Pool) *process {
	t.Helper()
	synctest.Wait()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(p.folder)); err != nil {
		t.Fatal(err)
	}
	p.pool.dead.Store(true)
	p.end()
	return start(t, pool, folder, p.ended)
}

// watched is the pool as one process reaches it.
type watched struct {
	*memory.Pool
	dead  atomic.Bool
	first atomic.Int64 // when the process first called to create a user
}

func (w *watched) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	if w.dead.Load() {
		<-ctx.Done()
		return onboard.User{}, &onboard.PoolError{Class: onboard.ErrUnclear}
	}
	w.first.CompareAndSwap(0, time.Now().UnixNano())
	return w.Pool.Invite(ctx, ask)
}

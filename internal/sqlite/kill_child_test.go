package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

// childFolder is the variable that makes this program a process to be killed: it
// writes to the state in that folder until then.
const childFolder = "USHER_SQLITE_CHILD"

func TestMain(m *testing.M) {
	folder := os.Getenv(childFolder)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := child(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func configIn(folder string) sqlite.Config {
	return sqlite.Config{
		State: filepath.Join(folder, "state"), Pace: filepath.Join(folder, "pace"),
		Visibility: time.Minute, MaxReceives: 5,
	}
}

// child submits requests and settles their rows until it is killed. It says of each
// write when it has been acknowledged.
func child(folder string) error {
	s, err := sqlite.Open(context.Background(), configIn(folder))
	if err != nil {
		return err
	}
	say("open")
	c := &writing{s.Store(), s.Queue()}
	var running sync.WaitGroup
	faults := make(chan error, 6)
	for n := range 2 {
		running.Go(func() { faults <- c.submit(fmt.Sprintf("%d-%d", os.Getpid(), n)) })
		running.Go(func() { faults <- c.work() })
		running.Go(func() { faults <- c.spend() })
	}
	return <-faults
}

// say writes one line at once, so that what was said is known after a kill.
func say(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }

type writing struct {
	store *sqlite.Store
	queue *sqlite.Queue
}

func (c *writing) submit(name string) error {
	ctx := context.Background()
	for n := 0; ; n++ {
		id, rows := fmt.Sprintf("%s-%06d", name, n), 1+n%25
		key := onboard.Key{ID: "key-" + id, RequestID: id, ExpiresAt: onboardtest.Expiry()}
		if err := c.store.CreateRequest(ctx, onboardtest.Request(id, rows), &key); err != nil {
			return err
		}
		say("created %s %d", id, rows)
		var messages []onboard.Message
		for row := 1; row <= rows; row++ {
			m := onboardtest.Message(id, row)
			m.Email = addressOf(id, row)
			messages = append(messages, m)
		}
		if err := c.queue.Send(ctx, messages, 0); err != nil {
			return err
		}
		say("sent %s", id)
	}
}

func (c *writing) work() error {
	for {
		batch, err := c.queue.Receive(context.Background(), 1+os.Getpid()%10, time.Second)
		if err != nil {
			return err
		}
		for _, d := range batch {
			if err := c.settle(d); err != nil {
				return err
			}
			if err := c.queue.DeleteBatch([]string{d.Handle}); err != nil {
				return err
			}
			say("deleted %s %d", d.RequestID, d.Row)
		}
	}
}

// settle saves a row as a worker does: held, and then with its outcome.
func (c *writing) settle(d onboard.Delivery) error {
	ctx := context.Background()
	inv, claim, err := c.store.Load(ctx, d.RequestID, d.Row, d.Email)
	if err != nil || inv.State.IsOutcome() {
		return err
	}
	was := inv
	if inv.Version == 0 {
		inv = d.Invitation()
	}
	claim.Holder = onboard.Holder{RequestID: d.RequestID, Row: d.Row, Token: d.Handle}
	claim.Until = time.Now().Add(time.Minute)
	if err := c.store.Save(ctx, onboard.Write{Invitation: inv, Claim: &claim}); err != nil {
		return err
	}
	inv.Version++
	claim.Version++
	inv.State, claim.CreditedTo, claim.Holder = onboard.Invited, claim.Holder, onboard.Holder{}
	if err := c.store.Save(ctx, onboard.Write{Invitation: inv, Claim: &claim, Tally: onboard.Change(was, inv, 1)}); err != nil {
		return err
	}
	say("settled %s %d", d.RequestID, d.Row)
	return nil
}

func (c *writing) spend() error {
	for {
		if err := c.store.Spend(context.Background(), "spent", 1, 1<<30, time.Time{}); err != nil {
			return err
		}
		say("spent")
	}
}

func addressOf(id string, row int) string { return fmt.Sprintf("%s-%d@example.com", id, row) }

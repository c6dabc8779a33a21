package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

// BenchmarkSettle shows how many rows a second are settled over each store and
// queue, from the message to the outcome and off the queue: what a worker writes for
// a clean row, by as many workers as usher has. Compare the two of one run.
func BenchmarkSettle(b *testing.B) {
	b.Run("Memory", func(b *testing.B) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility})
		settleAll(b, memory.NewStore(), q, q, b.N)
	})
	b.Run("SQLite", func(b *testing.B) {
		cfg := newConfig(b)
		cfg.Visibility = onboard.Visibility
		s := open(b, cfg)
		settleAll(b, s.Store(), s.Queue(), s.Queue(), b.N)
	})
}

// BenchmarkOpen shows how long it takes from the start to the first answer over
// 100,000 rows, half of which wait, after a process that was in the middle of some.
func BenchmarkOpen(b *testing.B) {
	cfg := newConfig(b)
	cfg.Visibility = onboard.Visibility
	s, err := sqlite.Open(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	fill(b, s, 50_000)
	send(b, s.Queue(), "waiting", 50_000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := sqlite.Open(b.Context(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		if got, err := s.Queue().Receive(b.Context(), 10, 0); err != nil || len(got) != 10 {
			b.Fatalf("%d deliveries, %v", len(got), err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

type storeAndQueue interface {
	onboard.Queue
	eventsource.Queue
}

// settleAll settles n rows of one request as 5 workers do, each with batches of 10
// side by side, and reports rows a second.
func settleAll(b *testing.B, store onboard.Store, q storeAndQueue, source eventsource.Queue, n int) {
	const workers = 5
	id := "bench"
	if err := store.CreateRequest(b.Context(), onboardtest.Request(id, n), nil); err != nil {
		b.Fatal(err)
	}
	send(b, q, id, n)
	ctx, done := context.WithCancel(b.Context())
	var mu sync.Mutex
	left := n
	b.ResetTimer()
	src := eventsource.New(eventsource.Config{
		Queue: source, Concurrency: workers, Report: func(err error) { b.Error(err) },
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) ([]string, error) {
			batch, err := eventsource.Read(raw)
			if err != nil {
				return nil, err
			}
			var settling sync.WaitGroup
			for _, d := range batch {
				settling.Go(func() { settle(b, store, d) })
			}
			settling.Wait()
			mu.Lock()
			defer mu.Unlock()
			if left -= len(batch); left == 0 {
				done()
			}
			return nil, nil
		},
	})
	if err := src.Run(ctx); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(0, "ns/op")
}

// settle writes what a worker writes for a clean row: the attempt with its claim, and
// the outcome.
func settle(tb testing.TB, store onboard.Store, d onboard.Delivery) {
	inv, claim, err := store.Load(context.Background(), d.RequestID, d.Row, d.Email)
	if err != nil {
		tb.Error(err)
		return
	}
	was, now := inv, time.Now()
	inv = d.Invitation()
	inv.Round, inv.Attempts, inv.UpdatedAt, inv.ExpiresAt = 1, 1, now, onboardtest.Expiry()
	self := onboard.Holder{RequestID: d.RequestID, Row: d.Row}
	claim.Holder, claim.Until, claim.ExpiresAt = onboard.Holder{RequestID: d.RequestID, Row: d.Row, Token: "PMQ5RWBVMJ4IXOXOMMFUBO2N5W"}, now.Add(onboard.Lease), onboardtest.Expiry()
	claim.Trail = onboard.Trail{By: self, From: now, To: now.Add(onboard.Lease)}
	if err := store.Save(context.Background(), onboard.Write{Invitation: inv, Claim: &claim}); err != nil {
		tb.Error(err)
		return
	}
	inv.Version, claim.Version = inv.Version+1, claim.Version+1
	inv.State, inv.UserSub, inv.PasswordExpiresAt = onboard.Invited, "6a1f0c1e-50a1-70d5-9b1c-3a5e8a1f9c11", now.Add(7*24*time.Hour)
	claim.Holder, claim.Until, claim.Trail = onboard.Holder{}, time.Time{}, onboard.Trail{}
	claim.CreditedTo, claim.UserSub, claim.MailedAt = self, inv.UserSub, now
	if err := store.Save(context.Background(), onboard.Write{Invitation: inv, Claim: &claim, Tally: onboard.Change(was, inv, 1)}); err != nil {
		tb.Error(err)
	}
}

// fill settles n rows of many requests.
func fill(tb testing.TB, s *sqlite.State, n int) {
	const each, atOnce = 10_000, 64
	for first := 0; first < n; first += each {
		id := fmt.Sprintf("01J8ZC%020d", first)
		rows := min(each, n-first)
		if err := s.Store().CreateRequest(tb.Context(), onboardtest.Request(id, rows), nil); err != nil {
			tb.Fatal(err)
		}
		var filling sync.WaitGroup
		for worker := range atOnce {
			filling.Go(func() {
				for row := 1 + worker; row <= rows; row += atOnce {
					settle(tb, s.Store(), delivery(id, row))
				}
			})
		}
		filling.Wait()
	}
}

func delivery(id string, row int) onboard.Delivery {
	m := onboardtest.Message(id, row)
	m.Email = fmt.Sprintf("given.family.%d.%s@staff.example.com", row, id[max(0, len(id)-6):])
	m.Attributes = map[string]string{"given_name": "Given", "family_name": "Family"}
	m.Groups, m.Ref = []string{"staff"}, fmt.Sprintf("e-%d", row)
	return onboard.Delivery{Message: m}
}

// send puts n messages of one request on the queue.
func send(tb testing.TB, q onboard.Queue, id string, n int) {
	tb.Helper()
	var messages []onboard.Message
	for row := 1; row <= n; row++ {
		messages = append(messages, delivery(id, row).Message)
	}
	if err := q.Send(tb.Context(), messages, 0); err != nil {
		tb.Fatal(err)
	}
}

// diskUse is the size of the state's files.
func diskUse(tb testing.TB, cfg sqlite.Config) int64 {
	tb.Helper()
	info, err := os.Stat(cfg.State)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size()
}

package sqlite_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
)

func TestASmallRequestIsNotHeldUpByALargeOne(t *testing.T) {
	t.Parallel()
	q := open(t, newConfig(t)).Queue()
	send(t, q, "large", 100)
	receive(t, q, 10)
	send(t, q, "small", 3)
	send(t, q, "other", 20)
	served := map[string]int{}
	for _, d := range receive(t, q, 10) {
		served[d.RequestID]++
	}
	want := map[string]int{"small": 3, "other": 7} // large has 10 in flight
	if diff := cmp.Diff(want, served); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

func TestMessagesOfOneRequestComeOldestFirst(t *testing.T) {
	t.Parallel()
	q := open(t, newConfig(t)).Queue()
	send(t, q, "r", 25)
	for _, first := range []int{1, 11} {
		for i, d := range receive(t, q, 10) {
			if d.Row != first+i {
				t.Errorf("row %d, want %d", d.Row, first+i)
			}
		}
	}
}

func TestAMessageThatIsReceivedTooOftenIsADeadLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := newConfig(t)
		cfg.MaxReceives = 3
		s, err := sqlite.Open(t.Context(), cfg)
		must(t, err)
		defer s.Close()
		q := s.Queue()
		send(t, q, "r", 2)
		var last []onboard.Delivery
		for range cfg.MaxReceives {
			last = receive(t, q, 2)
			time.Sleep(cfg.Visibility)
		}
		must(t, q.DeleteBatch([]string{last[0].Handle}))
		receive(t, q, 0)
		must(t, q.DeleteBatch([]string{last[1].Handle})) // it has gone where this handle deletes nothing

		dead := receive(t, q.DeadLetters(), 1)[0]
		if dead.ID != last[1].ID || dead.Receives != 4 || !dead.SentAt.Equal(last[1].SentAt) {
			t.Errorf("dead letter %+v, want the message %+v", dead, last[1])
		}
		must(t, q.DeadLetters().Delay(t.Context(), dead, 0))
		if n, err := q.Redrive(t.Context()); n != 1 || err != nil {
			t.Errorf("%d are redriven, %v", n, err)
		}
		receive(t, q.DeadLetters(), 0)
		if d := receive(t, q, 1)[0]; d.Receives != 1 || d.ID == dead.ID || d.Row != dead.Row {
			t.Errorf("redriven as %+v", d)
		}
	})
}

func TestAReceiveWaitsUntilAMessageComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), newConfig(t))
		must(t, err)
		defer s.Close()
		q := s.Queue()
		for name, wake := range map[string]func(){
			"sent":            func() { time.Sleep(time.Second); send(t, q, "r", 1) },
			"its delay ended": func() { must(t, q.Send(t.Context(), []onboard.Message{delivery("r", 1).Message}, time.Second)) },
		} {
			start := time.Now()
			go wake()
			got, err := q.Receive(t.Context(), 10, eventsource.MaxWait)
			if took := time.Since(start); err != nil || len(got) != 1 || took != time.Second {
				t.Fatalf("%s: %d messages after %s, %v; want 1 after a second", name, len(got), took, err)
			}
			must(t, q.DeleteBatch([]string{got[0].Handle}))
		}
		if got, err := q.Receive(t.Context(), 10, 0); len(got) != 0 || err != nil {
			t.Errorf("%d messages, %v", len(got), err)
		}
	})
}

func TestAnEventSourceDrivesAWorkerFromIt(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	s, err := sqlite.Open(t.Context(), cfg)
	must(t, err)
	send(t, s.Queue(), "r", 25)
	must(t, s.Queue().Send(t.Context(), []onboard.Message{delivery("failing", 1).Message}, 0))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	rows := make(chan int, 100)
	go func() {
		for range 25 {
			<-rows
		}
		stop()
	}()
	must(t, eventsource.New(eventsource.Config{
		Queue: s.Queue(), Report: func(err error) { t.Error(err) },
		Handler: func(_ context.Context, raw []eventsource.RawDelivery) (kept []string, err error) {
			batch, err := eventsource.Read(raw)
			for _, d := range batch {
				if d.RequestID == "failing" {
					kept = append(kept, d.ID)
				} else {
					rows <- d.Row
				}
			}
			return kept, err
		},
	}).Run(ctx))
	must(t, s.Close())
	if left := receive(t, open(t, cfg).Queue(), 1)[0]; left.RequestID != "failing" {
		t.Errorf("%s row %d is left on the queue", left.RequestID, left.Row)
	}
}

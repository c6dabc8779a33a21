package eventsource

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Defaults of an event source (AWS Lambda Developer Guide, "Using Lambda with
// Amazon SQS"; 2 is the least that a mapping's maximum concurrency can be).
const (
	DefaultConcurrency = 2
	DefaultTimeout     = time.Minute
)

// How long a source waits after a receive that failed: a queue that fails at once,
// as one on a full disk does, must not keep a processor busy.
const (
	leastPause = 100 * time.Millisecond
	mostPause  = 10 * time.Second
)

// Config says whose messages go where.
type Config struct {
	Queue Queue

	// Handler takes one batch and returns the ids of the messages that failed. Its ctx
	// ends at the timeout, not when Run is stopped.
	Handler func(ctx context.Context, batch []RawDelivery) (failedIDs []string, err error)

	BatchSize   int           // 1 to 10; 0 means 10
	Concurrency int           // batches handled at once; 0 means [DefaultConcurrency]
	Timeout     time.Duration // of one batch; 0 means [DefaultTimeout]

	// Report receives why a batch failed as a whole, why messages could not be
	// received, and why those that are done could not be deleted; nil: nobody does.
	// It may be called by several goroutines at once.
	Report func(error)
}

// Source hands the messages of a queue to a handler in batches, as
// Lambda's event source for SQS does with ReportBatchItemFailures on: messages
// that the handler did not name failed are deleted, the others stay in flight
// until their visibility timeout ends. The whole batch fails, and nothing is
// deleted, when the handler returns an error, panics, runs over its timeout, or
// names a failure that is not in the batch (AWS Lambda Developer Guide,
// "Handling errors for an SQS event source in Lambda").
type Source struct {
	cfg Config
}

// New returns an event source that does nothing until [Source.Run].
func New(cfg Config) *Source {
	if cfg.BatchSize == 0 {
		cfg.BatchSize = MaxBatch
	}
	if cfg.Concurrency == 0 {
		cfg.Concurrency = DefaultConcurrency
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	return &Source{cfg: cfg}
}

// Run delivers until ctx ends. Then it takes no more messages, waits for the
// batches that are being handled, and returns nil. An error means that the
// configuration is wrong and nothing was delivered.
func (s *Source) Run(ctx context.Context) error {
	if s.cfg.BatchSize < 1 || s.cfg.BatchSize > MaxBatch {
		return fmt.Errorf("event source: a batch of %d is not within 1 and %d", s.cfg.BatchSize, MaxBatch)
	}
	var pollers sync.WaitGroup
	for range s.cfg.Concurrency {
		pollers.Go(func() { s.poll(ctx) })
	}
	pollers.Wait()
	return nil
}

func (s *Source) poll(ctx context.Context) {
	pause := leastPause
	for ctx.Err() == nil {
		batch, err := s.cfg.Queue.ReceiveRaw(ctx, s.cfg.BatchSize, MaxWait)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil:
			s.cfg.Report(fmt.Errorf("receive messages: %w", err))
			rest(ctx, pause)
			pause = min(2*pause, mostPause)
			continue
		case len(batch) > 0:
			s.deliver(context.WithoutCancel(ctx), batch)
		}
		pause = leastPause
	}
}

// rest waits, unless ctx ends first.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// deliver has one batch handled and deletes what was done.
func (s *Source) deliver(ctx context.Context, batch []RawDelivery) {
	failed, err := s.invoke(ctx, batch)
	if err != nil {
		s.cfg.Report(fmt.Errorf("batch of %d messages: %w", len(batch), err))
		return
	}
	var done []string
	for _, d := range batch {
		if !failed[d.ID] {
			done = append(done, d.Handle)
		}
	}
	if err := s.cfg.Queue.DeleteBatch(done); err != nil {
		s.cfg.Report(err)
	}
}

// invoke runs the handler and returns which messages failed. An error means
// all of them.
func (s *Source) invoke(ctx context.Context, batch []RawDelivery) (failed map[string]bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, err = nil, fmt.Errorf("the handler panicked: %s\n%s", panicked(r), debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	ids, err := s.cfg.Handler(ctx, batch)
	switch {
	case err != nil:
		return nil, err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("the handler ran over its %s", s.cfg.Timeout)
	}
	return failures(batch, ids)
}

// panicked describes a panic without its value, which may have an address in it; the
// runtime's own panics have none.
func panicked(value any) string {
	if fault, ok := value.(runtime.Error); ok {
		return fault.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}

// failures returns ids as a set, or an error when one is not in the batch.
func failures(batch []RawDelivery, ids []string) (map[string]bool, error) {
	known := make(map[string]bool, len(batch))
	for _, d := range batch {
		known[d.ID] = true
	}
	failed := make(map[string]bool, len(ids))
	for _, id := range ids {
		if !known[id] {
			return nil, fmt.Errorf("the handler named a failure %q that is not in the batch", id)
		}
		failed[id] = true
	}
	return failed, nil
}

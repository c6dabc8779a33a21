package functions_test

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/runtimeapi"
)

// workers is how many batches are delivered at once: WorkerConcurrency in
// template.yaml.
const workers = 5

// sources do what Lambda does on its own: they hand queues to functions and run
// one function each minute.
type sources struct {
	groups  []*instances
	failed  chan *instances // one of them failed an invocation, and is to be replaced
	ended   context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
}

// newSources starts all functions that take no calls, and begins to deliver.
func newSources(b *testing.B, s *system, queue *memory.Queue) *sources {
	b.Helper()
	src := &sources{failed: make(chan *instances), groups: []*instances{
		newInstances(b, s, "WorkerFunction", workers), newInstances(b, s, "DeadLetterFunction", 1), newInstances(b, s, "RequeueFunction", 1),
	}}
	event := example(b, "requeue.json")
	src.ended, src.stop = context.WithCancel(b.Context())
	src.running.Go(func() { src.deliver(src.groups[0], queue) })
	src.running.Go(func() { src.deliver(src.groups[1], queue.DeadLetters()) })
	src.running.Go(func() { src.eachMinute(b, src.groups[2].started[0], event) })
	return src
}

// end stops delivering and waits for the invocations under way, or kills them.
func (src *sources) end(kill bool) {
	src.stop()
	for _, group := range src.groups {
		for _, f := range group.started {
			if kill {
				f.Stop()
			}
		}
	}
	src.running.Wait()
}

// deliver hands a queue's messages to instances. The batch of an invocation that
// fails stays hidden on the queue until the visibility timeout ends.
func (src *sources) deliver(to *instances, queue *memory.Queue) {
	invokeIdle := func(_ context.Context, batch []eventsource.RawDelivery) ([]string, error) {
		select {
		case <-src.ended.Done():
			return nil, src.ended.Err()
		case f := <-to.idle:
			kept, err := invoke(f, eventOf(batch), onboard.WorkerTimeout)
			if err == nil {
				to.idle <- f
				return kept, nil
			}
			select {
			case <-src.ended.Done():
			case src.failed <- to:
			}
			return nil, err
		}
	}
	source := eventsource.New(eventsource.Config{
		Queue: queue, Handler: invokeIdle, Concurrency: cap(to.idle), Timeout: onboard.WorkerTimeout,
	})
	_ = source.Run(src.ended) // fails for a wrong configuration only
}

// eachMinute runs a function at once and then every minute.
func (src *sources) eachMinute(b *testing.B, f *runtimeapi.Function, event json.RawMessage) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := f.Invoke(event, invokeTimeout); err != nil && src.ended.Err() == nil {
			b.Errorf("scheduled run: %v\n%s", err, f.Logs())
			return
		}
		select {
		case <-src.ended.Done():
			return
		case <-tick.C:
		}
	}
}

// instances are running environments of one function.
type instances struct {
	system   *system
	function string
	idle     chan *runtimeapi.Function
	started  []*runtimeapi.Function
}

func newInstances(b *testing.B, s *system, function string, n int) *instances {
	b.Helper()
	i := &instances{system: s, function: function, idle: make(chan *runtimeapi.Function, n)}
	for range n {
		i.add(b)
	}
	return i
}

func (i *instances) add(b *testing.B) {
	b.Helper()
	f := i.system.start(b, i.function)
	i.started = append(i.started, f)
	i.idle <- f
}

// replace starts an instance in the place of one that failed, as Lambda does.
func (i *instances) replace(b *testing.B) {
	b.Helper()
	b.Logf("an invocation of %s failed; its batch waits on the queue", i.function)
	i.add(b)
}

// eventOf returns the event that Lambda makes of a batch.
func eventOf(batch []eventsource.RawDelivery) (event events.SQSEvent) {
	for _, d := range batch {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: d.ID, ReceiptHandle: d.Handle, Body: string(d.Body), EventSource: "aws:sqs",
			Attributes: map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(d.Receives), "SentTimestamp": strconv.FormatInt(d.SentAt.UnixMilli(), 10),
			},
		})
	}
	return event
}

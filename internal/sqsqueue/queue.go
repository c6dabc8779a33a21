// Package sqsqueue sends messages over Amazon SQS, on a standard queue.
package sqsqueue

import (
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/onboard"
)

// DefaultParallel is how many batches are sent at once by default. At 15 ms a
// call, 10,000 messages (1,000 batches) are sent within half a second, far
// less than a caller of the API waits.
const DefaultParallel = 32

// callTimeout is how long one call may take before it counts as lost. A batch is
// at most 1 MiB and usually takes 15 ms, so the connection is dead.
const callTimeout = 5 * time.Second

// Options are a queue's settings. The zero value is ready to use.
type Options struct {
	// Parallel is how many batches one Send has under way at once; 0 means
	// [DefaultParallel]. Each takes a connection, which the next one reuses.
	Parallel int
}

// Queue is [onboard.Queue] over one SQS queue. It is safe for concurrent use.
//
// Message bodies hold addresses: no request and no answer is logged, even if the
// client is configured to, and errors name codes and rows only.
type Queue struct {
	client   *sqs.Client
	url      string
	parallel int
	patient  aws.Retryer
}

var _ onboard.Queue = (*Queue)(nil)

// New returns the queue with the given URL. The client may be shared with others
// and keeps its settings. An error names a setting that cannot work.
func New(client *sqs.Client, url string, opts Options) (*Queue, error) {
	switch {
	case client == nil:
		return nil, errors.New("sqs queue: no client given")
	case url == "":
		return nil, errors.New("sqs queue: no queue URL given")
	case opts.Parallel < 0:
		return nil, fmt.Errorf("sqs queue: %d batches at once; it takes at least 1, or 0 for %d", opts.Parallel, DefaultParallel)
	}
	parallel := opts.Parallel
	if parallel == 0 {
		parallel = DefaultParallel
	}
	return &Queue{client: client, url: url, parallel: parallel, patient: retry.NewStandard(threeTimes)}, nil
}

// threeTimes makes the SDK repeat a call soon enough for three attempts within
// [callTimeout], unless the attempts themselves are slow.
func threeTimes(o *retry.StandardOptions) {
	o.MaxAttempts = 3
	o.MaxBackoff = 500 * time.Millisecond
}

// quiet keeps requests and answers out of the SDK's log.
func quiet(o *sqs.Options) { o.ClientLogMode = 0 }

// wholeSeconds returns d in seconds, rounded up so that no message appears
// early.
func wholeSeconds(d, limit time.Duration) (int32, error) {
	if d < 0 || d > limit {
		return 0, fmt.Errorf("%s is not within 0 and %s", d, limit)
	}
	return int32((d + time.Second - 1) / time.Second), nil
}

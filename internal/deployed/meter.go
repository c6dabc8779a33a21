package deployed

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// Namespace is the CloudWatch namespace of all metrics; their one dimension is
// the stage.
const Namespace = "usher"

// The metrics besides the states, which are counted under their own names.
const (
	Throttled        = "throttled"              // calls that the pool throttled
	Attempts         = "attempts"               // calls to the pool of settled invitations
	Deliveries       = "deliveries"             // messages handled
	Failures         = "failures"               // deliveries that ended in a failure
	Dropped          = "dropped"                // messages that were not usher's, or whose request is gone
	AgeSeconds       = "age_seconds"            // of the oldest message handled, since it was put on the queue
	PacePerSecond    = "pace_per_second"        // calls per second allowed
	MailQuotaReached = "mail_quota_reached"     // batches that found the day's mail used up
	Administrators   = "administrators_invited" // people who were put into the administrators' group
	Paused           = "paused"                 // rows put aside because their request is paused
)

// Meter counts what one invocation does and writes it as one line that Amazon
// CloudWatch reads from the log: no call, no agent (Amazon CloudWatch User
// Guide, "Embedded metric format specification"). It is safe for concurrent use.
type Meter struct {
	w     io.Writer
	stage string

	mu     sync.Mutex
	values map[string]float64
}

// NewMeter returns a meter that writes to w.
func NewMeter(w io.Writer, stage string) *Meter {
	return &Meter{w: w, stage: stage, values: map[string]float64{}}
}

// Observe counts how one delivery ended; it fits [onboard.Worker.Observe].
func (m *Meter) Observe(o onboard.Observation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[Deliveries]++
	m.values[AgeSeconds] = max(m.values[AgeSeconds], o.Age.Seconds())
	if o.State != "" {
		m.values[string(o.State)]++
	}
	if o.State.IsOutcome() {
		m.values[Attempts] += float64(o.Attempts)
	}
	if o.Throttled {
		m.values[Throttled]++
	}
	if o.Err != nil {
		m.values[Failures]++
	}
	if o.Administrator {
		m.values[Administrators]++
	}
	if o.Dropped {
		m.values[Dropped]++
	}
	switch {
	case o.Code == onboard.CodeMailQuota:
		m.values[MailQuotaReached] = 1
	case o.State == onboard.Deferred && o.Code != onboard.CodeMailNotDelivered: // the only other reason is a pause
		m.values[Paused]++
	}
}

// Pace notes the current pace in calls per second.
func (m *Meter) Pace(perSecond float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[PacePerSecond] = perSecond
}

// Flush writes what was counted since the last Flush, if anything.
func (m *Meter) Flush() error {
	m.mu.Lock()
	values := m.values
	m.values = map[string]float64{}
	m.mu.Unlock()
	if len(values) == 0 {
		return nil
	}
	line, err := json.Marshal(document(values, m.stage, time.Now()))
	if err != nil {
		return err
	}
	_, err = m.w.Write(append(line, '\n'))
	return err
}

// document returns the line's object: the values and a directive that says
// which of them are metrics.
func document(values map[string]float64, stage string, at time.Time) map[string]any {
	type metric struct {
		Name string
		Unit string
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []metric
	}
	d := directive{Namespace: Namespace, Dimensions: [][]string{{"stage"}}}
	doc := map[string]any{"stage": stage}
	for name, value := range values {
		d.Metrics = append(d.Metrics, metric{name, unit(name)})
		doc[name] = value
	}
	doc["_aws"] = map[string]any{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": []directive{d}}
	return doc
}

func unit(name string) string {
	switch name {
	case AgeSeconds:
		return "Seconds"
	case PacePerSecond:
		return "Count/Second"
	}
	return "Count"
}

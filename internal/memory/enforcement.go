package memory

import "time"

// Enforcer decides which calls a rate lets through. AWS does not say how it enforces
// "calls per second", so a pool can be given one of several ways. Calls that are turned away use up nothing. An Enforcer need not be safe
// for concurrent use.
type Enforcer interface {
	// Allow reports whether a call that arrives now is let through.
	Allow(now time.Time) bool

	// SetRate changes the calls per second, from now on.
	SetRate(perSecond float64, now time.Time)
}

// Enforcement makes an [Enforcer] for a rate in calls per second.
type Enforcement func(perSecond float64) Enforcer

// TokenBucket lets calls through at the rate and up to burst calls at once
// after a pause.
func TokenBucket(burst int) Enforcement {
	return func(perSecond float64) Enforcer {
		return &tokenBucket{rate: perSecond, burst: float64(burst), tokens: float64(burst)}
	}
}

// FixedWindow lets through as many calls as the rate says in every second of
// the clock, so up to twice as many around the turn of a second.
func FixedWindow() Enforcement {
	return func(perSecond float64) Enforcer { return &fixedWindow{limit: whole(perSecond)} }
}

// SlidingWindow lets through as many calls as the rate says in any second.
func SlidingWindow() Enforcement {
	return func(perSecond float64) Enforcer { return &slidingWindow{limit: whole(perSecond)} }
}

type tokenBucket struct {
	rate, burst, tokens float64
	filledAt            time.Time
}

func (b *tokenBucket) Allow(now time.Time) bool {
	b.fill(now)
	// Tokens are sums of fractions: without the slack a call that comes exactly
	// in time could find 0.999... of its token.
	const slack = 1e-6
	if b.tokens < 1-slack {
		return false
	}
	b.tokens--
	return true
}

func (b *tokenBucket) SetRate(perSecond float64, now time.Time) {
	b.fill(now)
	b.rate = perSecond
}

func (b *tokenBucket) fill(now time.Time) {
	if !b.filledAt.IsZero() && now.After(b.filledAt) {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.filledAt).Seconds())
	}
	if b.filledAt.IsZero() || now.After(b.filledAt) {
		b.filledAt = now
	}
}

type fixedWindow struct {
	limit, used int
	window      time.Time
}

func (w *fixedWindow) Allow(now time.Time) bool {
	if window := now.Truncate(time.Second); !window.Equal(w.window) {
		w.window, w.used = window, 0
	}
	if w.used >= w.limit {
		return false
	}
	w.used++
	return true
}

func (w *fixedWindow) SetRate(perSecond float64, _ time.Time) { w.limit = whole(perSecond) }

type slidingWindow struct {
	limit int
	let   []time.Time // within the last second, oldest first
}

func (w *slidingWindow) Allow(now time.Time) bool {
	old := 0
	for old < len(w.let) && now.Sub(w.let[old]) >= time.Second {
		old++
	}
	w.let = w.let[old:]
	if len(w.let) >= w.limit {
		return false
	}
	w.let = append(w.let, now)
	return true
}

func (w *slidingWindow) SetRate(perSecond float64, _ time.Time) { w.limit = whole(perSecond) }

// whole is how many calls fit into one second's window: at least one, or no
// call would ever pass.
func whole(perSecond float64) int { return max(1, int(perSecond)) }

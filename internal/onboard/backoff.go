package onboard

import (
	"math/rand/v2"
	"time"
)

// The bounds of the back-off: see [backoff].
const (
	backoffBase = 2 * time.Second
	backoffMax  = 10 * time.Minute
)

// backoff returns how long to wait after the given number of failures (from 0):
// a random time up to a bound that doubles each time ("full jitter", so that
// rows that failed together do not come back together). Bounds: 2 s, 4 s, 8 s,
// and so on up to 10 min.
func backoff(failures int, random func() float64) time.Duration {
	bound := backoffMax
	if failures < 9 { // 2 s << 9 is over 10 min
		bound = min(backoffBase<<max(failures, 0), backoffMax)
	}
	return time.Duration(random() * float64(bound))
}

// patience returns how long a row waits at least after a failed delivery, in addition
// to its back-off, given the number of earlier failures: 1 s, 2 s, 4 s, then 8 s. It
// need not outlast an outage: while the pool answers no call, failures do not count.
func patience(failures int) time.Duration {
	return time.Second << min(max(failures, 0), 3)
}

// defaultRandom is the source of jitter where no other is given.
func defaultRandom() float64 { return rand.Float64() }

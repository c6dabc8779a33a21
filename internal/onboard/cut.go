package onboard

import (
	"math"
	"time"
)

// How the pace follows a limit that it does not know: see [Cut.rate]. The values
// are those that did best in internal/testing/pacing, which measures what they are worth.
const (
	// firstCut is the share of the pace that the first throttled call leaves: all that
	// is known is that the quota is lower than configured. A cut that follows within
	// firstCutFor leaves the same share, as the first was not enough. From 47.5 to 10
	// calls per second it takes three cuts instead of seven.
	firstCut    = 0.5
	firstCutFor = 4 * time.Second

	// cutFactor is the share that every other cut leaves: the limit is about known by
	// then, and a deeper cut would leave it unused. If a cut that follows one of these
	// left half, a pool that saves up what is not used would be called at twice its
	// limit afterwards: 38 throttled calls within half a minute instead of 6.
	cutFactor = 0.8

	// cutInterval is the least time from when one cut takes hold to the next, so
	// that the calls of one overload, which come back throttled together, cut
	// only once.
	cutInterval = time.Second

	// levelOff is where the pace levels off, as a share of the rate that proved too
	// high: just below it.
	levelOff = 0.97

	// levelAfter is when after a cut the pace is level.
	levelAfter = 15 * time.Second

	// growth is the time in which the pace's distance from that level grows e times:
	// slow enough that few calls are throttled before the first answer says so, fast
	// enough that a limit raised from 10 to 50 calls per second is used within a minute.
	growth = 5 * time.Second
)

// bounds are what a pace that was cut moves in.
type bounds struct {
	least, most float64       // calls per second
	level       time.Duration // how long it stays level
	unhurried   float64       // calls per second below which all takes as many calls as at that rate, not as long
}

// again returns the cut that follows c, if one does, once a call whose place was at
// the given time was turned away. rate is the present pace of such calls, and end where
// the line is still free: from there the cut holds, at most once a second. A call whose
// place came before the last cut says nothing about it.
func (c Cut) again(at, now time.Time, rate float64, end time.Time) (Cut, bool) {
	if !c.At.IsZero() && (now.Sub(c.At) < cutInterval || at.Before(c.At)) {
		return c, false
	}
	return Cut{At: laterOf(now, end), Seen: rate, To: rate * c.factor(now)}, true
}

// factor is the share of the pace that the next cut leaves.
func (c Cut) factor(now time.Time) float64 {
	halved := c.To < c.Seen*(firstCut+cutFactor)/2
	if c.At.IsZero() || halved && now.Sub(c.At) < firstCutFor {
		return firstCut
	}
	return cutFactor
}

// rate is the pace at a place on the line, in calls per second: the most if it was never
// cut, else a hyperbolic sine of the time since the cut. It starts at what it was cut to,
// levels off just under what proved too high, stays there, and then leaves that level by
// a distance that grows by a constant factor.
// Of all curves that find a raised limit in a given time, this one exceeds an unchanged
// limit by the least share while the first throttled answer is on its way.
func (c Cut) rate(at time.Time, b bounds) float64 {
	if c.At.IsZero() {
		return b.most
	}
	since := max(at.Sub(c.At), 0).Seconds()
	if c.Seen < b.unhurried {
		since *= c.Seen / b.unhurried
	}
	top := c.Seen * levelOff
	slope := (top - c.To) / math.Sinh(levelAfter.Seconds()/growth.Seconds())
	if since > levelAfter.Seconds() {
		since = max(levelAfter.Seconds(), since-b.level.Seconds())
	}
	pace := top + slope*math.Sinh((since-levelAfter.Seconds())/growth.Seconds())
	return min(max(pace, b.least), b.most)
}

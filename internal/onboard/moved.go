package onboard

import "time"

// A store that serves the processes of one machine knows when the machine has slept, or
// its clock was set: the time of day was moved, but not the timeouts of what was under
// way. The methods here move what goes by those timeouts. They change nothing that goes by the
// calendar, such as when a day's mail begins, and nothing that had passed before.

// Moved returns c as it is once the clock was moved: its holder and the calls that it
// has written down keep the time that they had left.
func (c Claim) Moved(by time.Duration) Claim {
	if (c.Holder != Holder{}) {
		c.Until = c.Until.Add(by)
	}
	if !c.Trail.Empty() {
		c.Trail.To = c.Trail.To.Add(by)
		if by < 0 && !c.Trail.From.IsZero() { // the user may be created by the new clock
			c.Trail.From = c.Trail.From.Add(by)
		}
	}
	return c
}

// Moved returns r as it is once the clock was moved: who puts a round on the queue keeps
// the time that was left for it, and so does an action that waits for workers to end.
func (r Request) Moved(by time.Duration) Request {
	if !r.AcceptedUntil.IsZero() {
		r.AcceptedUntil = r.AcceptedUntil.Add(by)
	}
	if r.PutBack != nil {
		order := *r.PutBack
		order.At = order.At.Add(by)
		r.PutBack = &order
	}
	return r
}

// presumed is how long ago a pool is taken to have answered at least when a process starts,
// or its machine wakes up: there may be no network yet, and giveUpAfter is not to have
// passed in its absence.
const presumed = giveUpAfter / 2

// Moved returns c as it is once the clock was moved. It may be called by every process
// that shares the lane: what was moved is not moved again.
//
// A line that ends far ahead was reserved by a clock that has since been set back. A pool
// that is silent right after the machine has slept may only be out of reach for lack of a
// network, and the time asleep says nothing about it.
func (c Cell) Moved(now time.Time, by time.Duration) Cell {
	if by < 0 && c.Reserved.Sub(now) > by.Abs()/2 {
		for _, at := range []*time.Time{&c.Reserved, &c.ClearAt, &c.Cut.At, &c.MailCut.At} {
			if !at.IsZero() {
				*at = at.Add(by)
			}
		}
	}
	if by > 0 {
		c.ClearAt = laterOf(c.ClearAt, now.Add(-presumed))
	}
	c.Version++ // for processes that know more of it than this
	return c
}

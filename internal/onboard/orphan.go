package onboard

import "time"

// A store that serves one process at a time knows, when it is opened, that no other
// process that used it is running. The methods here say what is left to wait for
// then: without them everything would wait for leases of a process that has ended.

// Orphaned returns c as it is once the process that made its calls has ended: free, and
// with a trail that ends when the last call that can have left is over.
func (c Claim) Orphaned(now time.Time) Claim {
	c.Holder, c.Until = Holder{}, time.Time{}
	if end := now.Add(reach); c.Trail.To.After(end) {
		c.Trail.To = end
	}
	return c
}

// Orphaned returns r as it is once the process that put its next round on the queue
// has ended: that round does not begin any more. A submission that was cut off is
// [Request.Abandoned], and its caller may repeat it at once.
func (r Request) Orphaned(now time.Time) Request {
	r.AcceptedUntil = earlierOf(r.AcceptedUntil, now)
	return r
}

// Orphaned returns c as it is once every process that reserved from it has ended:
// places that lie ahead are free again. A cut that was to hold after them holds now. The
// time in which no process called the pool says nothing about it.
func (c Cell) Orphaned(now time.Time) Cell {
	c.ClearAt = laterOf(c.ClearAt, now.Add(-presumed))
	c.Reserved, c.Cut.At, c.MailCut.At = earlierOf(c.Reserved, now), earlierOf(c.Cut.At, now), earlierOf(c.MailCut.At, now)
	return c
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

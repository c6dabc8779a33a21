package pacing_test

import (
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// callLog holds when calls left and when the pool took them, as times since it
// was made.
type callLog struct {
	began time.Time

	mu         sync.Mutex
	departures []time.Duration
	taken      []time.Duration
	turnedAway []time.Duration
}

func (l *callLog) leaves() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.departures = append(l.departures, time.Since(l.began))
}

func (l *callLog) arrived(taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if taken {
		l.taken = append(l.taken, time.Since(l.began))
	} else {
		l.turnedAway = append(l.turnedAway, time.Since(l.began))
	}
}

// most returns the most times that lie within any one second.
func most(times []time.Duration) int {
	n, first := 0, 0
	for i, t := range times {
		for t-times[first] >= time.Second {
			first++
		}
		n = max(n, i-first+1)
	}
	return n
}

// reaches returns the end of the first stretch of the given length, begun not
// before the given time, with at least rate times a second in it; -1 if there
// is none.
func reaches(times []time.Duration, from, stretch time.Duration, rate float64) time.Duration {
	want := int(rate * stretch.Seconds())
	for i := range times {
		last := i + want - 1
		if times[i] < from || last >= len(times) {
			continue
		}
		if times[last]-times[i] <= stretch {
			return times[i] + stretch
		}
	}
	return -1
}

// since counts the times that are not before the given one.
func since(times []time.Duration, from time.Duration) (n int) {
	for _, t := range times {
		if t >= from {
			n++
		}
	}
	return n
}

// lineLog counts what happens on the line of creations and on the queue.
type lineLog struct {
	mu         sync.Mutex
	updates    int           // conditional updates of the cell by reservations, refused ones included
	granted    int           // reservations
	ahead      time.Duration // the furthest that the line was reserved
	deliveries int
}

func (l *lineLog) asked(lane string, granted bool, end time.Time) {
	if lane != onboard.LaneCreate {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.updates++
	if granted {
		l.granted++
		l.ahead = max(l.ahead, time.Until(end))
	}
}

func (l *lineLog) delivers(messages int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deliveries += messages
}

// silence returns the longest time between two calls, and from the beginning to
// the first.
func silence(times []time.Duration, from time.Duration) (longest time.Duration) {
	for _, t := range times {
		longest, from = max(longest, t-from), t
	}
	return longest
}

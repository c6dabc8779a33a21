package pacing_test

import (
	"sync"
	"time"
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

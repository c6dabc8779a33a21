package onboardtest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"usher.example/internal/onboard"
)

var keyCases = []contract[onboard.Store]{
	{"AKeyComesBackWithEveryField", func(c *caseT, s onboard.Store) {
		want := keyOf(RequestID(1))
		c.must(s.CreateRequest(c.Context(), Request(RequestID(1), 1), &want))
		got, err := s.Key(c.Context(), want.ID)
		c.must(err)
		c.same("key", got, want)
	}},

	{"AnUnknownKeyIsNotFound", func(c *caseT, s onboard.Store) {
		_, err := s.Key(c.Context(), "unknown")
		c.is("reading", err, onboard.ErrNotFound)
	}},

	{"ATakenKeyStoresNoRequest", func(c *caseT, s onboard.Store) {
		first, second := keyOf(RequestID(1)), keyOf(RequestID(2))
		c.must(s.CreateRequest(c.Context(), Request(RequestID(1), 1), &first))
		c.is("second creation", s.CreateRequest(c.Context(), Request(RequestID(2), 1), &second), onboard.ErrConflict)
		_, err := s.Request(c.Context(), RequestID(2))
		c.is("reading the second request", err, onboard.ErrNotFound)
		got, err := s.Key(c.Context(), first.ID)
		c.must(err)
		c.same("key", got, first)
	}},

	{"ATakenIDStoresNoKey", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		key := keyOf(RequestID(1))
		c.is("creation", s.CreateRequest(c.Context(), Request(RequestID(1), 1), &key), onboard.ErrConflict)
		_, err := s.Key(c.Context(), key.ID)
		c.is("reading the key", err, onboard.ErrNotFound)
	}},

	{"AnExpiredKeyIsGoneAndCanBeTakenAgain", func(c *caseT, s onboard.Store) {
		old := keyOf(RequestID(1))
		old.ExpiresAt = Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.CreateRequest(c.Context(), Request(RequestID(1), 1), &old))
		_, err := s.Key(c.Context(), old.ID)
		c.is("reading the expired key", err, onboard.ErrNotFound)
		fresh := keyOf(RequestID(2))
		c.must(s.CreateRequest(c.Context(), Request(RequestID(2), 1), &fresh))
		got, err := s.Key(c.Context(), fresh.ID)
		c.must(err)
		c.same("key", got, fresh)
	}},

	{"OfManyCreationsUnderOneKeyOneWins", func(c *caseT, s onboard.Store) {
		c.oneWins(func(i int) error {
			key := keyOf(RequestID(i))
			return s.CreateRequest(c.Context(), Request(key.RequestID, 1), &key)
		})
		key, err := s.Key(c.Context(), keyOf("").ID)
		c.must(err)
		stored := 0
		for i := range writers {
			if _, err := s.Request(c.Context(), RequestID(i)); err == nil {
				stored++
				c.same("the stored request's id", RequestID(i), key.RequestID)
			}
		}
		c.same("stored requests", stored, 1)
	}},

	{"SpendingStopsAtTheLimit", func(c *caseT, s onboard.Store) {
		for _, step := range []struct {
			n       int
			refused bool
			want    int
		}{{n: 3, refused: false, want: 3}, {n: 6, refused: false, want: 9}, {n: 2, refused: true, want: 9}, {n: 1, refused: false, want: 10}, {n: 1, refused: true, want: 10}, {n: 0, refused: false, want: 10}, {n: -4, refused: false, want: 6}, {n: 5, refused: true, want: 6}} {
			err := s.Spend(c.Context(), "rows of a day", step.n, 10, Expiry())
			if step.refused {
				c.is(fmt.Sprintf("spending %d", step.n), err, onboard.ErrConflict)
			} else {
				c.must(err)
			}
			for range 2 { // reading changes nothing
				c.spent(s, fmt.Sprintf("after spending %d", step.n), "rows of a day", step.want)
			}
		}
	}},

	{"AFirstSpendStopsAtTheLimitToo", func(c *caseT, s onboard.Store) {
		for _, n := range []int{9, 10} {
			counter := fmt.Sprintf("counter %d", n)
			c.must(s.Spend(c.Context(), counter, n, 10, Expiry()))
			c.spent(s, "first spend", counter, n)
		}
		c.is("first spend of 11", s.Spend(c.Context(), "counter 11", 11, 10, Expiry()), onboard.ErrConflict)
		c.spent(s, "after the conflict", "counter 11", 0)
	}},

	{"CountersAreSeparate", func(c *caseT, s onboard.Store) {
		for n, counter := range []string{"one", "two"} {
			c.must(s.Spend(c.Context(), counter, 7+n, 10, Expiry()))
		}
		c.spent(s, "the first", "one", 7)
		c.spent(s, "the second", "two", 8)
		c.spent(s, "one that never was", "three", 0)
	}},

	{"AnExpiredCounterBeginsAgain", func(c *caseT, s onboard.Store) {
		c.must(s.Spend(c.Context(), "counter", 7, 10, longAgo()))
		c.spent(s, "expired", "counter", 0)
		c.must(s.Spend(c.Context(), "counter", 8, 10, Expiry()))
		c.spent(s, "begun again", "counter", 8)
	}},

	{"ACounterWithoutAnEndIsKept", func(c *caseT, s onboard.Store) {
		c.must(s.Spend(c.Context(), "counter", 7, 10, longAgo()))
		for _, step := range []struct{ n, want int }{{n: 3, want: 3}, {n: 4, want: 7}} {
			c.must(s.Spend(c.Context(), "counter", step.n, 10, time.Time{}))
			c.spent(s, fmt.Sprintf("after spending %d", step.n), "counter", step.want)
		}
	}},

	{"ManySpendersNeverPassTheLimit", func(c *caseT, s onboard.Store) {
		var passed atomic.Int32
		together(writers, func(i int) {
			switch err := s.Spend(c.Context(), "counter", 1, 10, Expiry()); {
			case err == nil:
				passed.Add(1)
			case !errors.Is(err, onboard.ErrConflict):
				c.Errorf("spender %d: got error %v, want %v", i, err, onboard.ErrConflict)
			}
		})
		c.same("spenders who passed", int(passed.Load()), 10)
		c.spent(s, "sum", "counter", 10)
	}},
}

// keyOf returns the key "caller-key" with a request behind it.
func keyOf(requestID string) onboard.Key {
	return onboard.Key{ID: "caller-key", BodyHash: "hash", RequestID: requestID, ExpiresAt: Expiry()}
}

// longAgo is an end that has passed.
func longAgo() time.Time { return Now().Truncate(time.Second).Add(-time.Minute) }

// spent checks a counter's sum.
func (c *caseT) spent(s onboard.Store, what, counter string, want int) {
	c.Helper()
	sum, err := s.Spent(c.Context(), counter)
	if err != nil || sum != want {
		c.Errorf("%s: got sum %d, error %v; want %d", what, sum, err, want)
	}
}

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
		for _, step := range []struct{ n, want int }{{3, 3}, {6, 9}, {2, -9}, {1, 10}, {1, -10}, {0, 10}} {
			sum, err := s.Spend(c.Context(), "rows of a day", step.n, 10, Expiry())
			c.spent(fmt.Sprintf("spending %d", step.n), sum, err, step.want)
		}
	}},

	{"AFirstSpendStopsAtTheLimitToo", func(c *caseT, s onboard.Store) {
		for _, n := range []int{9, 10} {
			sum, err := s.Spend(c.Context(), fmt.Sprintf("counter %d", n), n, 10, Expiry())
			c.spent(fmt.Sprintf("first spend of %d", n), sum, err, n)
		}
		sum, err := s.Spend(c.Context(), "counter 11", 11, 10, Expiry())
		c.is("first spend of 11", err, onboard.ErrConflict)
		c.same("sum beside the conflict", sum, 0)
	}},

	{"CountersAreSeparate", func(c *caseT, s onboard.Store) {
		for _, counter := range []string{"one", "two"} {
			sum, err := s.Spend(c.Context(), counter, 7, 10, Expiry())
			c.spent(counter, sum, err, 7)
		}
	}},

	{"AnExpiredCounterBeginsAgain", func(c *caseT, s onboard.Store) {
		past := Now().Truncate(time.Second).Add(-time.Minute)
		sum, err := s.Spend(c.Context(), "counter", 7, 10, past)
		c.spent("before", sum, err, 7)
		sum, err = s.Spend(c.Context(), "counter", 8, 10, Expiry())
		c.spent("after", sum, err, 8)
	}},

	{"ACounterWithoutAnEndIsKept", func(c *caseT, s onboard.Store) {
		past := Now().Truncate(time.Second).Add(-time.Minute)
		for _, step := range []struct {
			n, want int
			expires time.Time
		}{{7, 7, past}, {3, 3, time.Time{}}, {4, 7, time.Time{}}} {
			sum, err := s.Spend(c.Context(), "counter", step.n, 10, step.expires)
			c.spent(fmt.Sprintf("spending %d", step.n), sum, err, step.want)
		}
		sum, err := s.Spent(c.Context(), "counter")
		c.spent("reading", sum, err, 7)
	}},

	{"SpentIsTheSumAndChangesNothing", func(c *caseT, s onboard.Store) {
		for _, step := range []struct{ n, want int }{{3, 3}, {6, 9}, {-4, 5}} {
			_, err := s.Spend(c.Context(), "counter", step.n, 10, Expiry())
			c.must(err)
			for range 2 {
				sum, err := s.Spent(c.Context(), "counter")
				c.spent(fmt.Sprintf("reading after %d", step.n), sum, err, step.want)
			}
		}
		_, err := s.Spend(c.Context(), "counter", 6, 10, Expiry())
		c.is("spending over the limit", err, onboard.ErrConflict)
		sum, err := s.Spent(c.Context(), "counter")
		c.spent("reading after the conflict", sum, err, 5)
	}},

	{"OfACounterThatNeverWasNothingIsSpent", func(c *caseT, s onboard.Store) {
		_, err := s.Spend(c.Context(), "another", 3, 10, Expiry())
		c.must(err)
		sum, err := s.Spent(c.Context(), "counter")
		c.spent("reading", sum, err, 0)
	}},

	{"OfAnExpiredCounterNothingIsSpent", func(c *caseT, s onboard.Store) {
		past := Now().Truncate(time.Second).Add(-time.Minute)
		_, err := s.Spend(c.Context(), "counter", 7, 10, past)
		c.must(err)
		sum, err := s.Spent(c.Context(), "counter")
		c.spent("reading", sum, err, 0)
	}},

	{"ManySpendersNeverPassTheLimit", func(c *caseT, s onboard.Store) {
		var passed atomic.Int32
		together(writers, func(i int) {
			switch _, err := s.Spend(c.Context(), "counter", 1, 10, Expiry()); {
			case err == nil:
				passed.Add(1)
			case !errors.Is(err, onboard.ErrConflict):
				c.Errorf("spender %d: got error %v, want %v", i, err, onboard.ErrConflict)
			}
		})
		c.same("spenders who passed", int(passed.Load()), 10)
		sum, err := s.Spend(c.Context(), "counter", 0, 10, Expiry())
		c.spent("sum", sum, err, 10)
	}},
}

// keyOf returns the key "caller-key" with a request behind it.
func keyOf(requestID string) onboard.Key {
	return onboard.Key{ID: "caller-key", BodyHash: "hash", RequestID: requestID, ExpiresAt: Expiry()}
}

// spent checks a sum; a negative want is the present sum beside a conflict.
func (c *caseT) spent(what string, sum int, err error, want int) {
	c.Helper()
	if want < 0 {
		c.is(what, err, onboard.ErrConflict)
		want, err = -want, nil
	}
	if err != nil || sum != want {
		c.Errorf("%s: got sum %d, error %v; want %d", what, sum, err, want)
	}
}

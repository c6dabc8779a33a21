package onboard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// slowStore takes ten milliseconds for a call, and has its effect half-way: so
// that others come in between.
type slowStore struct{ onboard.PaceStore }

func (s slowStore) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	time.Sleep(5 * time.Millisecond)
	defer time.Sleep(5 * time.Millisecond)
	return s.PaceStore.Reserve(ctx, lane, want)
}

func (s slowStore) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	time.Sleep(5 * time.Millisecond)
	defer time.Sleep(5 * time.Millisecond)
	return s.PaceStore.Cell(ctx, lane)
}

func (s slowStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	time.Sleep(5 * time.Millisecond)
	defer time.Sleep(5 * time.Millisecond)
	return s.PaceStore.SaveCell(ctx, lane, c)
}

// overtakenStore lets another worker save the cell just before the first save.
type overtakenStore struct {
	onboard.PaceStore
	before func(c onboard.Cell) onboard.Cell // nil once it has been called
}

func (s *overtakenStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	if before := s.before; before != nil {
		s.before = nil
		now, err := s.PaceStore.Cell(ctx, lane)
		if err != nil {
			return err
		}
		if err := s.PaceStore.SaveCell(ctx, lane, before(now)); err != nil {
			return err
		}
	}
	return s.PaceStore.SaveCell(ctx, lane, c)
}

func TestAConflictIsAskedAgain(t *testing.T) {
	t.Parallel()
	t.Run("a cut that another made just before is not made twice", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			cut := onboard.Cell{Cut: onboard.Cut{At: time.Now(), Seen: most, To: 0.5 * most}}
			store := &overtakenStore{PaceStore: memory.NewStore(), before: func(onboard.Cell) onboard.Cell { return cut }}
			p := newPace(store)
			throttled(t, p)
			if got := p.Known(); !almost(got, 0.5*most) {
				t.Errorf("%.3f calls per second, want %.3f", got, 0.5*most)
			}
			if cell, _ := store.Cell(t.Context(), onboard.LaneCreate); cell.Version != 1 {
				t.Errorf("%d writes, want the other's only", cell.Version)
			}
		})
	})
	t.Run("a cut and a close at once are both kept", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			until := time.Now().Add(time.Hour)
			store := &overtakenStore{PaceStore: memory.NewStore(), before: func(c onboard.Cell) onboard.Cell { c.ClosedUntil = until; return c }}
			throttled(t, newPace(store))
			cell, _ := store.Cell(t.Context(), onboard.LaneCreate)
			if !cell.ClosedUntil.Equal(until) || !almost(cell.Cut.To, 0.5*most) {
				t.Errorf("stored %+v, want it closed until %s and cut to %.3f", cell, until, 0.5*most)
			}
		})
	})
}

var errDown = errors.New("the store is down")

// downStore fails every call of the named method.
type downStore struct {
	onboard.PaceStore
	method string
}

func (s downStore) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	if s.method == "Reserve" {
		return onboard.Reservation{}, errDown
	}
	return s.PaceStore.Reserve(ctx, lane, want)
}

func (s downStore) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	if s.method == "Cell" {
		return onboard.Cell{}, errDown
	}
	return s.PaceStore.Cell(ctx, lane)
}

func (s downStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	if s.method == "SaveCell" {
		return errDown
	}
	return s.PaceStore.SaveCell(ctx, lane, c)
}

func TestTheStoresErrorsAreHandedOn(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *onboard.Pace) error{
		"Reserve":     func(ctx context.Context, p *onboard.Pace) error { _, err := p.Reserve(ctx, demand(1)); return err },
		"Throttled":   func(ctx context.Context, p *onboard.Pace) error { return p.Throttled(ctx, time.Now()) },
		"Close":       func(ctx context.Context, p *onboard.Pace) error { return p.Close(ctx, time.Now().Add(time.Hour)) },
		"Now":         func(ctx context.Context, p *onboard.Pace) error { _, _, err := p.Now(ctx); return err },
		"SetMailRate": func(ctx context.Context, p *onboard.Pace) error { return p.SetMailRate(ctx, 14) },
	}
	for _, tt := range []struct{ call, method string }{
		{call: "Reserve", method: "Reserve"}, {call: "Throttled", method: "Cell"}, {call: "Throttled", method: "SaveCell"},
		{call: "Close", method: "Cell"}, {call: "Close", method: "SaveCell"}, {call: "Now", method: "Cell"},
		{call: "SetMailRate", method: "Cell"}, {call: "SetMailRate", method: "SaveCell"},
	} {
		p := newPace(downStore{PaceStore: memory.NewStore(), method: tt.method})
		if err := calls[tt.call](t.Context(), p); !errors.Is(err, errDown) {
			t.Errorf("%s while %s fails: error %v", tt.call, tt.method, err)
		}
		if got := p.Known(); got != most {
			t.Errorf("%s while %s fails: %.3f calls per second are believed", tt.call, tt.method, got)
		}
	}
}

package peers

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// These tests are inside the package because turns cannot be seen from outside:
// moto goes wrong too rarely without them.

// slowServer takes a second for every request and notes how many it had at once.
type slowServer struct {
	inside, most, answered atomic.Int32
}

func (s *slowServer) RoundTrip(request *http.Request) (*http.Response, error) {
	s.most.Store(max(s.most.Load(), s.inside.Add(1)))
	defer s.inside.Add(-1)
	select {
	case <-time.After(time.Second):
	case <-request.Context().Done():
		return nil, request.Context().Err()
	}
	s.answered.Add(1)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: request}, nil
}

func TestRequestsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const callers = 5
		server := new(slowServer)
		transport := newOneAtATime(server)
		start := time.Now()
		for range callers {
			go roundTrip(t.Context(), transport)
		}
		time.Sleep(callers * time.Second)
		synctest.Wait()
		if got := server.answered.Load(); got != callers {
			t.Errorf("after %v got %d answers, want %d", time.Since(start), got, callers)
		}
		if got := server.most.Load(); got != 1 {
			t.Errorf("got %d requests at once, want 1", got)
		}
	})
}

func TestAbandonedRequestKeepsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := new(slowServer)
		transport := newOneAtATime(server)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		go roundTrip(impatient, transport)
		synctest.Wait()
		if err := roundTrip(t.Context(), transport); err != nil {
			t.Error(err)
		}
		if got := server.answered.Load(); got != 2 {
			t.Errorf("got %d answers, want 2: what was sent continues", got)
		}
	})
}

func TestWaitingForATurnCanBeGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := new(slowServer)
		transport := newOneAtATime(server)
		go roundTrip(t.Context(), transport)
		synctest.Wait()
		impatient, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if err := roundTrip(impatient, transport); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline exceeded", err)
		}
		time.Sleep(time.Second)
		if got := server.answered.Load(); got != 1 {
			t.Errorf("got %d answers, want 1: the other was never sent", got)
		}
	})
}

func roundTrip(ctx context.Context, transport http.RoundTripper) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://moto.invalid/", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

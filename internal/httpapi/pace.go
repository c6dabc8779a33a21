package httpapi

import (
	"context"
	"fmt"

	"usher.example/internal/onboard"
)

// paceNow is how many invitations a second go out now; 0 if that is not known.
// A forecast is never worth failing a call for, least of all one that is done.
func (a *api) paceNow(ctx context.Context) float64 { return a.rateOf(ctx, a.pace) }

func (a *api) rateOf(ctx context.Context, pace *onboard.Pace) (perSecond float64) {
	defer func() {
		if p := recover(); p != nil {
			a.Log.Error("panic in reading the pace", "panic", fmt.Sprintf("%T", p))
			perSecond = 0
		}
	}()
	perSecond, err := pace.Rate(ctx)
	if err != nil {
		a.Log.Warn("the pace could not be read; no forecast is given", "error", err)
		return 0
	}
	return perSecond
}

// paceAhead begins to read the pace, so that the answer to a submission need
// not wait for it after all else is done. The returned function waits for it; it
// must be called, for nothing may be left running behind an answer.
func (a *api) paceAhead(ctx context.Context) func() float64 {
	read := make(chan float64, 1)
	go func() { read <- a.paceNow(ctx) }()
	return func() float64 { return <-read }
}

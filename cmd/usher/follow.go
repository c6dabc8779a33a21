package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// waiting says how long to follow a request, and what to do at its end.
type waiting struct {
	noWait     bool
	timeout    time.Duration
	failuresTo string // file for the rows that failed; "" for none
}

func (w *waiting) addTo(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.noWait, "no-wait", false, "do not follow the request to its end")
	w.addTimeout(cmd)
}

func (w *waiting) addTimeout(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&w.timeout, "timeout", 0, "give up following after so long, such as 10m; the request goes on")
}

var errTimeout = errors.New("the time to wait is over")

// await follows a request as the flags say, writes what came of it, and returns
// the error that stands for how it ended.
func (p *program) await(ctx context.Context, c *client.Client, r client.Request, w waiting) error {
	if w.noWait {
		err := p.writeRequest(r)
		p.say("It goes on by itself. To watch it:\n  usher watch %s", r.ID)
		return err
	}
	following, stop := ctx, context.CancelFunc(func() {})
	if w.timeout > 0 {
		following, stop = context.WithTimeoutCause(ctx, w.timeout, errTimeout)
	}
	defer stop()
	last, err := p.follow(following, c, r.ID)
	if err != nil {
		return p.leave(ctx, r.ID, err)
	}
	if err := p.writeRequest(last); err != nil {
		return err
	}
	kept, err := p.keepFailures(ctx, c, last, w.failuresTo)
	p.hint(last, kept)
	switch {
	case err != nil:
		return err
	case !last.Done:
		return &ended{code: exitGaveUp} // paused: only a person can lift that
	}
	return outcome(last)
}

// keepFailures writes the rows that failed to a file, if there is one to write
// and a request that is done to take them from, and says which.
func (p *program) keepFailures(ctx context.Context, c *client.Client, r client.Request, to string) (kept string, err error) {
	if to == "" || !r.Done || r.Counts.Failed == 0 {
		return "", nil
	}
	rows, err := c.Results(ctx, r.ID, onboard.Failed)
	if err == nil {
		err = writeWhole(to, rows)
	}
	if err != nil {
		return "", fmt.Errorf("the rows that failed are not in %s: %w", to, err)
	}
	return to, nil
}

// leave is the error for a request that is not watched to its end.
func (p *program) leave(ctx context.Context, id string, err error) error {
	const goesOn = "The request goes on. To watch it:\n  usher watch "
	switch {
	case ctx.Err() != nil:
		return endsWith(exitInterrupted, "interrupted. %s%s", goesOn, id)
	case errors.Is(err, errTimeout):
		return endsWith(exitGaveUp, "gave up waiting. %s%s", goesOn, id)
	case errors.As(err, new(*client.LostError)):
		return endsWith(exitGaveUp, "gave up waiting: %w\n%s%s", err, goesOn, id)
	}
	return err
}

// sight is a request as it was seen, or why it was not.
type sight struct {
	request client.Request
	err     error
}

// follow shows the progress of a request until it is done or paused.
func (p *program) follow(ctx context.Context, c *client.Client, id string) (last client.Request, err error) {
	show := p.newProgress()
	defer show.end()
	ctx, cancel := context.WithCancel(ctx)
	sights, notes := make(chan sight), make(chan string)
	p.trouble = func(text string) { offer(ctx, notes, text) }
	var watching sync.WaitGroup
	watching.Go(func() {
		defer close(sights)
		for r, err := range c.Watch(ctx, id) {
			offer(ctx, sights, sight{r, err})
		}
	})
	defer func() {
		cancel()
		watching.Wait()
		p.trouble = nil
	}()
	tick := time.NewTicker(show.every)
	defer tick.Stop()
	for {
		select {
		case s, ok := <-sights:
			if !ok {
				return last, context.Cause(ctx)
			}
			if s.err != nil {
				return last, s.err
			}
			last = s.request
			show.update(last)
			if last.Done || last.State == onboard.StatePaused {
				return last, nil
			}
		case text := <-notes:
			show.note(text)
		case <-tick.C:
			show.tick()
		}
	}
}

// offer sends v unless ctx ends first.
func offer[T any](ctx context.Context, to chan<- T, v T) {
	select {
	case to <- v:
	case <-ctx.Done():
	}
}

// toldTrouble says why a call did not get through and when it is made again.
func (p *program) toldTrouble(err error, again time.Duration) {
	text := fmt.Sprintf("%s Trying again in %s.", onboard.Sentence(cleanLine(shortly(err))), max(again.Round(time.Second), time.Second))
	if p.trouble != nil {
		p.trouble(text)
		return
	}
	p.say("%s", text)
}

// shortly is an error without what to do about it: it is being done.
func shortly(err error) string {
	var (
		lost    *client.LostError
		refused *client.Error
	)
	switch {
	case errors.As(err, &lost):
		return "No answer: " + lost.Reason()
	case errors.As(err, &refused):
		return refused.Detail
	}
	return err.Error()
}

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

// waiting holds the flags for following a request.
type waiting struct {
	noWait     bool
	forAll     bool // also for rows that wait for mail, for days
	timeout    time.Duration
	failuresTo string // file for the rows that failed; "" for none
	resultsTo  string // file for all rows; "" for none
}

func (w *waiting) addTo(cmd *cobra.Command) {
	w.addWait(cmd)
	cmd.Flags().BoolVar(&w.noWait, "no-wait", false, "do not wait for the request to finish")
}

func (w *waiting) addWait(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.forAll, "wait-for-all", false, "wait also while rows wait for mail, which may take days")
	cmd.Flags().DurationVar(&w.timeout, "timeout", 0, "stop waiting after this time, such as 10m; the request continues")
}

var (
	errTimeout = errors.New("the time of --timeout is over")
	errStill   = errors.New("no row has changed for an hour")
)

// stillFor is how long a request is followed of which nothing changes. usher itself
// counts rows as lost then, and sends them again.
const stillFor = time.Hour

// await follows a request as the flags say and writes its result. It returns an
// error if rows need attention or the request is not done.
func (p *program) await(ctx context.Context, c *client.Client, r client.Request, w waiting) error {
	if w.noWait {
		err := p.writeRequest(r)
		p.say("The request continues. To watch it:\n  usher watch %s", r.ID)
		return err
	}
	following, stop := ctx, context.CancelFunc(func() {})
	if w.timeout > 0 {
		following, stop = context.WithTimeoutCause(ctx, w.timeout, errTimeout)
	}
	defer stop()
	last, err := p.follow(following, c, r.ID, w.forAll)
	if err != nil {
		return p.leave(ctx, r.ID, err)
	}
	if err := p.writeRequest(last); err != nil {
		return err
	}
	kept, err := p.keepFailures(ctx, c, last, w.failuresTo)
	err = errors.Join(err, p.keepResults(ctx, c, last, w.resultsTo))
	p.hint(last, kept)
	switch {
	case err != nil:
		return err
	case last.Rests(time.Now()):
		return &ended{code: exitWaits}
	case !last.Done:
		return &ended{code: exitGaveUp} // paused: only a person can resume it
	}
	return failedRows(last)
}

// keepFailures writes the failed rows of a finished request to the file named to,
// and returns its name. It returns "" if it wrote none.
func (p *program) keepFailures(ctx context.Context, c *client.Client, r client.Request, to string) (kept string, err error) {
	if to == "" || !r.Done || r.Counts[onboard.Failed] == 0 {
		return "", nil
	}
	rows, err := c.Results(ctx, r.ID, onboard.Failed)
	if err == nil {
		err = writeWhole(to, rows)
	}
	if err != nil {
		return "", fmt.Errorf("write the failed rows to %s: %w", to, err)
	}
	return to, nil
}

// keepResults writes all rows of a request to the file named to, if there is one.
func (p *program) keepResults(ctx context.Context, c *client.Client, r client.Request, to string) error {
	if to == "" {
		return nil
	}
	rows, err := c.Results(ctx, r.ID)
	if err == nil {
		err = writeWhole(to, rows)
	}
	if err != nil {
		return fmt.Errorf("write the results to %s: %w", to, err)
	}
	p.say("%s: %s", cleanLine(to), rowsOf(rowsIn(rows)))
	return nil
}

// leave is the error for a request that is no longer watched although it is not done.
func (p *program) leave(ctx context.Context, id string, err error) error {
	const continues = "The request continues. To watch it:\n  usher watch "
	switch {
	case p.usher != nil && ctx.Err() != nil:
		return endsWith(exitInterrupted, "%s", p.addressed("interrupted. Nothing is lost. To continue:\n  usher watch "+id))
	case p.usher != nil && errors.Is(err, errTimeout):
		return endsWith(exitGaveUp, "%s", p.addressed("stopped. Nothing is lost. To continue:\n  usher watch "+id))
	case ctx.Err() != nil:
		return endsWith(exitInterrupted, "interrupted. %s%s", continues, id)
	case errors.Is(err, errTimeout):
		return endsWith(exitGaveUp, "stopped waiting. %s%s", continues, id)
	case errors.Is(err, errStill):
		return endsWith(exitGaveUp, "stopped waiting: %w. %s%s", err, continues, id)
	case errors.As(err, new(*client.LostError)):
		return endsWith(exitGaveUp, "stopped waiting: %w\n%s%s", err, continues, id)
	}
	return err
}

// update is a request as the API shows it, or why it could not be read.
type update struct {
	request client.Request
	err     error
}

// follow shows the progress of a request until it is done or paused, and, unless it is
// to wait for all, until only rows are left that wait for mail. It ends with errStill if
// nothing changes. An usher in this process works meanwhile.
func (p *program) follow(ctx context.Context, c *client.Client, id string, forAll bool) (last client.Request, err error) {
	show := p.newProgress()
	defer show.end()
	if p.usher != nil {
		p.usher.Start(ctx)
		defer p.usher.Stop()
	}
	ctx, cancel := context.WithCancel(ctx)
	updates, notes := make(chan update), make(chan string)
	p.trouble = func(text string) { offer(ctx, notes, text) }
	var watching sync.WaitGroup
	watching.Go(func() {
		defer close(updates)
		for r, err := range c.Watch(ctx, id) {
			offer(ctx, updates, update{r, err})
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
		case u, ok := <-updates:
			if !ok {
				return last, context.Cause(ctx)
			}
			if u.err != nil {
				return last, u.err
			}
			last = u.request
			show.update(last)
			if last.Done || last.State == onboard.StatePaused || !forAll && last.Rests(time.Now()) {
				return last, nil
			}
		case text := <-notes:
			show.note(text)
		case <-tick.C:
			if !forAll && show.still() >= stillFor {
				return last, errStill
			}
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

// reportTrouble says why a call failed and when it is tried again.
func (p *program) reportTrouble(err error, again time.Duration) {
	text := fmt.Sprintf("%s Trying again in %s.", onboard.Sentence(cleanLine(shortly(err))), max(again.Round(time.Second), time.Second))
	if p.trouble != nil {
		p.trouble(text)
		return
	}
	p.say("%s", text)
}

// shortly is an error without its advice to try again: that is being done.
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

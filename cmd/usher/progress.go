package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

const (
	// barEvery is how often the bar is drawn on a terminal; elsewhere a line is
	// printed as often as lineEvery says.
	barEvery  = time.Second
	lineEvery = 10 * time.Second
)

// progress shows the progress of a request. It is not safe for concurrent use.
type progress struct {
	err      io.Writer
	terminal bool
	every    time.Duration
	bar      *progressbar.ProgressBar // nil without a terminal, and before the first update

	latest client.Request
	seen   time.Time // when latest was
}

// newProgress shows a bar on a terminal, lines elsewhere.
func (p *program) newProgress() *progress {
	if _, ok := isTerminal(p.err); ok && p.getenv("TERM") != "dumb" {
		return &progress{err: p.err, terminal: true, every: barEvery}
	}
	return &progress{err: p.err, every: lineEvery}
}

func newBar(err io.Writer, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(max(total, 1),
		progressbar.OptionSetWriter(err), progressbar.OptionFullWidth(), progressbar.OptionSetPredictTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(), progressbar.OptionUseANSICodes(true),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	)
}

// update shows a request that has changed.
func (g *progress) update(r client.Request) {
	first := g.seen.IsZero()
	g.latest, g.seen = r, time.Now()
	switch {
	case g.terminal:
		if g.bar == nil {
			g.bar = newBar(g.err, r.Counts.Total())
		}
		g.draw()
	case first && !r.Done:
		g.line()
	}
}

// still is how long nothing has changed.
func (g *progress) still() time.Duration {
	if g.seen.IsZero() {
		return 0
	}
	return time.Since(g.seen)
}

// tick updates the time left.
func (g *progress) tick() {
	switch {
	case g.seen.IsZero():
	case g.bar != nil:
		g.draw()
	default:
		g.line()
	}
}

// note prints a line above the bar.
func (g *progress) note(text string) {
	if g.bar == nil {
		fmt.Fprintln(g.err, text)
	} else {
		fmt.Fprintf(g.err, "\r\x1b[2K%s\n", text)
		g.draw()
	}
}

// end moves to a new line below the bar.
func (g *progress) end() {
	if g.bar != nil {
		fmt.Fprintln(g.err)
	}
}

func (g *progress) draw() {
	settled := g.latest.Counts.Settled()
	g.bar.Describe(fmt.Sprintf("%d of %d%s", settled, g.latest.Counts.Total(), g.speed()))
	_ = g.bar.Set(settled)
}

func (g *progress) line() {
	c := g.latest.Counts
	fmt.Fprintf(g.err, "%d of %d (%.0f %%)%s\n", c.Settled(), c.Total(), g.latest.Percent, g.speed())
}

// speed is the pace and the time left.
func (g *progress) speed() string {
	text := ""
	if g.latest.Done {
		return text
	}
	if g.latest.Rate > 0 && g.latest.Counts[onboard.Pending] > 0 {
		text += fmt.Sprintf(", %.4g rows per second", g.latest.Rate)
	}
	if wait := waitOf(g.latest); wait != "" {
		text += ", " + wait
	} else if n := g.latest.Counts[onboard.Deferred]; n > 0 {
		text += ", " + counted(n, "row is deferred", "rows are deferred")
	}
	if g.latest.SecondsLeft != nil {
		left := *g.latest.SecondsLeft - int(time.Since(g.seen).Seconds())
		text += ", about " + about(max(left, 1)) + " left"
	}
	return text
}

// liveCounters shows one line that changes: in its place on a terminal, else again every
// ten seconds.
type liveCounters struct {
	err      io.Writer
	terminal bool
	printed  time.Time
}

func (p *program) newCounters() *liveCounters {
	_, ok := isTerminal(p.err)
	return &liveCounters{err: p.err, terminal: ok && p.getenv("TERM") != "dumb"}
}

// update shows the line; the last one in any case.
func (l *liveCounters) update(line string, last bool) {
	switch {
	case l.terminal:
		fmt.Fprintf(l.err, "\r\x1b[2K%s", line)
	case last || time.Since(l.printed) >= lineEvery:
		fmt.Fprintln(l.err, line)
		l.printed = time.Now()
	}
}

// note prints a line above the counters.
func (l *liveCounters) note(text string) {
	if l.terminal {
		fmt.Fprint(l.err, "\r\x1b[2K")
	}
	fmt.Fprintln(l.err, text)
}

// end moves to a new line below the counters.
func (l *liveCounters) end() {
	if l.terminal {
		fmt.Fprintln(l.err)
	}
}

package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"usher.example/internal/client"
)

const (
	// barEvery is how often a bar is drawn, lineEvery how often a line says the
	// same where there is no terminal.
	barEvery  = time.Second
	lineEvery = 10 * time.Second
)

// progress shows how far a request is. It is used by one goroutine.
type progress struct {
	err      io.Writer
	terminal bool
	every    time.Duration
	bar      *progressbar.ProgressBar // nil without a terminal, and before the first look

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
			g.bar = newBar(g.err, r.Counts.Total)
		}
		g.draw()
	case first && !r.Done:
		g.line()
	}
}

// tick shows that time goes by.
func (g *progress) tick() {
	switch {
	case g.seen.IsZero():
	case g.bar != nil:
		g.draw()
	default:
		g.line()
	}
}

// note puts a line between.
func (g *progress) note(text string) {
	if g.bar == nil {
		fmt.Fprintln(g.err, text)
	} else {
		fmt.Fprintf(g.err, "\r\x1b[2K%s\n", text)
		g.draw()
	}
}

// end leaves the bar as it stands, and what follows on a line of its own.
func (g *progress) end() {
	if g.bar != nil {
		fmt.Fprintln(g.err)
	}
}

func (g *progress) draw() {
	settled := g.latest.Counts.Settled()
	g.bar.Describe(fmt.Sprintf("%d of %d%s", settled, g.latest.Counts.Total, g.speed()))
	_ = g.bar.Set(settled)
}

func (g *progress) line() {
	c := g.latest.Counts
	fmt.Fprintf(g.err, "%d of %d (%.0f %%)%s\n", c.Settled(), c.Total, g.latest.Percent, g.speed())
}

// speed is how fast it goes and how long it will take yet.
func (g *progress) speed() string {
	text := ""
	if g.latest.Done {
		return text
	}
	if g.latest.Rate > 0 {
		text += fmt.Sprintf(", %.4g a second", g.latest.Rate)
	}
	if g.latest.SecondsLeft != nil {
		left := *g.latest.SecondsLeft - int(time.Since(g.seen).Seconds())
		text += ", about " + about(max(left, 1)) + " left"
	} else if g.latest.Counts.Deferred > 0 {
		text += ", " + counted(g.latest.Counts.Deferred, "waits for its time", "wait for their time")
	}
	return text
}

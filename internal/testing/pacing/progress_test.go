package pacing_test

import (
	"cmp"
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// condition is one request worked off while the store, the quota or the number of
// workers is not what one would wish.
type condition struct {
	name  string
	setup setup
	rows  int

	share  float64       // of the pace, at least
	calls  float64       // that come to the pool, for each user, at most; 0: not asked
	first  time.Duration // until the first call leaves, at most; 0: not asked
	places float64       // reserved for each row, at most; 0: not asked
	beyond time.Duration // that it may take longer than the pace and what was out of reach; 0: not asked
}

// progress is what came of a condition.
type progress struct {
	share       float64       // of the pace, from acceptance to the last outcome
	first       time.Duration // until the first call left
	silence     time.Duration // the longest between two calls
	ahead       time.Duration // the furthest that the line was reserved
	updates     float64       // conditional updates of the lane's cell for each row
	granted     float64       // reservations for each row
	deliveries  float64       // of each row
	calls       float64       // that came to the pool, for each user
	looks       int
	left        int // rows that never ended
	failed      int
	beyond      time.Duration // that it took longer than the pace alone, and what was out of reach
	afterwards  time.Duration // from the end of what was out of reach to the last outcome
	throttledBy [][2]int      // calls that were taken and turned away, in each half minute
}

func (c condition) run(tb testing.TB) (o progress) {
	tb.Helper()
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, c.setup)
		began := time.Since(p.log.began)
		r := p.submit("someone", c.rows)
		accepted := time.Since(p.log.began)
		ideal := time.Duration(float64(c.rows) / c.setup.paced() * float64(time.Second))
		out := c.setup.silent.most - c.setup.silent.least
		r, took := p.settle(r.ID, 5*ideal+out+time.Hour)
		o = p.progress(c, r)
		o.share, o.beyond = ideal.Seconds()/took.Seconds(), took-ideal-out
		if len(p.log.departures) > 0 {
			o.first = p.log.departures[0] - accepted
		}
		o.silence = silence(p.log.departures, began)
		if out > 0 {
			o.afterwards = accepted + took - c.setup.silent.most
		}
		if mails := len(p.pool.Mailbox()); mails != r.Tally.States[onboard.Invited] {
			t.Errorf("%s: %d mails for %d rows that say invited", c.name, mails, r.Tally.States[onboard.Invited])
		}
	})
	return o
}

// progress reads off what does not depend on the time that it took.
func (p *plant) progress(c condition, r onboard.Request) progress {
	calls, rows := p.pool.Calls(), float64(c.rows)
	counts := r.Counts(time.Now())
	o := progress{
		updates: float64(p.line.updates) / rows, granted: float64(p.line.granted) / rows, ahead: p.line.ahead,
		deliveries: float64(p.line.deliveries) / rows, looks: calls.Looks,
		calls: float64(calls.Invites+calls.Resends+calls.Looks) / rows,
		left:  counts[onboard.Pending] + counts[onboard.Deferred], failed: counts[onboard.Failed],
	}
	for i, list := range [][]time.Duration{p.log.taken, p.log.turnedAway} {
		for _, at := range list {
			half := int(at / halfMinute)
			for len(o.throttledBy) <= half {
				o.throttledBy = append(o.throttledBy, [2]int{})
			}
			o.throttledBy[half][i]++
		}
	}
	return o
}

const halfMinute = 30 * time.Second

// hold reports where a condition misses what is asked of it.
func (c condition) hold(tb testing.TB, o progress) {
	tb.Helper()
	if o.left > 0 || o.failed > 0 {
		tb.Errorf("%s: %d rows never ended and %d failed, want none", c.name, o.left, o.failed)
	}
	if o.share < c.share {
		tb.Errorf("%s: %.4f of the pace, want %.2f", c.name, o.share, c.share)
	}
	if c.first > 0 && (o.first == 0 || o.first > c.first) {
		tb.Errorf("%s: the first call left after %s, want within %s", c.name, o.first, c.first)
	}
	if c.places > 0 && o.granted > c.places {
		tb.Errorf("%s: %.1f places for each row, want at most %.1f", c.name, o.granted, c.places)
	}
	if c.calls > 0 && o.calls > c.calls {
		tb.Errorf("%s: %.4f calls for each user, want at most %.2f", c.name, o.calls, c.calls)
	}
	if c.beyond > 0 && o.beyond > c.beyond {
		tb.Errorf("%s: took %s longer than the pace, want at most %s", c.name, o.beyond, c.beyond)
	}
	gap := time.Duration(float64(time.Second) / c.setup.paced())
	out := c.setup.silent.most - c.setup.silent.least
	slowest := max(c.setup.store.most, storeTime.most)
	if c.setup.spells {
		slowest = slowSpell.most
	}
	if bound := onboard.WorkerTimeout + 6*slowest + gap; out == 0 && o.silence > bound {
		tb.Errorf("%s: no call left for %s, want one within %s", c.name, o.silence, bound)
	}
}

func (o progress) String() string {
	return fmt.Sprintf("%.4f of the pace, first after %s, silent for %s, line %s ahead, %.2f updates and %.2f deliveries a row, %.4f calls a user, %d looks, %s beyond",
		o.share, o.first.Round(time.Millisecond), o.silence.Round(time.Millisecond), o.ahead.Round(time.Millisecond), o.updates, o.deliveries, o.calls, o.looks, o.beyond.Round(time.Second))
}

// slowStores are conditions in which the store takes its time.
func slowStores(rows int) []condition {
	ms := func(least, most int) span {
		return span{least: time.Duration(least) * time.Millisecond, most: time.Duration(most) * time.Millisecond}
	}
	var all []condition
	for _, store := range []span{ms(1, 1), ms(5, 50), ms(50, 50), ms(50, 150), ms(80, 250), ms(400, 1000), ms(1000, 1000)} {
		all = append(all, condition{
			name: fmt.Sprintf("one row, store %s", store), rows: 1, setup: setup{store: store},
			first: 2*time.Second + 6*store.most, places: 3,
		})
	}
	for _, c := range []struct {
		store     span
		processes int
		share     float64
	}{
		{store: ms(5, 50), processes: 5, share: 0.98}, {store: ms(50, 150), processes: 5, share: 0.95}, {store: ms(80, 250), processes: 5, share: 0.60}, {store: ms(80, 250), processes: 10, share: 0.95},
		{store: ms(80, 250), processes: 20, share: 0.95}, {store: ms(1000, 1000), processes: 5, share: 0}, {store: ms(1000, 1000), processes: 20, share: 0},
	} {
		all = append(all, condition{
			name: fmt.Sprintf("store %s, %d workers", c.store, c.processes), rows: rows, share: c.share,
			setup: setup{store: c.store, processes: c.processes, atOnce: 1},
		})
	}
	for _, processes := range []int{5, 20} {
		all = append(all, condition{
			name: fmt.Sprintf("slow spells, %d workers", processes), rows: rows,
			setup: setup{spells: true, processes: processes, atOnce: 1},
		})
	}
	return all
}

// otherPaces are conditions with other quotas, shares and numbers of workers.
func otherPaces(rows int, long bool) []condition {
	var all []condition
	for _, quota := range []float64{1, 2, 10, 50, 500} {
		for _, share := range []float64{0.01, 0.1, 0.5, 0.95} {
			for _, processes := range []int{3, 5, 20, 100, 400} {
				pace := quota * share
				n := min(rows, max(10, int(pace*120)), 10*int(pace*600)+10)
				if suffice := pace*1.05/batchSize <= float64(processes); !suffice && quota != 500 || quota == 500 && (share != 0.95 || processes != 20) {
					continue
				}
				if processes >= 100 { // so many that most of them wait
					n = max(n, min(rows, 2*batchSize*processes, int(pace*600)))
				}
				if !long && (n > 3000 || processes > 100 && quota < 50) {
					continue
				}
				if quota == 500 { // at which any fewer are over at once
					n = 10_000
				}
				all = append(all, condition{
					name: fmt.Sprintf("quota %v x %v, %d workers", quota, share, processes), rows: n, share: 0.94,
					setup: setup{quota: quota, share: share, processes: processes, atOnce: 1},
				})
			}
		}
	}
	return all
}

const batchSize = onboard.BatchSize

// outages are conditions in which the pool is out of reach for a while.
func outages(rows int, lasts ...time.Duration) []condition {
	var all []condition
	for _, processes := range []int{5, 20} {
		for _, n := range []int{1, rows} {
			for _, d := range lasts {
				from := 10 * time.Second
				if n == 1 {
					from = 0
				}
				all = append(all, condition{
					name: fmt.Sprintf("%d rows, the pool out of reach for %s, %d workers", n, d, processes), rows: n,
					setup: setup{silent: span{least: from, most: from + d}, processes: processes, atOnce: 1}, beyond: time.Minute,
				})
			}
		}
	}
	return all
}

// lossyTail is how much longer than the pace 50,000 rows may take with 5 % of losses: 15 %.
const lossyTail = 50_000 * 15 / 100 * time.Second / 47

// losses are conditions in which calls or answers get lost.
func losses(rows int) []condition {
	var all []condition
	for _, l := range []loss{{calls: 0.05}, {answers: 0.05}, {calls: 0.025, answers: 0.025}} {
		all = append(all, condition{
			name: fmt.Sprintf("%v %% of calls and %v %% of answers lost", 100*l.calls, 100*l.answers), rows: rows,
			setup: setup{loss: l}, calls: 1.08, beyond: lossyTail,
		})
	}
	return all
}

// clocks are conditions in which the workers' clocks differ.
func clocks(rows int) []condition {
	var all []condition
	for _, d := range []time.Duration{25, 50, 100, 500, 1000} {
		c := condition{
			name: fmt.Sprintf("clocks %d ms behind and ahead", d), rows: rows,
			setup: setup{skew: d * time.Millisecond, pool: memory.PoolConfig{Enforcement: memory.SlidingWindow()}},
		}
		if d <= 50 {
			c.share = 0.94
		}
		all = append(all, c)
	}
	return all
}

func seededConditions(all []condition) []condition {
	for i := range all {
		all[i].setup.seed = uint64(i + 1)
	}
	return all
}

// TestEveryRowMakesProgress is [BenchmarkProgress] in small.
func TestEveryRowMakesProgress(t *testing.T) {
	t.Parallel()
	all := slowStores(3000)
	all = append(all, otherPaces(1000, false)...)
	all = append(all, outages(500, 15*time.Second, 10*time.Minute)...)
	all = append(all, losses(3000)...)
	all = append(all, clocks(1500)[:2]...)
	for _, c := range seededConditions(all) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := c.run(t)
			c.hold(t, o)
			t.Log(o)
		})
	}
}

// BenchmarkProgress works off requests under all conditions and prints what came of them.
func BenchmarkProgress(b *testing.B) {
	all := slowStores(3000)
	all = append(all, otherPaces(10_000, true)...)
	all = append(all, outages(5000, 15*time.Second, time.Minute, 10*time.Minute, 30*time.Minute)...)
	all = append(all, losses(50_000)...)
	all = append(all, clocks(6000)...)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "condition\trows\tof the pace\tfirst call\tsilent\tline ahead\tupdates\tdeliveries\tcalls\tlooks\tthrottled\tleft\tbeyond\tafter")
	for _, c := range seededConditions(all) {
		b.Run(c.name, func(b *testing.B) {
			var o progress
			for b.Loop() {
				o = c.run(b)
			}
			c.hold(b, o)
			throttled := 0
			for _, n := range o.throttledBy {
				throttled += n[1]
			}
			ms := time.Millisecond
			fmt.Fprintf(table, "%s\t%d\t%.4f\t%s\t%s\t%s\t%.2f\t%.2f\t%.4f\t%d\t%d\t%d\t%s\t%s\n", c.name, c.rows, o.share, o.first.Round(ms), o.silence.Round(ms),
				o.ahead.Round(ms), o.updates, o.deliveries, o.calls, o.looks, throttled, o.left+o.failed, o.beyond.Round(time.Second/10), o.afterwards.Round(time.Second/10))
			_ = table.Flush()
		})
	}
}

// settle polls until the request is done, or the limit is over, and returns it and
// how long it took from now on.
func (p *plant) settle(id string, limit time.Duration) (onboard.Request, time.Duration) {
	p.t.Helper()
	began := time.Now()
	step := cmp.Or(min(limit/5000, time.Minute), time.Second)
	for time.Since(began) < limit {
		if r := p.request(id); r.Done(time.Now()) {
			return r, r.FinishedAt(time.Now()).Sub(began)
		}
		time.Sleep(step)
	}
	return p.request(id), limit
}

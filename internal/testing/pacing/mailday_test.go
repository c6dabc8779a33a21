package pacing_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// nineOClock is what came of a large request that was submitted a minute before
// the day's mail is renewed.
type nineOClock struct {
	mailed  time.Duration // after 09:00 until the new day's last mail
	wasted  [2]int        // calls that met the used-up quota, of each day
	other   time.Duration // that a row of another request took, whose mail is suppressed
	updates int           // conditional updates of the lane's cell
	ahead   time.Duration
}

// TestTheNewDaysMailsGoOut submits thousands of rows to a pool that mails fifty a
// day, at 08:59 UTC.
func TestTheNewDaysMailsGoOut(t *testing.T) {
	t.Parallel()
	t.Logf("%+v", atNine(t, 2000, functions))
}

// BenchmarkMailDay is the same with 6,000 rows, as a table.
func BenchmarkMailDay(b *testing.B) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "workers\tnew day's mails by\twasted calls\ta row without mail\tupdates\tline ahead")
	for _, processes := range []int{functions, 20} {
		b.Run(fmt.Sprintf("%d workers", processes), func(b *testing.B) {
			var o nineOClock
			for b.Loop() {
				o = atNine(b, 6000, processes)
			}
			fmt.Fprintf(table, "%d\t09:00 + %s\t%v\t%s\t%d\t%s\n", processes, o.mailed, o.wasted, o.other, o.updates, o.ahead)
		})
	}
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}

// atNine returns what came of it, and holds it to what is asked.
func atNine(tb testing.TB, rows, processes int) (o nineOClock) {
	tb.Helper()
	const perDay = 50
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, setup{
			seed: 1, processes: processes, atOnce: 1, schedule: true, opens: 8*time.Hour + 58*time.Minute + 30*time.Second,
			pool: memory.PoolConfig{MailQuota: perDay},
		})
		nine := time.Now().Truncate(time.Hour).Add(time.Hour)
		time.Sleep(time.Until(nine.Add(-time.Minute)))
		p.submit("someone", rows)
		time.Sleep(time.Until(nine))
		o.wasted[0] = p.pool.Calls().Invites - len(p.pool.Mailbox())
		time.Sleep(20 * time.Second)
		r := p.submitWith(onboard.Options{Mail: onboard.Suppress}, "other", 1)
		_, o.other = p.await(r.ID, time.Hour)
		time.Sleep(5 * time.Minute)
		o.wasted[1] = p.pool.Calls().Invites - len(p.pool.Mailbox()) - 1 - o.wasted[0]
		o.updates, o.ahead = p.line.updates, p.line.ahead
		for _, m := range p.pool.Mailbox() {
			o.mailed = m.SentAt.Sub(nine)
		}
		if n := len(p.pool.Mailbox()); n != 2*perDay {
			t.Errorf("%d mails in two days, want %d", n, 2*perDay)
		}
	})
	if o.mailed > 2*time.Minute {
		tb.Errorf("the new day's last mail went out %s after nine, want within two minutes", o.mailed)
	}
	if o.other > 10*time.Second {
		tb.Errorf("a row whose mail is suppressed took %s, want 10 s", o.other)
	}
	if most := processes * batchSize; o.wasted[0] > most || o.wasted[1] > most {
		tb.Errorf("%v calls met the used-up quota, want at most a batch for each of %d workers", o.wasted, processes)
	}
	return o
}

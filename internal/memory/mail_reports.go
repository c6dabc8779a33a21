package memory

import (
	"time"

	"usher.example/internal/onboard"
)

// reportedAfter is how long after a mail was sent its sender says what became of it.
const reportedAfter = 500 * time.Millisecond

// mailReports is what a sender says about the mails that it sent: [PoolConfig] says
// whether it does.
type mailReports struct {
	on      bool
	bounces float64 // share of addresses
	part    float64 // of the next address that bounces
	bad     map[string]bool
	waiting []onboard.MailEvent // oldest first
}

// add has a mail reported. The addresses that bounce are spread evenly, so that a share
// of 0.06 is 6 of the first 100 as well; an address that bounced once always does.
func (r *mailReports) add(address, folded string, sent time.Time) {
	if !r.on {
		return
	}
	bad, known := r.bad[folded]
	if !known {
		if r.part += r.bounces; r.part >= 1 {
			r.part--
			bad = true
		}
		r.bad[folded] = bad
	}
	e := onboard.MailEvent{Address: address, SentAt: sent, At: sent.Add(reportedAfter), Says: onboard.MailDelivered}
	if bad {
		e.Says = onboard.MailBounced
	}
	r.waiting = append(r.waiting, e)
}

// MailEvents returns what became of mails until now, and each report once.
func (p *Pool) MailEvents() []onboard.MailEvent {
	now := p.clock(time.Now())
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.reports.waiting) && !p.reports.waiting[n].At.After(now) {
		n++
	}
	due := p.reports.waiting[:n:n]
	p.reports.waiting = p.reports.waiting[n:]
	return due
}

package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// admission decides whether one submission may begin, and takes it from the
// day's share of its caller.
type admission struct {
	api    *api
	caller Caller
	mails  bool // the people are mailed
	pool   *onboard.PoolSettings
	spent  int
	day    time.Time
}

func (a *api) admission(ctx context.Context, order onboard.Order) *admission {
	return &admission{
		api: a, caller: caller(ctx), mails: order.Options.Mail != onboard.Suppress, pool: order.Pool,
		day: time.Now().UTC().Truncate(24 * time.Hour),
	}
}

// ask implements [onboard.Order].Admit.
func (ad *admission) ask(ctx context.Context, people int) error {
	if err := ad.mailInTime(ctx, people); err != nil {
		return err
	}
	if err := ad.api.gate.pass(ctx); err != nil {
		return err
	}
	limit := ad.api.DailyInvitations
	if limit <= 0 {
		return nil
	}
	err := ad.api.Store.Spend(ctx, ad.counter(), people, limit, ad.tomorrow().Add(time.Hour))
	if errors.Is(err, onboard.ErrConflict) {
		used, err := ad.api.Store.Spent(ctx, ad.counter())
		if err != nil {
			return err
		}
		return &problem{
			Status: http.StatusTooManyRequests, Code: codeDaily, retryAfter: time.Until(ad.tomorrow()),
			Detail: overShare(limit, used, people),
		}
	}
	if err == nil {
		ad.spent = people
	}
	return err
}

// overShare says that a submission is over the day's share, and what would not be.
func overShare(limit, used, people int) string {
	left := max(0, limit-used)
	next := fmt.Sprintf("Send at most %d today.", left)
	switch {
	case left > 0 && people <= limit:
		next = fmt.Sprintf("Send at most %d, or wait for the next day.", left)
	case people <= limit:
		next = "Wait for the next day."
	case left == 0:
		next = fmt.Sprintf("Wait for the next day, and send at most %d then.", limit)
	}
	return fmt.Sprintf("One administrator may have %s invited a day (UTC). %d are used, and this would be %d more. %s",
		counted(limit, "person", "people"), used, people, next)
}

// mailInTime refuses people whose mails take longer than a request may be open:
// the last of them would never be invited.
func (ad *admission) mailInTime(ctx context.Context, people int) error {
	quota := ad.api.mailQuota(ad.pool)
	if !ad.mails || quota == 0 || people <= quota {
		return nil
	}
	f := forecastView{Mails: people}
	ad.api.mails(ctx, &f, quota)
	if *f.MailDays <= ad.api.maxOpenDays() {
		return nil
	}
	return &problem{Status: http.StatusUnprocessableEntity, Code: codeMailDays, Detail: ad.api.tooManyMails(f)}
}

const day = 24 * time.Hour

// maxOpenDays is how many days a request is open at most.
func (a *api) maxOpenDays() int {
	return int(a.MaxOpen / day)
}

// tooManyMails says what is wrong with a forecast whose mails take too long, and
// what to do.
func (a *api) tooManyMails(f forecastView) string {
	open, today := a.maxOpenDays(), *f.MailQuota
	if f.MailsLeft != nil {
		today = *f.MailsLeft
	}
	most := max(*f.MailQuota, today+(open-1)**f.MailQuota) // a day's mail is always taken
	return fmt.Sprintf("%d mails at %d a day take %d days, and a request is open for %d. Send at most %d people in one request, use an SES identity with a larger quota, or suppress the mail.",
		f.Mails, *f.MailQuota, *f.MailDays, open, most)
}

// giveBack returns what a failed submission took, unless it may have been
// accepted, or its key lets it be carried on without asking again.
func (ad *admission) giveBack(ctx context.Context, carriesOn bool, cause error) {
	if ad.spent == 0 || errors.Is(cause, onboard.ErrInDoubt) || carriesOn && errors.Is(cause, onboard.ErrNotQueued) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	err := ad.api.Store.Spend(ctx, ad.counter(), -ad.spent, ad.api.DailyInvitations, ad.tomorrow().Add(time.Hour))
	if err != nil {
		ad.api.Log.Warn("an administrator's share of the day could not be given back", "by", ad.caller.Who(), "rows", ad.spent, "error", err)
	}
}

// giveBackTimeout bounds a write that outlives its call.
const giveBackTimeout = 5 * time.Second

func (ad *admission) counter() string {
	return "invitations " + ad.day.Format(time.DateOnly) + " " + ad.caller.id()
}

func (ad *admission) tomorrow() time.Time { return ad.day.Add(24 * time.Hour) }

const (
	// gateAge is how long a count of the requests on their way is good for.
	gateAge = 5 * time.Second

	// gateShare is which part of the free places one process hands out before it
	// counts again. There may be several processes.
	gateShare = 10
)

// gate bounds how many requests are on their way at once. It counts them in the
// store, and then lets a few pass without counting: the bound is soft by a
// tenth, and a submission seldom waits for the count. With a limit below ten it
// counts every time.
type gate struct {
	store onboard.Requests
	limit int

	mu      sync.Mutex
	passes  int
	counted time.Time
}

func (g *gate) pass(ctx context.Context) error {
	if g.limit < 0 || g.usePass() {
		return nil
	}
	latest, err := g.store.ListRequests(ctx, "", g.limit)
	if err != nil && !errors.Is(err, onboard.ErrDamaged) { // a request that cannot be read is not on its way
		return fmt.Errorf("count the requests on their way: %w", err)
	}
	now, running := time.Now(), 0
	for _, r := range latest {
		if !r.Done(now) {
			running++
		}
	}
	if running >= g.limit {
		return &problem{
			Status: http.StatusTooManyRequests, Code: codeInFlight, retryAfter: maxPoll,
			Detail: fmt.Sprintf("%d requests are on their way, which is the limit; wait for one to be done, or cancel one", running),
		}
	}
	g.refill(now, (g.limit-running)/gateShare)
	return nil
}

func (g *gate) usePass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.passes == 0 || time.Since(g.counted) > gateAge {
		return false
	}
	g.passes--
	return true
}

func (g *gate) refill(now time.Time, passes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passes, g.counted = passes, now
}

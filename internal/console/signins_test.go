package console_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/oklog/ulid/v2"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
)

// parts are a local usher whose pool and store the test can reach.
type parts struct {
	t     *testing.T
	base  string
	pool  *memory.Pool
	store onboard.Store
}

func serveParts(t *testing.T) *parts {
	t.Helper()
	queue := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	p := &parts{t: t, pool: memory.NewPool(memory.PoolConfig{}), store: memory.NewStore()}
	engine := oneprocess.New(oneprocess.Config{
		Caller: "eve", Queue: queue, DeadLetters: queue.DeadLetters(),
		System: onboard.System{
			Pool: p.pool, Inspector: p.pool, Sender: p.pool, Directory: p.pool, Store: p.store, Queue: queue, DeadLetters: queue.DeadLetters(),
			Settings: onboard.Settings{DailyInvitations: -1, NewID: func() string { return ulid.Make().String() }, Log: slog.New(slog.DiscardHandler)},
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.base = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- engine.Serve(ctx, listener, "127.0.0.1:0", engine.Handler()) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return p
}

// aged has the rows of a request be from two days ago, as far as sign-ins are concerned.
// The password of each row in expired worked until yesterday.
func (p *parts) aged(id string, expired ...int) {
	p.t.Helper()
	rows, err := p.store.ListInvitations(p.t.Context(), id, 0, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, inv := range rows {
		before := inv
		inv.UpdatedAt = inv.UpdatedAt.Add(-48 * time.Hour)
		for _, row := range expired {
			if inv.Row == row {
				inv.PasswordExpiresAt = time.Now().Add(-24 * time.Hour)
			}
		}
		if err := p.store.Save(p.t.Context(), onboard.Write{Invitation: inv, Tally: onboard.Change(before, inv, inv.Round)}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// latest is the id of the request that was submitted last.
func (p *parts) latest() string {
	p.t.Helper()
	requests, err := p.store.ListRequests(p.t.Context(), "", 1)
	if err != nil || len(requests) != 1 {
		p.t.Fatalf("%d requests: %v", len(requests), err)
	}
	return requests[0].ID
}

// Three of five people have not signed in, and the password of one of them has expired:
// the page finds out, shows who they are, and mails them when asked to.
func TestWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	p := serveParts(t)
	b := newTab(t, p.base)
	b.submit("autumn term", "email\n"+people(5)+"nobody\n")
	b.sees("5 of 6 rows invited", "Sign-ins", "Nobody has looked yet who has signed in.")
	id := p.latest()
	p.aged(id, 4)
	for _, n := range []int{1, 2} {
		if err := p.pool.SignIn(fmt.Sprintf("person%d@example.org", n)); err != nil {
			t.Fatal(err)
		}
	}
	b.press("Find out now")
	b.sees("3 people have not signed in. 1 temporary password has expired.", "As of", "Signed in 2 Not signed in 3 Not known 1")
	b.choose("Show", "all")
	b.sees("6 rows Rows and their outcomes Row Address State Sign-in Reason")
	for choice, want := range map[string]string{"sign-in-yes": "2 rows", "sign-in-no": "3 rows", "sign-in-expired": "1 row", "sign-in-unknown": "1 row"} {
		b.choose("Show", choice)
		b.sees(want + " Rows and")
	}
	b.choose("Show", "all")
	b.sees("6 rows Rows and")
	b.look("sign-ins")

	b.press("Mail them …")
	b.sees("Send new temporary passwords", "3 people get a new mail")
	b.look("sign-ins-mail")
	b.do(chromedp.Click(chromedp.ID("resend-force-not_signed_in")))
	b.press("Send")
	b.sees("3 of 3 rows mailed again", "New passwords for people of")
	if mails := len(p.pool.Mailbox()); mails != 8 {
		t.Errorf("%d mails, want five invitations and three new passwords", mails)
	}
}

// The link of a notice of expiring passwords leads to whom to mail, in one click.
func TestANoticeLeadsToWhomToMail(t *testing.T) {
	t.Parallel()
	p := serveParts(t)
	submitted(t, p.base, "autumn", people(2))
	id := p.latest()
	b := newTab(t, p.base)
	b.open("#/requests/" + id)
	b.sees("2 of 2 rows invited")
	p.aged(id)
	answer, err := http.Post(p.base+"/requests/"+id+"/scan", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	b.sees("2 people have not signed in.")

	linked := newTab(t, p.base)
	linked.open("#/requests/" + id + "/sign-ins")
	linked.sees("2 people have not signed in.", "Mail them …")
	linked.until("the focus on whom to mail", func() bool {
		return linked.holds(`document.activeElement.matches('.sign-ins') && document.activeElement.getBoundingClientRect().bottom <= innerHeight + 1`)
	})
	linked.press("Mail them …")
	linked.sees("2 people get a new mail")
}

// A pool without passwords has nobody who waits to sign in.
func TestNoSignInsWithoutPasswords(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Kind: memory.Passwordless}))
	b.paste("ann@example.org", "Invite 1 person")
	b.sees("1 of 1 row invited")
	if b.holds(`document.body.innerText.includes('Sign-ins')`) {
		t.Errorf("the page offers to find out who has signed in:\n%s", b.text())
	}
}

package memory

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// mailDayStarts is when the day's mail quota is renewed, in UTC
// (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito").
const mailDayStarts = 9 * time.Hour

// Mail is one mail that the pool sent.
type Mail struct {
	From    string    `json:"from"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	SentAt  time.Time `json:"sent_at"`
}

// Template is the text of the pool's invitations. The body must have both
// places, {username} and {####} for the temporary password: a mail from a
// template without the latter is never delivered, without an error
// (Amazon Cognito API Reference, "MessageTemplateType").
type Template struct {
	Subject string
	Body    string
}

// The places in a [Template] that the pool fills in.
const (
	usernamePlace = "{username}"
	passwordPlace = "{####}"
)

// defaultInvitation is Cognito's own (AWS CDK reference, "UserInvitationConfig").
var defaultInvitation = Template{
	Subject: "Your temporary password",
	Body:    "Your username is " + usernamePlace + " and temporary password is " + passwordPlace + ".",
}

// passwordlessInvitation is what people get where there is no password and the pool
// has no text of its own.
var passwordlessInvitation = Template{Subject: "Your username", Body: "Your username is " + usernamePlace}

// builtInSender is whom mails of Cognito's own sender come from.
const builtInSender = "no-reply@verificationemail.com"

// Mailbox returns the mails that the pool sent, oldest first.
func (p *Pool) Mailbox() []Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.mailbox)
}

// MailsTo returns how many mails went to an address.
func (p *Pool) MailsTo(email string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, m := range p.mailbox {
		if p.fold(m.To) == p.fold(email) {
			n++
		}
	}
	return n
}

// send has an invitation sent, unless something is wrong with the mail or the sender
// takes no more. The caller holds the mutex and has asked whether the quota allows it.
func (p *Pool) send(op Op, to string, now time.Time) error {
	if err := p.mailAnswer(op, to); err != nil {
		return err
	}
	switch {
	case p.takesMail(now):
		p.mail(op, to, now)
	case !p.sender.Silent:
		return answerNotMailed()
	}
	return nil
}

// mail puts an invitation into the mailbox.
func (p *Pool) mail(op Op, to string, now time.Time) {
	p.quota.spend(p.clock(now))
	text, password := p.invitation, p.password(op)
	if p.passwordless && text == defaultInvitation {
		text = passwordlessInvitation
	}
	if !p.passwordless && !p.sendsByTrigger() && !strings.Contains(p.invitation.Body, passwordPlace) {
		return
	}
	fill := strings.NewReplacer(usernamePlace, to, passwordPlace, password)
	p.mailbox = append(p.mailbox, Mail{
		From:    p.mailsFrom(),
		To:      to,
		Subject: text.Subject,
		Body:    fill.Replace(text.Body),
		SentAt:  p.clock(now),
	})
	p.reports.add(to, p.fold(to), p.clock(now))
}

// mailsFrom is whom the pool's mails come from; "" where a trigger sends them.
func (p *Pool) mailsFrom() string {
	switch {
	case p.sendsByTrigger():
		return ""
	case p.quota.limit > 0:
		return builtInSender
	}
	return senderAddress
}

// mailQuota counts the mails of the running day.
type mailQuota struct {
	limit int // 0: none
	day   time.Time
	sent  int
}

// spent reports whether no mail can be sent any more today.
func (q *mailQuota) spent(now time.Time) bool {
	return q.limit > 0 && q.day.Equal(mailDay(now)) && q.sent >= q.limit
}

func (q *mailQuota) spend(now time.Time) {
	if day := mailDay(now); !q.day.Equal(day) {
		q.day, q.sent = day, 0
	}
	q.sent++
}

// mailDay returns when the mail day of a moment began.
func mailDay(now time.Time) time.Time {
	return now.UTC().Add(-mailDayStarts).Truncate(24 * time.Hour).Add(mailDayStarts)
}

// The characters of a temporary password. Those that look alike are left out,
// since people type it; a policy asks for one of each kind
// (Amazon Cognito API Reference, "PasswordPolicyType").
var passwordKinds = []string{"abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!@#%+=?-_"}

const passwordLength = 12

// password returns a new temporary password, "" in a pool without any.
func (p *Pool) password(op Op) string {
	switch {
	case p.passwordless:
		return ""
	case p.carriesPassword() && (op == OpInvite || !p.resendTakesNone):
		return onboard.TypeablePassword()
	}
	return temporaryPassword()
}

// carriesPassword reports whether calls carry a password.
func (p *Pool) carriesPassword() bool {
	settings := onboard.PoolSettings{Passwordless: p.passwordless, PasswordLength: p.passwordLength}
	return p.typeable && settings.TakesTypeable()
}

// temporaryPassword returns a random password with characters of every kind.
func temporaryPassword() string {
	every := strings.Join(passwordKinds, "")
	var b []byte
	for i := range passwordLength {
		kind := every
		if i < len(passwordKinds) {
			kind = passwordKinds[i]
		}
		b = append(b, kind[below(len(kind))])
	}
	for i := len(b) - 1; i > 0; i-- {
		j := below(i + 1)
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// below returns a random number from 0 to n-1.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(fmt.Sprintf("memory: the system gives no random numbers: %v", err))
	}
	return int(i.Int64())
}

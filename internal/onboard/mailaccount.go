package onboard

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// SenderInspector reads what is behind the sender of a pool's mail. Safe for concurrent
// use.
type SenderInspector interface {
	// InspectSender asks for the Amazon SES identity with the given ARN, and for its
	// account in the identity's Region. It changes nothing and sends nothing. Where only
	// the identity could not be read, the answer has no [MailAccount.Identity].
	//
	// Errors: ErrThrottled, ErrMisconfigured (usher may not ask), ErrUnclear.
	InspectSender(ctx context.Context, identity string) (MailAccount, error)
}

// MailAccount is what is known of the account through which a pool mails (Amazon SES
// API v2 Reference, "GetAccount" and "GetEmailIdentity").
type MailAccount struct {
	// Known says that the account has answered. Otherwise Unknown says why not, and the
	// other fields say nothing.
	Known   bool
	Unknown MailUnknown

	Region string // of the identity; each Region has its own sandbox, quota and rate

	Sandbox     bool // mail reaches verified addresses only
	Paused      bool // no mail goes out
	Enforcement Enforcement
	Identity    IdentityState

	// DailyQuota is how many mails can be sent in any 24 hours, and SentToday how many
	// were in the last 24, by everyone who sends from the account in the Region. A quota
	// of 0 is no limit.
	DailyQuota, SentToday int

	// Rate is how many mails a second can be sent for longer than a moment; 0 is no
	// limit.
	Rate float64
}

// MailUnknown is why an account is not known.
type MailUnknown string

// The reasons. A pool that does not mail through Amazon SES has none.
const (
	MailNotAsked  MailUnknown = "not_asked" // usher has no [SenderInspector]
	MailNoRight   MailUnknown = "no_right"
	MailNoAnswer  MailUnknown = "no_answer"
	MailElsewhere MailUnknown = "elsewhere" // the identity belongs to another AWS account than the pool
)

// Enforcement is what Amazon SES thinks of how an account sends.
type Enforcement string

// What Amazon SES can think.
const (
	Healthy   Enforcement = "healthy"
	Probation Enforcement = "probation" // under review, because of bounces or complaints
	Shutdown  Enforcement = "shutdown"  // sending is paused for that
)

// IdentityState says whether Amazon SES lets an identity send; "" is not known.
type IdentityState string

// The states of an identity.
const (
	IdentityVerified   IdentityState = "verified"
	IdentityUnverified IdentityState = "unverified" // pending, failed, or not there at all
)

const (
	// accountAge is how long what an account said is used. Amazon SES takes one such call
	// a second of a whole account ("Service quotas in Amazon SES"), which others need too.
	accountAge = time.Minute

	// accountTimeout bounds one reading, which a submission may be waiting for.
	accountTimeout = 2 * time.Second
)

// knownAccount is what this process knows of the account behind the pool's sender. It
// asks at most once in accountAge, also after a failure; then what was read before is
// still used. It is safe for concurrent use.
type knownAccount struct {
	inspector SenderInspector // nil: the account is never asked

	// answered, unless nil, is called with each answer of the account.
	answered func(ctx context.Context, a MailAccount)

	log *slog.Logger // says why a reading failed

	turn     chan struct{} // has room for the one who reads, and guards the rest
	identity string        // of account
	account  MailAccount
	triedAt  time.Time
	failure  string // of the latest reading, which is logged; "" if it succeeded
}

func newKnownAccount(inspector SenderInspector) *knownAccount {
	return &knownAccount{inspector: inspector, turn: make(chan struct{}, 1), log: slog.New(slog.DiscardHandler)}
}

// of returns what is known of the account through which a pool mails.
func (k *knownAccount) of(ctx context.Context, s *PoolSettings) MailAccount {
	switch {
	case !s.mailsThroughSES():
		return MailAccount{}
	case k.inspector == nil:
		return MailAccount{Unknown: MailNotAsked}
	case s.SenderElsewhere:
		return MailAccount{Unknown: MailElsewhere}
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return MailAccount{Unknown: MailNoAnswer}
	}
	if s.SenderIdentity != k.identity || time.Since(k.triedAt) >= accountAge {
		k.read(ctx, s.SenderIdentity)
	}
	if s.SenderIdentity != k.identity {
		return MailAccount{Unknown: MailNoAnswer}
	}
	return k.account
}

// read asks the account. The caller has the turn.
func (k *knownAccount) read(ctx context.Context, identity string) {
	limited, cancel := context.WithTimeout(ctx, accountTimeout)
	defer cancel()
	account, err := k.inspector.InspectSender(limited, identity)
	switch {
	case err == nil:
		account.Known, k.failure = true, ""
	case ctx.Err() != nil: // the caller has gone away, which says nothing of the account
		return
	default:
		account = k.without(identity, err)
	}
	k.identity, k.account, k.triedAt = identity, account, time.Now()
	if err == nil && k.answered != nil {
		k.answered(ctx, account)
	}
}

// without returns what is used of an account that could not be read: what it said before,
// else why it is not known. A cause is logged once, until a reading succeeds.
func (k *knownAccount) without(identity string, err error) MailAccount {
	if cause := err.Error(); cause != k.failure {
		k.failure = cause
		k.log.Warn("the account that sends the pool's mails could not be read; forecasts use what was known before, or the configured quota", "error", err)
	}
	switch {
	case identity == k.identity && k.account.Known:
		return k.account
	case errors.Is(err, ErrMisconfigured):
		return MailAccount{Unknown: MailNoRight}
	}
	return MailAccount{Unknown: MailNoAnswer}
}

package onboard

import (
	"cmp"
	"log/slog"
	"time"
)

// System builds the parts of usher from ports and settings: the one place where
// they are put together. A part gets only the ports that it calls, so a program
// leaves the others nil. Each method builds a new part; parts share nothing but
// what the store keeps.
type System struct {
	Pool        Pool
	Queue       Queue // of invitations
	DeadLetters Queue // of messages whose deliveries are used up
	Store       Store

	// Notices take what becomes of requests. Nil: nobody hears of it.
	Notices Notices

	// Inspector reads the pool's settings. Nil: rows are not checked against what
	// the pool can store, and the doctor says so.
	Inspector Inspector

	// Directory lists users by address. Nil: people are looked up in usher's records alone.
	Directory Directory

	// Sender asks the account through which the pool mails. Nil: it is not asked, and
	// forecasts use what [Settings] say.
	Sender SenderInspector

	// Resolver looks up whether the domains of addresses take mail. Nil: nothing is
	// looked up.
	Resolver MailResolver

	Settings
}

// Settings are what an installation may choose. A zero value means the default.
type Settings struct {
	// Quota and GroupQuota are the calls per second that the account allows in
	// [LaneCreate] and [LaneGroup]; 0 means [DefaultCreationQuota] and
	// [DefaultGroupQuota].
	Quota, GroupQuota float64

	// Share is the part of both that usher takes, above 0 and up to 1; 0 means
	// [DefaultShare].
	Share float64

	// MaxFailures is how many failed deliveries an invitation may have; 0 means
	// [MaxFailures]. The dead-letter worker allows none.
	MaxFailures int

	// PasswordLife is how long a mailed temporary password works; 0 means
	// [DefaultPasswordLife].
	PasswordLife time.Duration

	// MaxOpen is how long a request may be open; 0 means [DefaultMaxOpen].
	MaxOpen time.Duration

	// Retention is how long a request and all that belongs to it are kept after it
	// could be open at most, and a claim after its last use; 0 means
	// [DefaultRetention].
	Retention time.Duration

	// KeyLife is how long an idempotency key continues its request; 0 means
	// [KeyLifetime].
	KeyLife time.Duration

	// MailQuota is how many mails a day the pool's sender may send, 0 if that is
	// not known. Forecasts, admission and the doctor use it.
	MailQuota int

	// TypeablePasswords says that people are to get temporary passwords that can be typed:
	// the pool's adapter makes them, the doctor says where the pool does not take them.
	TypeablePasswords bool

	// Organization is the name of who invites, "" if it is not known: the doctor looks
	// for it in the invitation's mail.
	Organization string

	// DailyInvitations is how many people one administrator may have invited in
	// one day (UTC), and all together where rows may make administrators; 0 means
	// [DefaultDailyInvitations], a negative number no limit.
	DailyInvitations int

	// Groups says which groups rows may name.
	Groups GroupRule

	// RequestsInFlight is how many requests may be open at once, over all
	// administrators; 0 means [DefaultRequestsInFlight], a negative number no limit.
	RequestsInFlight int

	// DailyScan has usher find out once a day who has not signed in.
	DailyScan bool

	// NewID returns an id for a request: different from all others, and sorting by
	// time. It has no default: a Submitter needs it.
	NewID func() string

	// Log takes what goes wrong; nil discards it.
	Log *slog.Logger

	// Observe, unless nil, is called once for each delivery that has ended.
	Observe func(Observation)

	// Random returns numbers in [0,1) for jitter, and Token names that no two
	// deliveries share. Nil means the usual sources; a simulation gives its own.
	Random func() float64
	Token  func() string
}

const (
	// DefaultPasswordLife is how long a temporary password works in a pool that was
	// not told otherwise (Amazon Cognito API Reference, "AdminCreateUserConfigType":
	// TemporaryPasswordValidityDays).
	DefaultPasswordLife = 7 * 24 * time.Hour

	// DefaultRetention is how long requests and their outcomes are kept, from when
	// they could be open at most.
	DefaultRetention = 90 * 24 * time.Hour
)

// WithDefaults returns s with the default in place of each zero value that has one.
func (s Settings) WithDefaults() Settings {
	s.Quota = cmp.Or(s.Quota, DefaultCreationQuota)
	s.GroupQuota = cmp.Or(s.GroupQuota, DefaultGroupQuota)
	s.Share = cmp.Or(s.Share, DefaultShare)
	s.MaxFailures = cmp.Or(s.MaxFailures, MaxFailures)
	s.PasswordLife = cmp.Or(s.PasswordLife, DefaultPasswordLife)
	s.MaxOpen = cmp.Or(s.MaxOpen, DefaultMaxOpen)
	s.Retention = cmp.Or(s.Retention, DefaultRetention)
	s.DailyInvitations = cmp.Or(s.DailyInvitations, DefaultDailyInvitations)
	s.KeyLife = cmp.Or(s.KeyLife, KeyLifetime)
	s.RequestsInFlight = cmp.Or(s.RequestsInFlight, DefaultRequestsInFlight)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Worker attempts what is on the queue.
func (s System) Worker() *Worker {
	w := s.worker(s.Queue)
	w.MaxFailures = s.WithDefaults().MaxFailures
	w.Pace, w.GroupPace = s.Pace(), s.GroupPace()
	return w
}

// DeadLetterWorker settles what is on the dead-letter queue. It attempts nothing,
// so it has no pace.
func (s System) DeadLetterWorker() *Worker { return s.worker(s.DeadLetters) }

func (s System) worker(queue Queue) *Worker {
	set := s.WithDefaults()
	return &Worker{
		Pool: s.Pool, Queue: queue, Store: s.Store,
		PasswordLife: set.PasswordLife, Retention: set.Retention,
		Groups: set.Groups, Log: set.Log, Observe: set.Observe, Random: set.Random, Token: set.Token,
	}
}

// Submitter puts submissions on the queue.
func (s System) Submitter() *Submitter {
	set := s.WithDefaults()
	pool := NewKnownPool(s.Inspector, s.Sender)
	forecaster := s.forecaster(pool)
	pool.account.answered, pool.account.log = forecaster.shareMailRate, set.Log
	past := &Past{Store: s.Store, Log: set.Log}
	return &Submitter{
		Queue: s.Queue, Requests: s.Store, NewID: set.NewID, MaxOpen: set.MaxOpen, Retention: set.Retention,
		KeyLife: set.KeyLife, Pool: pool, Groups: set.Groups, Past: past, Resolver: s.Resolver, Forecaster: forecaster,
		Admission: &Admission{
			store: s.Store, past: past, forecaster: forecaster, gate: &gate{store: s.Store, limit: set.RequestsInFlight},
			daily: set.DailyInvitations, together: set.Groups.MakesAdministrators(), log: set.Log,
		},
	}
}

func (s System) forecaster(pool *KnownPool) *Forecaster {
	set := s.WithDefaults()
	return &Forecaster{
		Store: s.Store, Pace: s.Pace(), GroupPace: s.GroupPace(), Pool: pool, MailQuota: set.MailQuota, MaxOpen: set.MaxOpen, Log: set.Log,
	}
}

// Doctor examines the pool, by what is known of it.
func (s System) Doctor(pool *KnownPool, adminGroup string) *Doctor {
	set := s.WithDefaults()
	return &Doctor{
		Pool: pool, MailQuota: set.MailQuota, Quota: set.Quota, Share: set.Share, PasswordLife: set.PasswordLife,
		AdminGroup: adminGroup, Organization: set.Organization, Typeable: set.TypeablePasswords,
	}
}

// Administration carries out the actions of administrators.
func (s System) Administration() *Administration {
	return &Administration{Submitter: s.Submitter(), Store: s.Store}
}

// People answers for one person, and acts by way of a.
func (s System) People(a *Administration) *People {
	return &People{Administration: a, Store: s.Store, Directory: s.Directory, Eraser: s.Eraser(), Log: s.WithDefaults().Log}
}

// Requeuer puts back on the queue what should be there and is not.
func (s System) Requeuer() *Requeuer {
	return &Requeuer{Queue: s.Queue, Store: s.Store, Pace: s.Pace(), Notices: s.Notices, Scanner: s.Scanner(), Eraser: s.Eraser(), Log: s.WithDefaults().Log}
}

// Eraser erases people and requests.
func (s System) Eraser() *Eraser {
	return &Eraser{Queue: s.Queue, Store: s.Store, Log: s.WithDefaults().Log}
}

// Scanner finds out who has not signed in.
func (s System) Scanner() *Scanner {
	set := s.WithDefaults()
	return &Scanner{
		Directory: s.Directory, Store: s.Store, Notices: s.Notices, Daily: set.DailyScan, PasswordLife: set.PasswordLife, Log: set.Log,
	}
}

// MailListener notes what becomes of mails.
func (s System) MailListener() *MailListener {
	return &MailListener{Store: s.Store, Sample: bounceSample, Log: s.WithDefaults().Log}
}

// Pace is the pace of creations.
func (s System) Pace() *Pace {
	set := s.WithDefaults()
	return NewPace(s.Store, LaneCreate, set.Quota, set.Share)
}

// GroupPace is the pace of group changes.
func (s System) GroupPace() *Pace {
	set := s.WithDefaults()
	return NewPace(s.Store, LaneGroup, set.GroupQuota, set.Share)
}

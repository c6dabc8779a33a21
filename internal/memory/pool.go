package memory

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// Quotas of an account that never asked for more, in calls per second, and how
// long a mailed password works (Amazon Cognito Developer Guide, "Quotas in
// Amazon Cognito"; API Reference, "AdminCreateUserConfigType").
const (
	DefaultCreationRate          = onboard.DefaultCreationQuota
	DefaultGroupRate             = onboard.DefaultGroupQuota
	DefaultReadRate              = 120
	DefaultListRate              = 30
	DefaultTemporaryPasswordDays = int(onboard.DefaultPasswordLife / (24 * time.Hour))
)

// PoolConfig says how a pool behaves. The zero value is a pool with Cognito's
// default quotas, no mail quota, no groups and no attributes of its own, that
// answers at once and compares addresses without regard to case.
type PoolConfig struct {
	// CreationRate is how many users may be created or mailed again per second,
	// GroupRate, ReadRate and ListRate the same for joining groups, looking and
	// finding; 0 means the defaults above, less than 0 no limit.
	CreationRate float64
	GroupRate    float64
	ReadRate     float64
	ListRate     float64

	// ListPage is how many users a page of those who wait has; 0 means 60, the most.
	ListPage int

	// Enforcement is how the rates are enforced; nil means [TokenBucket] with a
	// burst of one second's calls.
	Enforcement Enforcement

	// MailQuota is how many mails the pool sends a day, which begins at 09:00
	// UTC; 0 means no limit. UserAtMailQuota says that an invitation over it
	// leaves its user behind, without mail: what Cognito does is not documented.
	MailQuota       int
	UserAtMailQuota bool

	// MailReports has the sender say what becomes of the mails ([Pool.MailEvents]), and
	// Bounces is the share of addresses, from 0 to 1, whose mails come back.
	MailReports bool
	Bounces     float64

	// ResendUnmarked says that a mail which goes out again leaves a user's
	// ModifiedAt as it is: whether Cognito changes it is documented nowhere.
	ResendUnmarked bool

	// Latency is how long a call takes. Its effect happens half-way, also when
	// the caller has given up by then.
	Latency time.Duration

	// ClockAhead is by how much the pool's clock is ahead of ours.
	ClockAhead time.Duration

	// TemporaryPasswordDays is how long mailed passwords work; 0 means
	// [DefaultTemporaryPasswordDays].
	TemporaryPasswordDays int

	// PasswordLength is the least length of a password, 0 for none.
	PasswordLength int

	// TypeablePasswords says that calls carry temporary passwords that can be typed, where
	// the pool takes them, as those of an adapter may. ResendTakesNone says that a resend
	// that carries one is refused, once: then the adapter sends none. What Cognito does is
	// documented nowhere.
	TypeablePasswords bool
	ResendTakesNone   bool

	// Names says what user names are, and NameAsAlias that preferred_username is an
	// alias, which no new user can have.
	Names       Names
	NameAsAlias bool

	// Passwordless says that one-time codes are on: users have no temporary password.
	Passwordless bool

	// DemandsRequired says that a row without a required attribute is refused, also
	// where the person could add it: the documentation and a public issue differ.
	DemandsRequired bool

	Triggers  []string // as [onboard.PoolSettings] names them
	Providers []string // identity providers
	Imported  []string // addresses of people who were imported

	CaseSensitive bool
	Groups        []string
	RoleGroups    []string    // those of Groups that carry an IAM role
	Attributes    []Attribute // beside OpenID's standard ones, or in their place
	Invitation    Template    // the zero template means one like Cognito's own

	// Sender is the account that sends the mails, unless there is a MailQuota or a trigger
	// of kind [onboard.TriggerSender].
	Sender Sender

	Faults Faults

	// Seed makes user ids and the choice of faults repeatable; 0 draws one.
	Seed uint64
}

// Pool is a user pool as Amazon Cognito is documented to behave: addresses are
// user names, only administrators create users, invitations are mailed with a
// temporary password. It implements [onboard.Pool] and [onboard.Directory].
//
// Passwords are in the mails of [Pool.Mailbox] and nowhere else.
type Pool struct {
	clockAhead      time.Duration
	passwordDays    int
	passwordLength  int
	typeable        bool
	resendTakesNone bool
	caseSensitive   bool
	attributes      map[string]Attribute
	names           Names
	nameAsAlias     bool
	passwordless    bool
	demandsRequired bool
	triggers        []string
	providers       []string
	invitation      Template
	enforcement     Enforcement
	leavesUser      bool
	resendUnmarked  bool
	seed            uint64

	mu        sync.Mutex
	latency   time.Duration
	users     map[string]*user // by folded address
	order     []*user          // as created
	gone      []*user          // deleted lately, likewise
	created   int              // users ever
	groups    map[string]bool
	roles     []string
	creations Enforcer
	joins     Enforcer
	reads     Enforcer
	lists     Enforcer
	quota     mailQuota
	sender    Sender
	mailRate  Enforcer // of the sender
	overLimit int      // mails that it did not take
	mailbox   []Mail
	reports   mailReports
	faults    Faults
	draws     map[drawKey]int
	calls     Calls

	listPage     int
	plainResends bool // resends carry no password any more, as one was refused
}

var (
	_ onboard.Pool      = (*Pool)(nil)
	_ onboard.Directory = (*Pool)(nil)
)

// NewPool returns a pool without users.
func NewPool(cfg PoolConfig) *Pool {
	p := &Pool{
		latency:         cfg.Latency,
		clockAhead:      cfg.ClockAhead,
		passwordDays:    cfg.TemporaryPasswordDays,
		passwordLength:  cfg.PasswordLength,
		typeable:        cfg.TypeablePasswords,
		resendTakesNone: cfg.ResendTakesNone,
		caseSensitive:   cfg.CaseSensitive,
		attributes:      schema(cfg.Attributes),
		names:           cfg.Names,
		nameAsAlias:     cfg.NameAsAlias,
		passwordless:    cfg.Passwordless,
		demandsRequired: cfg.DemandsRequired,
		triggers:        slices.Clone(cfg.Triggers),
		providers:       slices.Clone(cfg.Providers),
		invitation:      cfg.Invitation,
		enforcement:     cfg.Enforcement,
		leavesUser:      cfg.UserAtMailQuota,
		resendUnmarked:  cfg.ResendUnmarked,
		seed:            cfg.Seed,
		listPage:        cmp.Or(cfg.ListPage, waitingPage),
		users:           map[string]*user{},
		groups:          map[string]bool{},
		roles:           slices.Sorted(slices.Values(cfg.RoleGroups)),
		quota:           mailQuota{limit: cfg.MailQuota},
		reports:         mailReports{on: cfg.MailReports, bounces: cfg.Bounces, bad: map[string]bool{}},
		sender:          cfg.Sender,
		mailRate:        cfg.Sender.mailRate(),
		faults:          cfg.Faults,
		draws:           map[drawKey]int{},
	}
	if p.passwordDays == 0 {
		p.passwordDays = DefaultTemporaryPasswordDays
	}
	if p.invitation == (Template{}) {
		p.invitation = defaultInvitation
	}
	if p.seed == 0 {
		p.seed = randomSeed()
	}
	if p.sendsByTrigger() {
		p.quota.limit = 0
	}
	for _, email := range cfg.Imported {
		u := p.add(onboard.Ask{Email: email}, time.Now())
		u.SignedIn, u.MustReset = true, true
	}
	p.creations = p.enforcer(cfg.CreationRate, DefaultCreationRate)
	p.joins = p.enforcer(cfg.GroupRate, DefaultGroupRate)
	p.reads = p.enforcer(cfg.ReadRate, DefaultReadRate)
	p.lists = p.enforcer(cfg.ListRate, DefaultListRate)
	for _, g := range cfg.Groups {
		p.groups[g] = true
	}
	return p
}

// sendsByTrigger reports whether a trigger sends the mails, so that no limit of
// Cognito's applies.
func (p *Pool) sendsByTrigger() bool { return slices.Contains(p.triggers, onboard.TriggerSender) }

// SetCreationRate changes how many users may be created or mailed again per
// second from now on; less than or equal to 0 means no limit.
func (p *Pool) SetCreationRate(perSecond float64) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case perSecond <= 0:
		p.creations = nil
	case p.creations == nil:
		p.creations = p.enforcer(perSecond, perSecond)
	default:
		p.creations.SetRate(perSecond, now)
	}
}

// SetLatency changes how long a call takes; calls under way are not affected.
func (p *Pool) SetLatency(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = d
}

// enforcer returns the enforcer of a rate, nil for no limit.
func (p *Pool) enforcer(rate, otherwise float64) Enforcer {
	switch {
	case rate < 0:
		return nil
	case rate == 0:
		rate = otherwise
	}
	if p.enforcement == nil {
		return TokenBucket(max(1, int(rate)))(rate)
	}
	return p.enforcement(rate)
}

// fold returns the form in which two spellings of one user name are the same.
func (p *Pool) fold(email string) string {
	if p.caseSensitive {
		return email
	}
	return onboard.FoldUserName(email)
}

// clock returns the pool's time, which is in whole milliseconds.
func (p *Pool) clock(now time.Time) time.Time {
	return plain(now).Add(p.clockAhead).Truncate(time.Millisecond)
}

func randomSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: see its documentation
	return binary.LittleEndian.Uint64(b[:]) | 1
}

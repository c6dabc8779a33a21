package local

import (
	"fmt"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/settings"
)

// DefaultAddr is where the local usher listens.
const DefaultAddr = "127.0.0.1:8080"

// Config configures a local usher. The zero value is ready to use.
type Config struct {
	Addr string // host and port; "" means [DefaultAddr], port 0 any free port

	Kind memory.Kind // of pool; "" is an ordinary one

	CreationRate float64       // users a second that the pool allows; 0 means 50
	MailQuota    int           // mails a day; 0 means no limit
	MailRate     float64       // mails a second that the pool's sender takes; 0 means no limit
	PoolLatency  time.Duration // of one call to the pool
	Bounces      float64       // share of addresses, from 0 to 1, whose mails come back; 0: the sender reports nothing

	// MailDomainCheck has dry runs look up in the DNS whether the domains of addresses
	// take mail. It is the only thing that leaves this machine.
	MailDomainCheck bool

	// Faults are the faults that the pool simulates.
	Faults memory.Faults

	// Groups are the pool's groups, Attributes its attributes besides the standard
	// ones.
	Groups     []string
	Attributes []memory.Attribute

	// TypeablePasswords has people get temporary passwords that can be typed.
	TypeablePasswords bool

	// Invitation is the text of the mail; zero: one as a pool of the stack has it.
	Invitation memory.Template

	// AllowedGroups are those that rows may name; empty: all but the administrators'.
	AllowedGroups []string
}

// Groups and attributes of the local pool, for trying them out.
var (
	defaultGroups     = []string{"administrators", "staff", "students"}
	defaultAttributes = []memory.Attribute{{Name: "custom:department"}, {Name: "custom:tenant"}}
)

// ConfigFrom reads the configuration from variables: ADDR, USER_CREATION_RATE,
// MAIL_QUOTA, MAIL_RATE, POOL_LATENCY, ALLOWED_GROUPS (with spaces between),
// MAIL_DOMAIN_CHECK, BOUNCES (share of addresses, 0 to 1, whose mails come back),
// TEMPORARY_PASSWORDS (pool or typeable), POOL_KIND (one of [memory.Kinds]), and the shares (0 to 1) of calls that go wrong:
// FAULT_LOST_CALLS (never arrived), FAULT_LOST_ANSWERS (done, but no answer came)
// and FAULT_NOT_MAILED (user created, mail not sent).
func ConfigFrom(getenv func(string) string) (Config, error) {
	r := settings.NewReader(getenv)
	cfg := Config{
		Addr:         r.String("ADDR", DefaultAddr),
		CreationRate: r.Number("USER_CREATION_RATE", onboard.DefaultCreationQuota, 0, maxRate),
		MailQuota:    r.Int("MAIL_QUOTA", 0, 0),
		MailRate:     r.Number("MAIL_RATE", 0, 0, maxRate),
		PoolLatency:  r.Duration("POOL_LATENCY", 0),
		Bounces:      r.Share("BOUNCES"),

		AllowedGroups:   onboard.ParseAllowedGroups(r.String("ALLOWED_GROUPS", "")),
		MailDomainCheck: r.Bool("MAIL_DOMAIN_CHECK"),
		Faults: memory.Faults{
			LostCalls:   r.Share("FAULT_LOST_CALLS"),
			LostAnswers: r.Share("FAULT_LOST_ANSWERS"),
			NotMailed:   r.Share("FAULT_NOT_MAILED"),
		},
	}
	cfg.TypeablePasswords = r.OneOf("TEMPORARY_PASSWORDS", "pool", "pool", "typeable") == "typeable"
	kinds := make([]string, len(memory.Kinds))
	for i, kind := range memory.Kinds {
		kinds[i] = string(kind)
	}
	cfg.Kind = memory.Kind(r.OneOf("POOL_KIND", string(memory.Ordinary), kinds...))
	if err := r.Err(); err != nil {
		return Config{}, fmt.Errorf("local usher cannot start:\n%w", err)
	}
	return cfg, nil
}

// maxRate is the highest rate for one process, in calls a second.
const maxRate = 100_000

func (c Config) withDefaults() Config {
	if c.Addr == "" {
		c.Addr = DefaultAddr
	}
	if c.CreationRate == 0 {
		c.CreationRate = onboard.DefaultCreationQuota
	}
	if c.Groups == nil {
		c.Groups = defaultGroups
	}
	if c.Attributes == nil {
		c.Attributes = defaultAttributes
	}
	return c
}

// invitation is a text as a pool of the stack has it. Cognito's own sender, and a pool
// without passwords, have Cognito's standard text.
var invitation = memory.Template{
	Subject: "Your account at Example School",
	Body: "<p>Example School has created an account for you.</p><p>User name: {username}<br>Temporary password: {####}</p>" +
		`<p>Sign in here: <a href="https://school.example.org/">https://school.example.org/</a></p>` +
		"<p>Sign in soon: the temporary password expires, and you choose your own at the first sign-in.</p>",
}

// pool is the configuration of the memory pool.
func (c Config) pool() memory.PoolConfig {
	cfg := memory.PoolConfig{
		CreationRate: c.CreationRate, MailQuota: c.MailQuota, Sender: memory.Sender{Rate: c.MailRate}, Latency: c.PoolLatency, Faults: c.Faults,
		MailReports: c.Bounces > 0, Bounces: c.Bounces,
		Groups: c.Groups, Attributes: c.Attributes,
		TypeablePasswords: c.TypeablePasswords,
	}.Shaped(c.Kind)
	cfg.Invitation = c.Invitation
	if cfg.Invitation == (memory.Template{}) && cfg.MailQuota == 0 && !cfg.Passwordless {
		cfg.Invitation = invitation
	}
	return cfg
}

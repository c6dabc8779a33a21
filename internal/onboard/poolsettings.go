package onboard

import "context"

// Inspector reads how a pool is set up. Safe for concurrent use.
type Inspector interface {
	// Inspect reads the pool's settings and groups. It creates nothing and makes
	// no user billed. Errors: ErrThrottled, ErrMisconfigured, ErrUnclear.
	Inspect(ctx context.Context) (PoolSettings, error)
}

// PoolSettings is the part of a pool's setup that matters to invitations.
type PoolSettings struct {
	ID   string
	Name string

	AdminOnly          bool // nobody can sign themselves up
	EmailAsUsername    bool // UsernameAttributes holds email
	CaseSensitive      bool // Ann@x.org and ann@x.org would be two users
	Passwordless       bool // one-time codes are on: invited users get no temporary password
	DeletionProtection bool

	// InviteSubject and InviteBody are the mail's template; empty means the
	// pool's built-in one, which is fine.
	InviteSubject, InviteBody string

	// OwnSender is true when the pool mails through Amazon SES (DEVELOPER); the
	// built-in sender mails 50 messages a day for each account.
	OwnSender bool
	Sender    string // the From address or the SES identity, "" for the built-in sender

	TemporaryPasswordDays int
	Triggers              []string // names of the Lambda triggers that an invitation runs
	Groups                []string
	RoleGroups            []string // those of Groups that carry an IAM role

	// Attributes lists what the pool can store of a user, by full name.
	Attributes []AttributeSetting

	EstimatedUsers int
}

// AttributeSetting is one attribute that a pool can store.
type AttributeSetting struct {
	Name      string // "given_name", "custom:tenant"
	Type      string // String, Number, DateTime or Boolean
	MinLength int    // characters; 0 when not set
	MaxLength int    // characters; 0 when not set
	Required  bool
	Mutable   bool
}

// Attribute returns the setting of the attribute with the given full name.
func (p PoolSettings) Attribute(name string) (AttributeSetting, bool) {
	for _, a := range p.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return AttributeSetting{}, false
}

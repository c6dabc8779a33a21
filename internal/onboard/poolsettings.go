package onboard

import (
	"context"
	"slices"
)

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
	PhoneAsUsername    bool // UsernameAttributes holds phone_number
	EmailAsAlias       bool // AliasAttributes holds email: a user name cannot be an address
	NameAsAlias        bool // AliasAttributes holds preferred_username, which a new user cannot have
	CaseSensitive      bool // Ann@x.org and ann@x.org would be two users
	Passwordless       bool // one-time codes are on: new users get no temporary password
	DeletionProtection bool
	TokenTrigger       bool // a Lambda trigger writes what tokens say, groups included

	// SecondFactor says whether people need one to sign in; "" if that is not known.
	SecondFactor SecondFactor

	// InviteSubject and InviteBody are the mail's template; empty means the
	// pool's built-in one, which is fine.
	InviteSubject, InviteBody string

	// OwnSender is true when the pool mails through Amazon SES (DEVELOPER); the
	// built-in sender mails 50 messages a day for each account.
	OwnSender bool

	// ConfigurationSet is the set of SES's that the pool mails with: without one nothing
	// says what becomes of the mails.
	ConfigurationSet string

	Sender string // the From address or the SES identity, "" for that of the built-in sender

	// SenderIdentity is the ARN of the SES identity; "" for the built-in sender.
	// SenderElsewhere says that another AWS account than the pool's has it.
	SenderIdentity  string
	SenderElsewhere bool

	// Mail is what the account behind the identity says. An [Inspector] leaves it empty;
	// [KnownPool] adds it.
	Mail MailAccount

	PasswordLength        int // of a password at least; 0 if that is not known
	TemporaryPasswordDays int
	Triggers              []string // names of the Lambda triggers that an invitation runs
	Groups                []string
	RoleGroups            []string // those of Groups that carry an IAM role

	// Providers names the identity providers through which people sign in who are
	// users of their own; nil also where they could not be read.
	Providers []string

	// Attributes lists what the pool can store of a user, by full name.
	Attributes []AttributeSetting

	EstimatedUsers int
}

// SecondFactor says whether people need a second factor to sign in.
type SecondFactor string

// What a pool can say of second factors.
const (
	SecondFactorRequired SecondFactor = "required"
	SecondFactorOptional SecondFactor = "optional"
	SecondFactorOff      SecondFactor = "off"
)

// AttributeSetting is one attribute that a pool can store.
type AttributeSetting struct {
	Name      string // "given_name", "custom:tenant"
	Type      string // String, Number, DateTime or Boolean
	MinLength int    // characters; 0 when not set
	MaxLength int    // characters; 0 when not set
	Least     string // of a Number; "" when not set
	Most      string // of a Number; "" when not set
	Required  bool
	Mutable   bool
}

// The triggers that change what is known of an invitation's mail.
const (
	TriggerMessage = "CustomMessage"     // writes the mail
	TriggerSender  = "CustomEmailSender" // sends it
)

// runs reports whether an invitation runs a trigger of the pool.
func (p PoolSettings) runs(trigger string) bool { return slices.Contains(p.Triggers, trigger) }

// SenderKind says what sends a pool's mails.
type SenderKind string

// What can send a pool's mails.
const (
	SenderCognito SenderKind = "cognito" // the built-in sender
	SenderSES     SenderKind = "ses"
	SenderTrigger SenderKind = "trigger" // a custom sender of the pool's
)

// SentBy returns what sends the pool's mails.
func (p PoolSettings) SentBy() SenderKind {
	switch {
	case p.runs(TriggerSender):
		return SenderTrigger
	case p.OwnSender:
		return SenderSES
	}
	return SenderCognito
}

// sendsBuiltIn reports whether Cognito's own sender sends the mails. A custom sender
// replaces it (Amazon Cognito Developer Guide, "Custom email sender Lambda trigger").
func (p PoolSettings) sendsBuiltIn() bool { return p.SentBy() == SenderCognito }

// mailsThroughSES reports whether an identity of Amazon SES sends the mails.
func (p PoolSettings) mailsThroughSES() bool {
	return p.SenderIdentity != "" && !p.runs(TriggerSender)
}

// hasPlainNames reports whether user names are plain text: then an address is one
// like any other.
func (p PoolSettings) hasPlainNames() bool {
	return !p.EmailAsUsername && !p.PhoneAsUsername && !p.EmailAsAlias
}

// refusesAddresses reports whether no user name can be an address, so that every
// invitation is refused (Amazon Cognito Developer Guide, "User pool attributes").
func (p PoolSettings) refusesAddresses() bool { return !p.EmailAsUsername && !p.hasPlainNames() }

// demands reports whether a user cannot be created without the attribute. An
// administrator may leave out a required one that the person can add at the first
// sign-in, but not where there is no password to sign in with (Amazon Cognito
// Developer Guide, "Creating user accounts as administrator").
func (p PoolSettings) demands(a AttributeSetting) bool {
	return a.isForRow() && (p.Passwordless || !a.Mutable)
}

// isForRow reports whether the pool requires a and usher does not give it itself.
func (a AttributeSetting) isForRow() bool { return a.Required && !isSetByUs(a.Name) }

// isSetByUs reports whether an attribute's value never comes from a row.
func isSetByUs(name string) bool {
	return name == "email" || name == "email_verified" || name == "sub" || name == "updated_at"
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

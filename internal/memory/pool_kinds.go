package memory

import (
	"slices"

	"usher.example/internal/onboard"
)

// Names says what the user names of a pool are (Amazon Cognito Developer Guide,
// "User pool attributes").
type Names string

// What user names can be.
const (
	EmailNames Names = ""      // UsernameAttributes email: an address is the user name
	PlainNames Names = "plain" // any text, so an address too
	AliasNames Names = "alias" // AliasAttributes email: any text but an address
	PhoneNames Names = "phone" // UsernameAttributes phone_number: phone numbers
)

// Kind is a shape of user pool that people have.
type Kind string

// The kinds of pool. Each differs from an ordinary one in what its comment says.
const (
	Ordinary      Kind = "email"
	Passwordless  Kind = "passwordless"   // one-time codes are on
	Imported      Kind = "imported"       // people were imported, and must reset their passwords
	Plain         Kind = "plain"          // user names are plain text
	Aliased       Kind = "alias"          // e-mail is an alias
	PhoneOnly     Kind = "phone"          // user names are phone numbers
	NameAliased   Kind = "name_alias"     // preferred_username is an alias
	RequiredFixed Kind = "required_fixed" // an attribute is required and never changes
	CustomSender  Kind = "custom_sender"  // a trigger sends the mails
	CustomMessage Kind = "custom_message" // a trigger writes the mails
	Federated     Kind = "federated"      // people also sign in through a provider
	Sandboxed     Kind = "ses_sandbox"    // the sender's account is in the sandbox of Amazon SES
	Paused        Kind = "ses_paused"     // that account may not send
	Unverified    Kind = "ses_unverified" // the sender's identity is not verified
)

// Kinds lists every kind.
var Kinds = []Kind{
	Ordinary, Passwordless, Imported, Plain, Aliased, PhoneOnly, NameAliased, RequiredFixed, CustomSender, CustomMessage, Federated,
	Sandboxed, Paused, Unverified,
}

// FixedAttribute is the attribute that a pool of kind [RequiredFixed] requires, and
// ImportedAddress that of a person in one of kind [Imported].
const (
	FixedAttribute  = "family_name"
	ImportedAddress = "imported@example.org"
)

// Shaped returns cfg for a pool of the given kind.
func (cfg PoolConfig) Shaped(kind Kind) PoolConfig {
	switch kind {
	case Passwordless:
		cfg.Passwordless = true
	case Imported:
		cfg.Imported = append(slices.Clone(cfg.Imported), ImportedAddress)
	case Plain:
		cfg.Names = PlainNames
	case Aliased:
		cfg.Names = AliasNames
	case PhoneOnly:
		cfg.Names = PhoneNames
	case NameAliased:
		cfg.NameAsAlias = true
	case RequiredFixed:
		cfg.Attributes = append(slices.Clone(cfg.Attributes), Attribute{Name: FixedAttribute, Required: true, Fixed: true})
	case CustomSender:
		cfg.Triggers = append(slices.Clone(cfg.Triggers), onboard.TriggerSender)
	case CustomMessage:
		cfg.Triggers = append(slices.Clone(cfg.Triggers), onboard.TriggerMessage)
	case Federated:
		cfg.Providers = append(slices.Clone(cfg.Providers), "Okta")
	case Sandboxed:
		cfg.Sender.Sandbox, cfg.Sender.DailyQuota, cfg.Sender.Rate = true, SandboxQuota, SandboxRate
	case Paused:
		cfg.Sender.Paused, cfg.Sender.Enforcement = true, onboard.Shutdown
	case Unverified:
		cfg.Sender.Unverified = true
	}
	return cfg
}

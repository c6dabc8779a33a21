package memory

import (
	"context"
	"maps"
	"slices"

	"usher.example/internal/onboard"
)

// ID is the id of every pool in memory, in the form of a real one.
const ID = "local_MemoryPool"

var _ onboard.Inspector = (*Pool)(nil)

// Inspect returns how the pool is set up. It takes no time and fails only when
// ctx has ended or [Faults.Misconfigured] says so.
func (p *Pool) Inspect(ctx context.Context) (onboard.PoolSettings, error) {
	if err := ctx.Err(); err != nil {
		return onboard.PoolSettings{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.Misconfigured != "" {
		return onboard.PoolSettings{}, answerMisconfigured(p.faults.Misconfigured)
	}
	settings := onboard.PoolSettings{
		ID: ID, Name: "usher local",
		AdminOnly: true, EmailAsUsername: p.names == EmailNames, PhoneAsUsername: p.names == PhoneNames, EmailAsAlias: p.names == AliasNames,
		NameAsAlias: p.nameAsAlias, Passwordless: p.passwordless, CaseSensitive: p.caseSensitive, DeletionProtection: true,
		OwnSender: p.mailsThroughSES(), Triggers: slices.Clone(p.triggers), Providers: slices.Clone(p.providers), TemporaryPasswordDays: p.passwordDays, PasswordLength: p.passwordLength,
		Groups:         slices.Sorted(maps.Keys(p.groups)),
		RoleGroups:     slices.Clone(p.roles),
		EstimatedUsers: len(p.users),
	}
	if p.invitation != defaultInvitation {
		settings.InviteSubject, settings.InviteBody = p.invitation.Subject, p.invitation.Body
	}
	if settings.OwnSender {
		settings.Sender, settings.SenderIdentity, settings.ConfigurationSet = senderAddress, SenderIdentity, configurationSet
	}
	for _, name := range slices.Sorted(maps.Keys(p.attributes)) {
		settings.Attributes = append(settings.Attributes, p.attributes[name].setting())
	}
	return settings, nil
}

package cognitopool

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/onboard"
)

// groupPage is how many groups one call lists at most (Amazon Cognito API
// Reference, "ListGroups": Limit).
const groupPage = 60

// providerPage is how many identity providers one call lists at most (Amazon Cognito
// API Reference, "ListIdentityProviders": MaxResults).
const providerPage = 60

// defaultPasswordDays is how long a temporary password is good if the pool says
// 0 or nothing (Amazon Cognito API Reference, "PasswordPolicyType").
const defaultPasswordDays = int(onboard.DefaultPasswordLife / (24 * time.Hour))

// Inspect implements [onboard.Inspector] with DescribeUserPool, ListGroups and
// ListIdentityProviders. A pool has at most 10,000 groups, which are 167 pages at five a second ("Quotas in Amazon
// Cognito"); ctx limits how long it may take.
func (p *Pool) Inspect(ctx context.Context) (onboard.PoolSettings, error) {
	settings, err := p.describe(ctx)
	if err != nil {
		return onboard.PoolSettings{}, err
	}
	if settings.Groups, settings.RoleGroups, err = p.groups(ctx); err != nil {
		return onboard.PoolSettings{}, err
	}
	if settings.Providers, err = p.providers(ctx); err != nil {
		return onboard.PoolSettings{}, err
	}
	return settings, nil
}

// describe reads a pool's settings, without its groups and providers.
func (p *Pool) describe(ctx context.Context) (onboard.PoolSettings, error) {
	var out *cognito.DescribeUserPoolOutput
	err := p.call(ctx, inspect, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: aws.String(p.id)}, opts...)
		return err
	})
	if err != nil {
		return onboard.PoolSettings{}, err
	}
	if out.UserPool == nil {
		return onboard.PoolSettings{}, unclear("answer without a pool", onboard.CauseNoAnswer)
	}
	return settingsOf(out.UserPool), nil
}

// providers lists the names of the identity providers through which people sign in,
// sorted. Only a warning rests on them, so without the right to list them there are
// none.
func (p *Pool) providers(ctx context.Context) ([]string, error) {
	var names []string
	var next *string
	for {
		var out *cognito.ListIdentityProvidersOutput
		err := p.call(ctx, inspect, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
			out, err = p.client.ListIdentityProviders(ctx, &cognito.ListIdentityProvidersInput{
				UserPoolId: aws.String(p.id), MaxResults: aws.Int32(providerPage), NextToken: next,
			}, opts...)
			return err
		})
		if errors.Is(err, onboard.ErrMisconfigured) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, provider := range out.Providers {
			names = append(names, aws.ToString(provider.ProviderName))
		}
		if next = out.NextToken; aws.ToString(next) == "" {
			slices.Sort(names)
			return names, nil
		}
	}
}

// groups lists the names of all groups, and of those that carry an IAM role, sorted.
func (p *Pool) groups(ctx context.Context) (names, withRole []string, err error) {
	var next *string
	for {
		var out *cognito.ListGroupsOutput
		err := p.call(ctx, inspect, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
			out, err = p.client.ListGroups(ctx, &cognito.ListGroupsInput{
				UserPoolId: aws.String(p.id), Limit: aws.Int32(groupPage), NextToken: next,
			}, opts...)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		for _, group := range out.Groups {
			names = append(names, aws.ToString(group.GroupName))
			if aws.ToString(group.RoleArn) != "" {
				withRole = append(withRole, aws.ToString(group.GroupName))
			}
		}
		if next = out.NextToken; aws.ToString(next) == "" {
			slices.Sort(names)
			slices.Sort(withRole)
			return names, withRole, nil
		}
	}
}

// settingsOf reads a pool's settings, without its groups.
func settingsOf(pool *types.UserPoolType) onboard.PoolSettings {
	settings := onboard.PoolSettings{
		ID:                    aws.ToString(pool.Id),
		Name:                  aws.ToString(pool.Name),
		EmailAsUsername:       slices.Contains(pool.UsernameAttributes, types.UsernameAttributeTypeEmail),
		PhoneAsUsername:       slices.Contains(pool.UsernameAttributes, types.UsernameAttributeTypePhoneNumber),
		EmailAsAlias:          slices.Contains(pool.AliasAttributes, types.AliasAttributeTypeEmail),
		NameAsAlias:           slices.Contains(pool.AliasAttributes, types.AliasAttributeTypePreferredUsername),
		CaseSensitive:         true, // as it is unless said otherwise ("UsernameConfigurationType")
		DeletionProtection:    pool.DeletionProtection == types.DeletionProtectionTypeActive,
		TemporaryPasswordDays: defaultPasswordDays,
		EstimatedUsers:        int(pool.EstimatedNumberOfUsers),
		Triggers:              triggersOf(pool.LambdaConfig),
		TokenTrigger:          writesTokens(pool.LambdaConfig),
		SecondFactor:          secondFactorOf(pool.MfaConfiguration),
	}
	if names := pool.UsernameConfiguration; names != nil && names.CaseSensitive != nil {
		settings.CaseSensitive = *names.CaseSensitive
	}
	if creation := pool.AdminCreateUserConfig; creation != nil {
		settings.AdminOnly = creation.AllowAdminCreateUserOnly
		if template := creation.InviteMessageTemplate; template != nil {
			settings.InviteSubject, settings.InviteBody = aws.ToString(template.EmailSubject), aws.ToString(template.EmailMessage)
		}
	}
	readPolicies(&settings, pool.Policies)
	readSender(&settings, pool)
	for _, attribute := range pool.SchemaAttributes {
		settings.Attributes = append(settings.Attributes, attributeOf(attribute))
	}
	return settings
}

// readPolicies calls the pool passwordless if people can sign in with a code: it then
// generates no password for people who are invited (Amazon Cognito Developer Guide,
// "Creating user accounts as administrator"). Passkeys make no difference.
func readPolicies(settings *onboard.PoolSettings, policies *types.UserPoolPolicyType) {
	if policies == nil {
		return
	}
	if password := policies.PasswordPolicy; password != nil {
		settings.PasswordLength = int(aws.ToInt32(password.MinimumLength))
		if days := int(password.TemporaryPasswordValidityDays); days > 0 {
			settings.TemporaryPasswordDays = days
		}
	}
	if signIn := policies.SignInPolicy; signIn != nil {
		settings.Passwordless = slices.Contains(signIn.AllowedFirstAuthFactors, types.AuthFactorTypeEmailOtp) ||
			slices.Contains(signIn.AllowedFirstAuthFactors, types.AuthFactorTypeSmsOtp)
	}
}

// readSender reads whether the pool mails through Amazon SES, and as whom. Cognito's
// own sender can have the address of an identity (Amazon Cognito API Reference,
// "EmailConfigurationType": SourceArn).
func readSender(settings *onboard.PoolSettings, pool *types.UserPoolType) {
	mail := pool.EmailConfiguration
	if mail == nil {
		return
	}
	source := aws.ToString(mail.SourceArn)
	_, identity, _ := strings.Cut(source, ":identity/")
	settings.OwnSender = mail.EmailSendingAccount == types.EmailSendingAccountTypeDeveloper
	settings.ConfigurationSet = aws.ToString(mail.ConfigurationSet)
	if settings.OwnSender {
		settings.SenderIdentity = source
		settings.SenderElsewhere = accountOf(source) != accountOf(aws.ToString(pool.Arn))
	}
	switch {
	case settings.OwnSender && aws.ToString(mail.From) != "":
		settings.Sender = *mail.From
	case settings.OwnSender || strings.Contains(identity, "@"):
		settings.Sender = identity
	}
}

// accountOf returns the account in an ARN; "" if there is none.
func accountOf(name string) string {
	parsed, err := arn.Parse(name)
	if err != nil {
		return ""
	}
	return parsed.AccountID
}

// triggersOf names the triggers that creating a user runs (Amazon Cognito
// Developer Guide, "Customizing user pool workflows with Lambda triggers").
func triggersOf(config *types.LambdaConfigType) []string {
	if config == nil {
		return nil
	}
	var names []string
	if aws.ToString(config.PreSignUp) != "" {
		names = append(names, "PreSignUp")
	}
	if aws.ToString(config.CustomMessage) != "" {
		names = append(names, onboard.TriggerMessage)
	}
	if sender := config.CustomEmailSender; sender != nil && aws.ToString(sender.LambdaArn) != "" {
		names = append(names, onboard.TriggerSender)
	}
	return names
}

// writesTokens reports whether a trigger can change what tokens say. Its older form
// is still read (Amazon Cognito API Reference, "LambdaConfigType").
func writesTokens(config *types.LambdaConfigType) bool {
	if config == nil {
		return false
	}
	newer := config.PreTokenGenerationConfig
	return aws.ToString(config.PreTokenGeneration) != "" || newer != nil && aws.ToString(newer.LambdaArn) != ""
}

// secondFactorOf reads whether people need a second factor.
func secondFactorOf(mfa types.UserPoolMfaType) onboard.SecondFactor {
	switch mfa {
	case types.UserPoolMfaTypeOn:
		return onboard.SecondFactorRequired
	case types.UserPoolMfaTypeOptional:
		return onboard.SecondFactorOptional
	case types.UserPoolMfaTypeOff:
		return onboard.SecondFactorOff
	}
	return ""
}

func attributeOf(schema types.SchemaAttributeType) onboard.AttributeSetting {
	attribute := onboard.AttributeSetting{
		Name:     aws.ToString(schema.Name),
		Type:     string(schema.AttributeDataType),
		Required: aws.ToBool(schema.Required),
		Mutable:  aws.ToBool(schema.Mutable),
	}
	if bounds := schema.StringAttributeConstraints; bounds != nil {
		attribute.MinLength = number(bounds.MinLength)
		attribute.MaxLength = number(bounds.MaxLength)
	}
	if bounds := schema.NumberAttributeConstraints; bounds != nil {
		attribute.Least, attribute.Most = aws.ToString(bounds.MinValue), aws.ToString(bounds.MaxValue)
	}
	return attribute
}

// number reads a length that Cognito writes as text; 0 for none.
func number(text *string) int {
	n, err := strconv.Atoi(aws.ToString(text))
	if err != nil {
		return 0
	}
	return n
}

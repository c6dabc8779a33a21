package cognitopool

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/onboard"
)

// groupPage is how many groups one call lists at most (Amazon Cognito API
// Reference, "ListGroups": Limit).
const groupPage = 60

// defaultPasswordDays is how long a temporary password is good if the pool says
// 0 or nothing (Amazon Cognito API Reference, "PasswordPolicyType").
const defaultPasswordDays = int(onboard.DefaultPasswordLife / (24 * time.Hour))

// Inspect implements [onboard.Inspector] with DescribeUserPool and ListGroups. A pool
// has at most 10,000 groups, which are 167 pages at five a second ("Quotas in Amazon
// Cognito"); ctx limits how long it may take.
func (p *Pool) Inspect(ctx context.Context) (onboard.PoolSettings, error) {
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
	settings := settingsOf(out.UserPool)
	settings.Groups, settings.RoleGroups, err = p.groups(ctx)
	if err != nil {
		return onboard.PoolSettings{}, err
	}
	return settings, nil
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
		CaseSensitive:         true, // as it is unless said otherwise ("UsernameConfigurationType")
		DeletionProtection:    pool.DeletionProtection == types.DeletionProtectionTypeActive,
		TemporaryPasswordDays: defaultPasswordDays,
		EstimatedUsers:        int(pool.EstimatedNumberOfUsers),
		Triggers:              triggersOf(pool.LambdaConfig),
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
	readSender(&settings, pool.EmailConfiguration)
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
	if password := policies.PasswordPolicy; password != nil && password.TemporaryPasswordValidityDays > 0 {
		settings.TemporaryPasswordDays = int(password.TemporaryPasswordValidityDays)
	}
	if signIn := policies.SignInPolicy; signIn != nil {
		settings.Passwordless = slices.Contains(signIn.AllowedFirstAuthFactors, types.AuthFactorTypeEmailOtp) ||
			slices.Contains(signIn.AllowedFirstAuthFactors, types.AuthFactorTypeSmsOtp)
	}
}

// readSender reads whether the pool mails through Amazon SES, and as whom.
func readSender(settings *onboard.PoolSettings, mail *types.EmailConfigurationType) {
	if mail == nil || mail.EmailSendingAccount != types.EmailSendingAccountTypeDeveloper {
		return
	}
	settings.OwnSender = true
	settings.Sender = aws.ToString(mail.From)
	if settings.Sender == "" {
		_, settings.Sender, _ = strings.Cut(aws.ToString(mail.SourceArn), ":identity/")
	}
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
		names = append(names, "CustomMessage")
	}
	if sender := config.CustomEmailSender; sender != nil && aws.ToString(sender.LambdaArn) != "" {
		names = append(names, "CustomEmailSender")
	}
	return names
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

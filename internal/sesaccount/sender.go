// Package sesaccount asks Amazon SES about the account that sends a pool's mail.
package sesaccount

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go"

	"usher.example/internal/onboard"
)

// Senders is [onboard.SenderInspector] over Amazon SES. It is safe for concurrent use.
//
// Each call is made once: the caller has little time, and asks again within a minute.
// No request and no answer is logged, whatever the client is configured to log: an
// identity may be somebody's address.
type Senders struct{ client *sesv2.Client }

var _ onboard.SenderInspector = Senders{}

// New returns senders that are asked by a client, which may be shared and keeps its
// settings. Its Region does not matter: that of an identity is asked.
func New(client *sesv2.Client) Senders { return Senders{client} }

// InspectSender implements [onboard.SenderInspector] with GetAccount and
// GetEmailIdentity, side by side.
func (s Senders) InspectSender(ctx context.Context, identity string) (onboard.MailAccount, error) {
	if err := ctx.Err(); err != nil {
		return onboard.MailAccount{}, err
	}
	parsed, err := arn.Parse(identity)
	name, isIdentity := strings.CutPrefix(parsed.Resource, "identity/")
	if err != nil || !isIdentity {
		return onboard.MailAccount{}, &onboard.PoolError{Class: onboard.ErrUnclear, Cause: onboard.CauseNoAnswer, Detail: "the sender has no ARN of an identity"}
	}
	options := func(o *sesv2.Options) {
		o.Region, o.ClientLogMode = parsed.Region, 0
		o.Retryer, o.RetryMaxAttempts = aws.NopRetryer{}, 0
	}
	var account *sesv2.GetAccountOutput
	var state onboard.IdentityState
	var both sync.WaitGroup
	both.Go(func() { account, err = s.client.GetAccount(ctx, &sesv2.GetAccountInput{}, options) })
	both.Go(func() { state = s.stateOf(ctx, name, options) })
	both.Wait()
	if err != nil {
		return onboard.MailAccount{}, judge(err)
	}
	facts := factsOf(account)
	facts.Region, facts.Identity = parsed.Region, state
	return facts, nil
}

// stateOf asks whether an identity may send; "" if that cannot be learned. A pool may
// name an address of a verified domain that is no identity itself (Amazon Cognito API
// Reference, "EmailConfigurationType": SourceArn), and a verified domain stands for its
// subdomains (Amazon SES Developer Guide, "Verified identities").
func (s Senders) stateOf(ctx context.Context, name string, options func(*sesv2.Options)) onboard.IdentityState {
	for name != "" {
		out, err := s.client.GetEmailIdentity(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String(name)}, options)
		var refusal smithy.APIError
		switch {
		case err == nil && out.VerifiedForSendingStatus:
			return onboard.IdentityVerified
		case err != nil && (!errors.As(err, &refusal) || refusal.ErrorCode() != "NotFoundException"):
			return ""
		}
		name = within(name)
	}
	return onboard.IdentityUnverified
}

// within is the domain of an address, or the one above a domain; "" if there is none
// that people have.
func within(name string) string {
	_, domain, isAddress := strings.Cut(name, "@")
	if !isAddress {
		_, domain, _ = strings.Cut(name, ".")
	}
	if !strings.Contains(domain, ".") {
		return ""
	}
	return domain
}

// enforcements are what EnforcementStatus says ("GetAccount").
var enforcements = map[string]onboard.Enforcement{
	"HEALTHY": onboard.Healthy, "PROBATION": onboard.Probation, "SHUTDOWN": onboard.Shutdown,
}

func factsOf(account *sesv2.GetAccountOutput) onboard.MailAccount {
	facts := onboard.MailAccount{
		Sandbox: !account.ProductionAccessEnabled, Paused: !account.SendingEnabled,
		Enforcement: enforcements[aws.ToString(account.EnforcementStatus)],
	}
	if quota := account.SendQuota; quota != nil {
		facts.DailyQuota = max(0, whole(quota.Max24HourSend)) // -1 is no limit ("SendQuota")
		facts.SentToday, facts.Rate = whole(quota.SentLast24Hours), max(0, quota.MaxSendRate)
	}
	return facts
}

// whole rounds a count down to one that every int can hold.
func whole(count float64) int { return int(min(count, math.MaxInt32)) }

// The codes of Amazon SES API v2 Reference, "Common Errors" and "GetAccount", by what
// they mean. Any other is unclear.
var (
	refused = []string{
		"AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired", "UnrecognizedClientException", "InvalidClientTokenId",
		"MissingAuthenticationToken", "ExpiredTokenException", "ExpiredToken", "IncompleteSignature", "InvalidSignatureException", "SignatureDoesNotMatch",
	}
	throttled = []string{"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"}
)

// judge says what the error of a call means. Only the service's code is kept: other
// text may quote what was sent.
func judge(err error) error {
	unclear := &onboard.PoolError{Class: onboard.ErrUnclear, Cause: onboard.CauseNoAnswer, Detail: "no answer from Amazon SES"}
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return unclear
	}
	switch code := refusal.ErrorCode(); {
	case slices.Contains(refused, code):
		return &onboard.PoolError{Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNoRight, Detail: code}
	case slices.Contains(throttled, code):
		return &onboard.PoolError{Class: onboard.ErrThrottled, Cause: onboard.CauseTooManyCalls, Detail: code}
	default:
		unclear.Detail = fmt.Sprintf("Amazon SES answered %.64q", code)
		return unclear
	}
}

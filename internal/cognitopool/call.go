package cognitopool

import (
	"context"
	"errors"
	"net"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"usher.example/internal/onboard"
)

// call runs one operation and translates its error. Operations that have an effect or
// are billed are attempted once; the SDK may read the pool's settings and list users
// again, as its client is configured.
func (p *Pool) call(ctx context.Context, op operation, run func(context.Context, ...func(*cognito.Options)) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var out departure
	options := []func(*cognito.Options){quiet, out.note}
	if op != inspect && op != find {
		options = append(options, once)
	}
	limited, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	err := run(out.watch(limited), options...)
	if err == nil {
		return nil
	}
	return judge(ctx, op, &out, err)
}

// judge says what the error of a call means. The order matters: an error of the
// credentials' own service also has a code, and an answer counts even if ctx has
// ended since.
func judge(ctx context.Context, op operation, out *departure, err error) error {
	var refusal smithy.APIError
	switch {
	case !out.left() && ctx.Err() != nil:
		return ctx.Err()
	case !out.handedOver():
		return &onboard.PoolError{
			Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNotSent,
			Detail: "not sent: " + err.Error(),
		}
	case errors.As(err, &refusal):
		return answerTo(op, refusal.ErrorCode())
	case !out.left():
		return unclear(transportDetail("not connected", err), onboard.CauseUnreachable)
	default:
		return unclear(transportDetail("no answer", err), onboard.CauseNoAnswer)
	}
}

// unclear is an answer that does not say whether the call had its effect.
func unclear(detail string, cause onboard.Cause) error {
	return &onboard.PoolError{Class: onboard.ErrUnclear, Cause: cause, Detail: detail}
}

// transportDetail adds what the network said and nothing else: other errors of a
// call may quote what was sent.
func transportDetail(kind string, err error) string {
	var lookup *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &lookup):
		return kind + ": " + lookup.Error()
	case errors.As(err, &network):
		return kind + ": " + network.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return kind + " within " + CallTimeout.String()
	}
	return kind
}

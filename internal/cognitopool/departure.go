package cognitopool

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/middleware"
)

// departure says whether one call may have reached the service. A call that has not
// left had no effect; in doubt it has left.
//
// A call leaves when it is given to the HTTP client, with one exception: Go's own
// transport reports when it asks for a connection and when it has one, and without a
// connection nothing can have been sent.
type departure struct {
	handed    atomic.Bool // the HTTP client has the call
	asked     atomic.Bool // its transport asks for a connection, and so reports them
	connected atomic.Bool
}

// watch returns a context with which the transport reports connections.
func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { d.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.connected.Store(true) },
	})
}

// note is an option of the SDK: it adds a last step before the HTTP client.
func (d *departure) note(o *cognito.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("NoteDeparture",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
				middleware.DeserializeOutput, middleware.Metadata, error,
			) {
				d.handed.Store(true)
				return next.HandleDeserialize(ctx, in)
			}), middleware.After)
	})
}

// handedOver reports whether the HTTP client was given the call.
func (d *departure) handedOver() bool { return d.handed.Load() }

// left reports whether the service may have got the call.
func (d *departure) left() bool {
	return d.handed.Load() && (d.connected.Load() || !d.asked.Load())
}

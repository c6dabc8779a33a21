package cognitopool

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/middleware"
)

// departure knows whether one call may have reached the service. A call that has
// not left had no effect; in doubt it has left.
//
// A call leaves once it is handed to the HTTP client, with one exception: Go's
// own transport tells when it asks for a connection and when it has one, and
// without one nothing can have been sent.
type departure struct {
	handed    atomic.Bool // the HTTP client has the call
	asked     atomic.Bool // its transport looks for a connection, and so tells of them
	connected atomic.Bool
}

// watch returns a context under which the transport tells of connections.
func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { d.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.connected.Store(true) },
	})
}

// note is an option of the SDK: it puts a last step before the HTTP client.
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

// handedOver reports whether the HTTP client was given the call at all.
func (d *departure) handedOver() bool { return d.handed.Load() }

// left reports whether the service may have got the call.
func (d *departure) left() bool {
	return d.handed.Load() && (d.connected.Load() || !d.asked.Load())
}

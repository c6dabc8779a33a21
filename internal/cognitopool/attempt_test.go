package cognitopool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/cognitopool"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// onceOnly lists the methods that are never repeated: they have an effect, or
// make a user billed.
var onceOnly = []string{"invite", "resend", "look", "add to group"}

func TestOneAttemptHoweverTheClientIsSet(t *testing.T) {
	t.Parallel()
	clients := map[string]func(*cognito.Options){
		"default":      func(*cognito.Options) {},
		"max attempts": func(o *cognito.Options) { o.RetryMaxAttempts = 7 },
		"adaptive":     func(o *cognito.Options) { o.Retryer = retry.NewAdaptiveMode() },
		"own retryer": func(o *cognito.Options) {
			o.Retryer = retry.AddWithErrorCodes(retry.NewStandard(), "UsernameExistsException")
		},
	}
	answers := map[string]awsstub.Answer{
		"throttled":       awsstub.Refusal(400, "TooManyRequestsException", "Rate exceeded"),
		"mail quota":      awsstub.Refusal(400, "LimitExceededException", "Exceeded daily email limit"),
		"internal error":  awsstub.Refusal(500, "InternalErrorException", ""),
		"bad gateway":     {Status: 502, Body: []byte("<html>")},
		"exists":          awsstub.Refusal(400, "UsernameExistsException", ""),
		"connection lost": awsstub.Lost(io.ErrUnexpectedEOF),
		// The SDK repeats this one if the answer's date is far off: a wrong clock.
		"clock skew": {
			Status: 400, Body: map[string]string{"__type": "InvalidSignatureException"},
			Header: http.Header{"Date": {"Thu, 01 Jan 2015 00:00:00 GMT"}},
		},
	}
	for setting, option := range clients {
		for name, answer := range answers {
			for _, operation := range onceOnly {
				t.Run(fmt.Sprintf("%s/%s/%s", setting, name, operation), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						stub := awsstub.New(awsstub.Script(answer))
						if err := operations[operation](t.Context(), over(t, stub, option)); err == nil {
							t.Error("no error")
						}
						if n := len(stub.Calls()); n != 1 {
							t.Errorf("%d HTTP requests were made, want 1", n)
						}
					})
				})
			}
		}
	}
}

// each runs a subtest in a bubble for every method of the pool.
func each(t *testing.T, test func(*testing.T, func(context.Context, *cognitopool.Pool) error)) {
	t.Helper()
	for operation, run := range operations {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, run) })
		})
	}
}

func TestContextEndsBeforeTheCall(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		stub := awsstub.New(awsstub.Script(awsstub.OK(nil)))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := run(ctx, over(t, stub)); err != context.Canceled {
			t.Errorf("err = %v, want context.Canceled itself", err)
		}
		if n := len(stub.Calls()); n != 0 {
			t.Errorf("%d calls were made", n)
		}
	})
}

func TestContextEndsWhileCredentialsAreFetched(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		stub := awsstub.New(awsstub.Script(awsstub.OK(nil)))
		slow := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			<-ctx.Done()
			return aws.Credentials{}, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := run(ctx, over(t, stub, func(o *cognito.Options) { o.Credentials = slow }))
		if err != context.DeadlineExceeded {
			t.Errorf("err = %v, want context.DeadlineExceeded itself", err)
		}
		if n := len(stub.Calls()); n != 0 {
			t.Errorf("%d calls were made", n)
		}
	})
}

// A refusal by the credentials' own service is no answer of the pool.
func TestCredentialsThatCannotBeHadAreMisconfigured(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		broken := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("no credentials here")
		})
		err := run(t.Context(), over(t, awsstub.New(awsstub.Script(awsstub.OK(nil))), func(o *cognito.Options) { o.Credentials = broken }))
		if !errors.Is(err, onboard.ErrMisconfigured) {
			t.Errorf("err = %v, want ErrMisconfigured", err)
		}
	})
}

func TestContextEndsInFlight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := run(ctx, over(t, awsstub.New(awsstub.Script(awsstub.Silence()))))
		if !errors.Is(err, onboard.ErrUnclear) {
			t.Errorf("err = %v, want ErrUnclear", err)
		}
		if errors.Is(err, context.DeadlineExceeded) {
			t.Error("the error also says that nothing was sent")
		}
	})
}

// An answer is an answer, even if nobody waits for it any more.
func TestAnswerAsTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stub := awsstub.New(func(awsstub.Call) awsstub.Answer {
			cancel()
			return awsstub.Refusal(400, "UsernameExistsException", "")
		})
		_, err := over(t, stub).Invite(ctx, onboard.Ask{Email: canary})
		if !errors.Is(err, onboard.ErrExists) {
			t.Errorf("err = %v, want ErrExists", err)
		}
	})
}

func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	for _, operation := range onceOnly {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := operations[operation](t.Context(), over(t, awsstub.New(awsstub.Script(awsstub.Silence()))))
				if !errors.Is(err, onboard.ErrUnclear) {
					t.Errorf("err = %v, want ErrUnclear", err)
				}
				if took := time.Since(began); took != cognitopool.CallTimeout {
					t.Errorf("gave up after %s, want %s", took, cognitopool.CallTimeout)
				}
			})
		})
	}
}

// throughDialer has the SDK use Go's own transport over connections of dial's
// making, in plain text.
func throughDialer(dial func(context.Context, string, string) (net.Conn, error)) func(*cognito.Options) {
	return func(o *cognito.Options) {
		o.BaseEndpoint = aws.String("http://pool.example")
		o.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	}
}

func TestContextEndsWhileConnecting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		tried := make(chan struct{})
		defer close(tried)
		stuck := throughDialer(func(context.Context, string, string) (net.Conn, error) {
			<-tried
			return nil, errors.New("nobody answers")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := run(ctx, over(t, awsstub.New(nil), stuck))
		if err != context.DeadlineExceeded {
			t.Errorf("err = %v, want context.DeadlineExceeded itself: nothing can have been sent", err)
		}
	})
}

func TestContextEndsOnceConnected(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		mute := throughDialer(func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }()
			return ours, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := run(ctx, over(t, awsstub.New(nil), mute)); !errors.Is(err, onboard.ErrUnclear) {
			t.Errorf("err = %v, want ErrUnclear: it may have been read", err)
		}
	})
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, run func(context.Context, *cognitopool.Pool) error) {
		refusing := throughDialer(func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		})
		err := run(t.Context(), over(t, awsstub.New(nil), refusing))
		var answer *onboard.PoolError
		if !errors.As(err, &answer) || answer.Class != onboard.ErrUnclear {
			t.Fatalf("err = %v, want ErrUnclear", err)
		}
		if want := "not connected: dial tcp: connection refused"; answer.Detail != want {
			t.Errorf("detail %q, want %q", answer.Detail, want)
		}
	})
}

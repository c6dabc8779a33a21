package cognitopool_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// What counts as sent rests on what Go's transport tells of its connections, and
// it tells it in other places for HTTP/2 and for a connection that is used again.
func TestCallThatReachedTheServerHasLeft(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP/1.1", true: "HTTP/2"}[h2], func(t *testing.T) {
			t.Parallel()
			arrived, protocol := make(chan context.CancelFunc, 1), make(chan string, 1)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // else a server does not see its client go
				if cancel := <-arrived; cancel != nil {
					protocol <- r.Proto
					cancel()
					<-r.Context().Done()
					return
				}
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				_, _ = w.Write([]byte(`{"User":{"Username":"s-1"}}`))
			}))
			server.EnableHTTP2 = h2
			server.StartTLS()
			t.Cleanup(server.Close)
			pool := over(t, awsstub.New(nil), func(o *cognito.Options) {
				o.BaseEndpoint = aws.String(server.URL)
				o.HTTPClient = server.Client()
			})

			interrupted := func() {
				t.Helper()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				arrived <- cancel
				_, err := pool.Invite(ctx, onboard.Ask{Email: canary})
				if !errors.Is(err, onboard.ErrUnclear) {
					t.Errorf("err = %v over %s, want ErrUnclear: the server has the call", err, <-protocol)
					return
				}
				if got := <-protocol; (got == "HTTP/2.0") != h2 {
					t.Errorf("spoke %s", got)
				}
			}
			interrupted()
			arrived <- nil
			if _, err := pool.Invite(t.Context(), onboard.Ask{Email: canary}); err != nil {
				t.Fatal(err)
			}
			interrupted() // over the connection of the call before
		})
	}
}

package peers

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
)

const motoName = "moto"

// StartMoto starts a moto server, for SQS and Cognito. It returns once the
// server answers. The error is one for [IsMissing] if moto is not installed.
//
// Moto guards its data with no lock, so the returned endpoint is a proxy's that
// passes one request at a time, from all callers. A ReceiveMessage that waits
// for messages therefore delays every other call: poll without waiting. Keep a
// queue to a few hundred messages, which moto searches one by one.
func StartMoto(ctx context.Context) (*Server, error) {
	path, err := findMoto()
	if err != nil {
		return nil, err
	}
	server, err := start(ctx, func(port string) *exec.Cmd {
		return exec.Command(path, "-H", "127.0.0.1", "-p", port)
	})
	if err != nil {
		return nil, err
	}
	if err := server.putFront(); err != nil {
		server.Stop()
		return nil, err
	}
	return server, nil
}

// findMoto prefers what make peers installed, whose version is known.
func findMoto() (string, error) {
	if path, err := cached(motoName, filepath.Join("python", "bin", "moto_server")); err == nil {
		return path, nil
	}
	return onPath(motoName, "moto_server", "run make peers")
}

// putFront moves the server's endpoint to a proxy that serializes requests.
func (s *Server) putFront() error {
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	front := &http.Server{Handler: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // moto builds queue addresses from it
		},
		Transport: newOneAtATime(new(http.Transport)),
	}}
	go func() { _ = front.Serve(listener) }() // ends when front is closed
	s.front = front
	s.Endpoint = "http://" + listener.Addr().String()
	return nil
}

// oneAtATime is a transport that sends a request only when the one before it
// has been answered.
type oneAtATime struct {
	turn chan struct{} // holds a token while a request is under way
	next http.RoundTripper
}

func newOneAtATime(next http.RoundTripper) *oneAtATime {
	return &oneAtATime{turn: make(chan struct{}, 1), next: next}
}

// RoundTrip continues after its caller gives up once the request is sent: the
// server is still working on it, so the next request must wait.
func (o *oneAtATime) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o.turn <- struct{}{}:
	}
	defer func() { <-o.turn }()
	return o.next.RoundTrip(request.WithContext(context.WithoutCancel(ctx)))
}

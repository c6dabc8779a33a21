package local_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/local"
)

// pipes is a listener whose connections are in memory, for tests in virtual time.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// Half a head or half a body, and then nothing, must not keep a connection for good.
func TestHalfSentCallsAreCutOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent  string
		limit time.Duration
	}{
		"head": {sent: "POST /requests HTTP/1.1\r\nHost: localhost\r\nContent-", limit: 10 * time.Second},
		"body": {sent: "POST /requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\nemail\nann@", limit: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				system := local.New(local.Config{}, slog.New(slog.DiscardHandler))
				listener := pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- system.Run(ctx, listener) }()
				caller, server := net.Pipe()
				listener.dialed <- server
				began := time.Now()
				if _, err := io.WriteString(caller, test.sent); err != nil {
					t.Fatal(err)
				}
				_ = caller.SetReadDeadline(began.Add(time.Hour))
				if _, err := io.ReadAll(caller); errors.Is(err, context.DeadlineExceeded) || time.Since(began) > test.limit+10*time.Second {
					t.Errorf("the connection was kept for %s, want %s: %v", time.Since(began), test.limit, err)
				}
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

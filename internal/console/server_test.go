package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// serve runs a local usher for the time of a test and returns its address.
func serve(t *testing.T, cfg local.Config) string {
	t.Helper()
	base, _ := serveSystem(t, cfg)
	return base
}

func serveSystem(t *testing.T, cfg local.Config) (string, *local.System) {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	system := local.New(cfg, slog.New(slog.DiscardHandler))
	listener, err := system.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- system.Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String(), system
}

// serveGated runs a local usher whose pool answers nobody until open is called, so
// that a request runs for as long as a test needs it to.
func serveGated(t *testing.T) (base string, open func()) {
	t.Helper()
	opened := make(chan struct{})
	open = sync.OnceFunc(func() { close(opened) })
	base = serve(t, local.Config{Faults: memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
		<-opened
		return nil
	}}})
	t.Cleanup(open) // before the server is to end
	return base, open
}

// people are n addresses, one on each line.
func people(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "person%d@example.org\n", i+1)
	}
	return b.String()
}

// mailbox reads what the pool has mailed.
func mailbox(t *testing.T, base string) []memory.Mail {
	t.Helper()
	r, err := http.Get(base + "/local/mailbox")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var mails []memory.Mail
	if err := json.NewDecoder(r.Body).Decode(&mails); err != nil {
		t.Fatal(err)
	}
	return mails
}

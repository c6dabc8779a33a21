package console_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"usher.example/internal/local"
	"usher.example/internal/memory"
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

package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// serve runs a local usher until the test ends and returns where it is.
func serve(t *testing.T, cfg local.Config) string {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	system := local.New(cfg, slog.New(slog.DiscardHandler))
	listener, err := system.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- system.Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// request is what of a request these tests look at.
type request struct {
	ID     string         `json:"request_id"`
	State  string         `json:"state"`
	Done   bool           `json:"done"`
	Counts map[string]int `json:"counts"`
}

func fetch(t *testing.T, method, url, kind, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, url, answer.StatusCode, text.String())
	}
	if err := json.Unmarshal(text.Bytes(), into); err != nil {
		t.Fatalf("%v in %s", err, text.String())
	}
}

// patience is how long a request of these tests may take: a second or two, many
// times that on a machine with other things to do.
const patience = time.Minute

// await polls until the request is done.
func await(t *testing.T, url, id string) request {
	t.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var r request
		fetch(t, http.MethodGet, url+"/requests/"+id, "", "", &r)
		if r.Done {
			return r
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("request %s is not done after %s: %+v", id, patience, r)
		}
	}
}

func TestThousandRowsAreInvitedOnceEach(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{CreationRate: 1000})
	var body strings.Builder
	body.WriteString("email,given_name\n")
	for i := range 1000 {
		fmt.Fprintf(&body, "person%04d@example.org,Person\n", i)
	}
	var r request
	fetch(t, http.MethodPost, url+"/requests", "text/csv", body.String(), &r)
	if r = await(t, url, r.ID); r.State != "completed" || r.Counts["invited"] != 1000 {
		t.Errorf("%+v", r)
	}
	var mails []memory.Mail
	fetch(t, http.MethodGet, url+"/local/mailbox", "", "", &mails)
	seen := map[string]bool{}
	for _, m := range mails {
		if seen[m.To] {
			t.Errorf("%s was mailed twice", m.To)
		}
		seen[m.To] = true
		if !strings.Contains(m.Body, m.To) {
			t.Errorf("a mail without its user name: %q", m.Body)
		}
	}
	if len(mails) != 1000 {
		t.Errorf("%d mails, want 1,000", len(mails))
	}
}

func TestTenThousandRowsAreAcceptedInOneCall(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{})
	var body strings.Builder
	body.WriteString("email\n")
	for i := range 10_000 {
		fmt.Fprintf(&body, "person%05d@example.org\n", i)
	}
	var r request
	fetch(t, http.MethodPost, url+"/requests", "text/csv", body.String(), &r)
	if r.Counts["total"] != 10_000 || r.State != "running" {
		t.Errorf("%+v", r)
	}
}

func TestFaultsOnDemandLeaveNobodyOut(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{CreationRate: 1000, Faults: memory.Faults{MailAnswer: func(memory.Op, string) *onboard.PoolError {
		return &onboard.PoolError{Class: onboard.ErrRefused, Unmailed: true}
	}}})
	var r request
	fetch(t, http.MethodPost, url+"/requests", "application/json", `["ann@example.org","bob@example.org"]`, &r)
	if r = await(t, url, r.ID); r.State != "completed_with_errors" || r.Counts["not_mailed"] != 2 {
		t.Errorf("%+v", r)
	}
}

// A local usher makes no call over the network unless it is asked to.
func TestDomainsAreLookedUpOnRequestOnly(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": false, "false": false, "true": true} {
		cfg, err := local.ConfigFrom(func(name string) string { return map[string]string{"MAIL_DOMAIN_CHECK": value}[name] })
		if err != nil || cfg.MailDomainCheck != want {
			t.Errorf("MAIL_DOMAIN_CHECK=%s: %t, %v", value, cfg.MailDomainCheck, err)
		}
	}
}

func TestFaultySettingsAreReportedTogether(t *testing.T) {
	t.Parallel()
	env := map[string]string{"USER_CREATION_RATE": "fast", "MAIL_QUOTA": "-1", "POOL_LATENCY": "5", "FAULT_NOT_MAILED": "2"}
	_, err := local.ConfigFrom(func(name string) string { return env[name] })
	if err == nil {
		t.Fatal("no fault")
	}
	for name := range env {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
}

func TestAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{})
	addr := strings.TrimPrefix(url, "http://")
	_, err := local.New(local.Config{Addr: addr}, slog.New(slog.DiscardHandler)).Listen()
	if err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("a second usher at %s: %v", addr, err)
	}
}

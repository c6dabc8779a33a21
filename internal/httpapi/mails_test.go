package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher.example/internal/httpapi"
)

// addresses returns n addresses that begin with prefix, one a line.
func addresses(prefix string, n int) string {
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "%s%d@example.org\n", prefix, i)
	}
	return body.String()
}

// What is not known of the mail is null.
func TestAForecastOfUnknownMail(t *testing.T) {
	t.Parallel()
	got := setup(t).want(200, post("/requests?dry_run=true", "text/plain", addresses("new", 100)))["forecast"].(map[string]any)
	if got["mails"] != 100.0 || got["mail_quota"] != nil || got["mails_left"] != nil || got["mail_days"] != nil || got["group_rate_per_second"] != nil {
		t.Errorf("forecast %v", got)
	}
}

// People who could never be mailed are not accepted: the answer says how many can be.
func TestMailsThatTakeTooLongAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) {
		cfg.MailQuota, cfg.MaxOpen = 10, 3*24*time.Hour
	})
	refused := b.want(422, post("/requests", "text/plain", addresses("more", 31)))
	const says = "31 mails at 10 a day take 4 days, and a request is open for 3. Send at most 30 people in one request, use an SES identity with a larger quota, or suppress the mail."
	if refused["code"] != "mail_takes_too_long" || refused["detail"] != says {
		t.Errorf("refused with %v: %v", refused["code"], refused["detail"])
	}
	dry := b.want(200, post("/requests?dry_run=true", "text/plain", addresses("more", 31)))
	found := false
	for _, f := range dry["findings"].([]any) {
		f := f.(map[string]any)
		found = found || f["code"] == "mail_takes_too_long" && f["severity"] == "error" && f["fix"] == says
	}
	if !found {
		t.Errorf("a dry run does not say so: %v", dry["findings"])
	}
}

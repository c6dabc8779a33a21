package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
)

// A refusal says what would be accepted: that is, and one more is not.
func TestWhatARefusalSuggestsIsAccepted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		used, people int
		says         string
		waits        bool // until the next day
		accepted     int
	}{
		{9, 2, "Send at most 1, or wait for the next day.", false, 1},
		{9, 2, "Send at most 1, or wait for the next day.", true, 2},
		{10, 2, "Wait for the next day.", true, 2},
		{4, 11, "Send at most 6 today.", false, 6},
		{10, 11, "Wait for the next day, and send at most 10 then.", true, 10},
	} {
		t.Run(fmt.Sprintf("%d of 10 used, %d more", test.used, test.people), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, func(cfg *httpapi.Config) { cfg.DailyInvitations = 10 })
				b.want(202, postJSON("/requests", users(test.used)))
				refused := b.want(429, postJSON("/requests", users(test.people)))
				if detail := refused["detail"].(string); !strings.HasSuffix(detail, fmt.Sprintf("%d are used, and this would be %d more. %s", test.used, test.people, test.says)) {
					t.Errorf("says %q, want it to end with %q", detail, test.says)
				}
				if test.waits {
					time.Sleep(24 * time.Hour)
				} else {
					b.problem(429, postJSON("/requests", users(test.accepted+1)))
				}
				b.want(202, postJSON("/requests", users(test.accepted)))
			})
		})
	}
}

// The same for the mail of the days that a request may be open, of which the first
// may be half gone.
func TestAsManyAsARefusalSaysCanBeMailedInTime(t *testing.T) {
	t.Parallel()
	for sent, most := range map[int]int{0: 30, 4: 26, 10: 20} {
		t.Run(fmt.Sprintf("%d of 10 sent", sent), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, func(cfg *httpapi.Config) { cfg.MailQuota, cfg.MaxOpen = 10, 3*24*time.Hour })
				b.invite(sent)
				for _, n := range []int{most + 1, 99} {
					refused := b.want(422, post("/requests", "text/plain", addresses("new", n)))
					if detail := refused["detail"].(string); !strings.Contains(detail, fmt.Sprintf("Send at most %d people in one request", most)) {
						t.Errorf("%d people: %s", n, detail)
					}
				}
				b.want(202, post("/requests", "text/plain", addresses("new", most)))
			})
		})
	}
}

// Who is invited is no failure that a retry takes, whatever their groups. So the
// row must not ask for one.
func TestAMissingGroupAsksForNoRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = nil }) // or the row is refused at once
		submitted := "/requests/" + id(b.want(202, postJSON("/requests", `{"users":[{"email":"ann@example.org","groups":["nowhere"]}]}`)))
		b.work(10 * time.Second)
		row := b.want(200, get(submitted+"/invitations"))["invitations"].([]any)[0].(map[string]any)
		if row["state"] != "invited" || row["code"] != "group_not_added" || strings.Contains(row["reason"].(string), "retry") {
			t.Errorf("row: %v", row)
		}
		if code := b.problem(409, postJSON(submitted+"/retry", "")); code != "not_now" {
			t.Errorf("a retry is refused with %s", code)
		}
	})
}

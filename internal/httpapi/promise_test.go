package httpapi_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
)

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

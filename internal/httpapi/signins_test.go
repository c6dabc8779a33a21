package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

func TestAScanIsSeenOnTheRequestItsRowsAndItsResults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		request := id(b.want(202, post("/requests", "text/csv", "email\nann@example.org\nbob@example.org\n")))
		b.work(5 * time.Second)
		view, rows := get("/requests/"+request), get("/requests/"+request+"/invitations")
		first := b.do(view).Header().Get("ETag")
		if v := b.want(200, view); v["sign_ins"] != nil {
			t.Errorf("before a scan: %v", v["sign_ins"])
		}
		if body := b.do(rows).Body.String(); strings.Contains(body, "signed_in") {
			t.Errorf("rows before a scan say %s", body)
		}
		if err := b.pool.SignIn("ann@example.org"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		asked := b.want(http.StatusAccepted, post("/requests/"+request+"/scan", "", ""))["sign_ins"].(map[string]any)
		if asked["scanning"] != true || asked["as_of"] != nil {
			t.Errorf("asked for: %v", asked)
		}
		system := b.system()
		system.Directory = b.pool
		if _, err := system.Requeuer().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		found := b.want(200, view)["sign_ins"].(map[string]any)
		if found["scanning"] != false || found["as_of"] == nil || found["yes"] != 1.0 || found["no"] != 1.0 || found["unknown"] != 0.0 {
			t.Errorf("after the scan: %v", found)
		}
		if second := b.do(view).Header().Get("ETag"); second == first {
			t.Error("a scan does not change the tag: a poll would not see it")
		}
		if body := b.do(rows).Body.String(); strings.Count(body, `"signed_in":"yes"`) != 1 || strings.Count(body, `"signed_in":"no"`) != 1 {
			t.Errorf("rows say %s", body)
		}
		csv := b.do(rows.with("Accept", "text/csv")).Body.String()
		for _, part := range []string{"email,state,code,reason,signed_in", "ann@example.org,invited,,,yes", "bob@example.org,invited,,,no"} {
			if !strings.Contains(csv, part) {
				t.Errorf("results lack %s: %s", part, csv)
			}
		}
		// What was downloaded can be sent again: the added columns are no attributes.
		again := id(b.want(202, post("/requests", "text/csv", csv)))
		if body := b.do(get("/requests/" + again + "/invitations")).Body.String(); strings.Contains(body, `"attributes"`) {
			t.Errorf("sent again: %s", body)
		}
		time.Sleep(onboard.DefaultPasswordLife)
		if late := b.do(rows).Body.String(); strings.Count(late, `"expired":true`) != 1 {
			t.Errorf("after a week rows say %s", late)
		}
	})
}

func TestAScanOfNothingIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.problem(http.StatusNotFound, post("/requests/01NONE/scan", "", ""))
	b.problem(http.StatusBadRequest, post("/requests/01R/scan?x=1", "", ""))
	nobody := setup(t, func(cfg *httpapi.Config) { cfg.Directory = nil })
	request := id(nobody.want(202, post("/requests", "text/csv", "email\nann@example.org\n")))
	nobody.problem(http.StatusConflict, post("/requests/"+request+"/scan", "", ""))
}

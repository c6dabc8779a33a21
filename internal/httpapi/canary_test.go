package httpapi_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// The canaries: none may stand in a log line or in a problem.
const (
	canaryAddress  = "canary-address@example.org"
	canaryName     = "Canaria Canaris"
	canaryPassword = "Canary-Passw0rd!"
	canaryToken    = "canary-token.canary-token.canary-token"
	canaryKey      = "canary-key-0123456789"
)

// canaryCalls sends the canaries along every way in.
func canaryCalls(request string) []call {
	user := fmt.Sprintf(`{"email":%q,"attributes":{"name":%q,"password":%q},"ref":%q}`, canaryAddress, canaryName, canaryPassword, canaryName)
	row := fmt.Sprintf("email,name,password\r\n%s,%s,%s\r\n", canaryAddress, canaryName, canaryPassword)
	bodies := []call{
		postJSON("", user), postJSON("", "["+user+","+user+"]"), postJSON("", `{"users":[`+user+`],"label":"x"}`),
		postJSON("", user+" "+canaryAddress), postJSON("", user[:len(user)-3]), postJSON("", `{"`+canaryAddress+`":1}`), postJSON("", `[{"email":"`+canaryAddress+`","`+canaryAddress+`":1}]`),
		postJSON("", `["`+canaryAddress+` `+canaryName+`"]`), postJSON("", `"`+canaryAddress+`@"`), postJSON("", `[{"email":{"x":"`+canaryAddress+`"}}]`),
		post("", "application/x-ndjson", user+"\n"+user+"x\n"), post("", "text/csv", row), post("", "text/csv", row+`"`+canaryAddress), post("", "text/csv", canaryAddress+"\r\n"+canaryName+"\r\n"),
		post("", "text/csv", "email\r\n"+canaryAddress+",x\r\n"), post("", "text/plain", canaryAddress+"\n"+canaryAddress+" x\n"), post("", "text/plain", canaryAddress+"@"),
		post("", "application/x-www-form-urlencoded", "email="+canaryAddress+"&x"+canaryAddress+"="), post("", "application/x-www-form-urlencoded", "email="+canaryAddress+"%zz"),
		post("", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\""+canaryAddress+".csv\"\r\n\r\n"+row+"\r\n--b--\r\n"),
		post("", canaryAddress, user), post("", "text/csv; charset="+canaryAddress, row), postJSON("", user).with("Content-Encoding", canaryAddress),
		postJSON("", `{"filter":"`+canaryAddress+`"}`), postJSON("", `{"filter":"expired","`+canaryAddress+`":1}`), postJSON("", `{"filter":"not_mailed"}`), postJSON("", `{"email":"`+canaryAddress+`","`+canaryAddress+`":1}`), postJSON("", `{"email":["`+canaryAddress+`"]}`), postJSON("", `{"email":"`+canaryAddress+` `+canaryName+`"}`),
	}
	var calls []call
	for _, c := range bodies {
		for _, target := range []string{"/requests", "/requests?dry_run=true", "/requests?label=" + canaryAddress, "/owner/create", "/requests/" + request + "/resend", "/requests/" + canaryAddress + "/resend", "/people/lookup", "/people/resend", "/people/cancel", "/people/export", "/people/erase", "/requests/" + canaryAddress + "/erase"} {
			c.target = target
			calls = append(calls, c)
		}
	}
	for _, target := range []string{
		"/requests/" + canaryAddress, "/requests?cursor=" + canaryAddress, "/requests?" + canaryAddress, "/requests?limit=" + canaryAddress, "/" + canaryAddress,
		"/requests/" + request + "/invitations?state=" + canaryAddress, "/requests/" + request + "/invitations?cursor=" + canaryAddress, "/requests/" + request, "/requests", "/pool", "/health", "/console/" + canaryAddress,
	} {
		calls = append(calls, get(target), get(target).with("Accept", canaryAddress), call{method: "PUT", target: target})
	}
	return calls
}

func TestNothingTellsTheCanary(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*httpapi.Config)
	}{
		{name: "well", change: func(*httpapi.Config) {}},
		{name: "queue fails", change: withQueue(&slowQueue{fail: 1 << 30})},
		{name: "store fails", change: func(cfg *httpapi.Config) { cfg.Store = &brokenStore{err: errors.New("no table"), Store: cfg.Store} }},
		{name: "handler panics", change: func(cfg *httpapi.Config) { cfg.Store = &brokenStore{panic: true, Store: cfg.Store} }},
		{name: "nobody may", change: func(cfg *httpapi.Config) { cfg.AdminGroup = "others" }},
		{name: "limits", change: func(cfg *httpapi.Config) { cfg.DailyInvitations, cfg.Limits.Rows, cfg.Limits.CellBytes = 1, 1, 10 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, test.change)
			b.caller = &httpapi.Caller{Name: canaryAddress, Sub: "sub-1", Groups: []string{adminGroup}, TokenUse: "access"}
			b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1},
				onboard.Invitation{Row: 1, Person: onboard.Person{Email: canaryAddress, Ref: canaryName}, Round: 1, State: onboard.NotMailed})
			for _, c := range canaryCalls("01R") {
				w := b.do(c.with("Authorization", "Bearer "+canaryToken).with("Idempotency-Key", canaryKey).with("Cookie", canaryToken))
				holdsNoCanary(t, c, w)
			}
			if line := toldIn(b.log.String()); line != "" {
				t.Errorf("the log tells %s:\n%s", line, b.log)
			}
		})
	}
}

// holdsNoCanary looks at what must hold none: problems, and of good answers the
// headers and, for passwords, tokens and keys, the body too.
func holdsNoCanary(t *testing.T, c call, w *httptest.ResponseRecorder) {
	t.Helper()
	if told := toldIn(fmt.Sprint(w.Header())); told != "" {
		t.Errorf("%s %s %.60q: the headers tell %s: %v", c.method, c.target, c.body, told, w.Header())
	}
	if told := toldIn(w.Body.String()); told != "" && (w.Code >= 400 || !strings.Contains(canaryAddress+canaryName, told)) {
		t.Errorf("%s %s %.60q: the answer %d tells %s: %s", c.method, c.target, c.body, w.Code, told, w.Body)
	}
}

func toldIn(text string) string {
	for _, canary := range []string{canaryAddress, canaryName, canaryPassword, canaryToken, canaryKey} {
		if strings.Contains(text, canary) {
			return canary
		}
	}
	return ""
}

func TestQueueAndStoreGetNoSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		body := fmt.Sprintf("email,password,note\r\n%s,%s,x\r\n", canaryAddress, canaryPassword)
		submitted := id(b.want(202, post("/requests", "text/csv", body).with("Idempotency-Key", canaryKey)))
		b.work(5 * time.Second)
		invitations, err := b.store.ListInvitations(t.Context(), submitted, 0, 10)
		if err != nil || len(invitations) != 1 {
			t.Fatalf("%d invitations, %v", len(invitations), err)
		}
		r, err := b.store.Request(t.Context(), submitted)
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%+v %+v", invitations, r); strings.Contains(text, canaryPassword) || strings.Contains(text, canaryKey) {
			t.Errorf("the store holds a secret: %s", text)
		}
		if _, err := b.store.Key(t.Context(), onboard.KeyID("sub-eve", canaryKey)); err != nil {
			t.Errorf("the key is not kept by its hash: %v", err)
		}
	})
}

package fakecognito

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"usher.example/internal/memory"
)

// The pool that every fake has, and whose credentials call it.
const (
	Region  = "ap-northeast-1"
	Account = "111122223333"
	PoolID  = Region + "_AbC123"
	PoolARN = "arn:aws:cognito-idp:" + Region + ":" + Account + ":userpool/" + PoolID
)

// Fake is the HTTP handler. Make it with [New]. It is safe for concurrent use.
type Fake struct {
	Pool *memory.Pool
	name string

	mu     sync.Mutex
	denied map[string]bool
	cut    int

	passwords int
}

// Report is what happened at a fake.
type Report struct {
	Users     int `json:"users"`
	Mails     int `json:"mails"`
	Twice     int `json:"mailed_twice"` // addresses with more than one mail
	Unmailed  int `json:"unmailed"`     // users without a mail
	Calls     int `json:"creations"`    // AdminCreateUser, those turned away included
	Throttled int `json:"throttled"`
	Cut       int `json:"cut_bodies"` // refused because they did not arrive whole

	Passwords int `json:"temporary_passwords"` // creations and mails that brought one; the fake keeps none
}

// New returns a fake over a pool of that kind, named Example Staff.
func New(cfg memory.PoolConfig) *Fake {
	return &Fake{Pool: memory.NewPool(cfg), name: "Example Staff", denied: map[string]bool{}}
}

// Deny has the fake refuse operations, such as AdminCreateUser, for want of a right.
// Those that are not named are allowed.
func (f *Fake) Deny(operations ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.denied = map[string]bool{}
	for _, operation := range operations {
		f.denied[operation] = true
	}
}

// Report returns what has happened so far.
func (f *Fake) Report() Report {
	calls := f.Pool.Calls()
	f.mu.Lock()
	r := Report{Calls: calls.Invites + calls.Resends, Throttled: calls.Throttled, Cut: f.cut, Passwords: f.passwords}
	f.mu.Unlock()
	mails := map[string]int{}
	for _, m := range f.Pool.Mailbox() {
		r.Mails++
		if to := strings.ToLower(m.To); mails[to] == 1 {
			r.Twice++
			mails[to]++
		} else {
			mails[to]++
		}
	}
	for _, u := range f.Pool.Users() {
		r.Users++
		if mails[strings.ToLower(u.Email)] == 0 {
			r.Unmailed++
		}
	}
	return r
}

// ServeHTTP answers calls of the AWS protocols, and GET /report.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/report" {
		_ = json.NewEncoder(w).Encode(f.Report())
		return
	}
	if strings.HasPrefix(r.URL.Path, "/v2/email/") {
		f.serveSES(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.mu.Lock()
		f.cut++
		f.mu.Unlock()
		refuse(w, "SerializationException")
		return
	}
	_, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok {
		identify(w)
		return
	}
	f.mu.Lock()
	denied := f.denied[operation]
	f.mu.Unlock()
	if denied {
		refuse(w, "AccessDeniedException")
		return
	}
	f.perform(w, r, operation, body)
}

// identify is GetCallerIdentity of AWS STS, for a user named ann.
func identify(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::`+Account+`:user/ann</Arn><UserId>AIDAEXAMPLE</UserId><Account>`+Account+`</Account>`+
		`</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`)
}

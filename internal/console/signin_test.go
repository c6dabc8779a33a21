package console_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"usher.example/internal/console"
	"usher.example/internal/httpapi"
	"usher.example/internal/local"
)

// hostedLogin stands in for Cognito's hosted pages and token endpoint, as the
// Amazon Cognito Developer Guide documents them ("User pool endpoints and
// managed login reference"): a code is good once, for its verifier alone.
type hostedLogin struct {
	*httptest.Server

	client string

	mu         sync.Mutex
	challenges map[string]string // by code
	grants     []string
	valid      string   // the one access token that is good now
	revoked    bool     // refresh tokens are invalid
	ended      []string // tokens that were revoked, with their client
	silent     bool     // the revocation endpoint does not answer
	home       string   // the address that the client may come back to
}

func newHostedLogin(t *testing.T) *hostedLogin {
	t.Helper()
	l := &hostedLogin{client: "4exampleclient", challenges: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/authorize", l.authorize)
	mux.HandleFunc("POST /oauth2/token", l.token)
	mux.HandleFunc("POST /oauth2/revoke", l.revoke)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("logout_uri"), http.StatusFound)
	})
	l.Server = httptest.NewServer(mux)
	t.Cleanup(l.Close)
	return l
}

func (l *hostedLogin) authorize(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ask := r.URL.Query()
	want := map[string]string{
		"response_type": "code", "client_id": l.client, "code_challenge_method": "S256", "redirect_uri": l.home, "scope": "openid email",
	}
	for name, value := range want {
		if ask.Get(name) != value {
			http.Error(w, fmt.Sprintf("%s is %q, want %q", name, ask.Get(name), value), http.StatusBadRequest)
			return
		}
	}
	code := fmt.Sprintf("code-%d", len(l.challenges)+1)
	l.challenges[code] = ask.Get("code_challenge")
	back := l.home + "?" + url.Values{"code": {code}, "state": {ask.Get("state")}}.Encode()
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, `<!doctype html><title>Hosted</title><h1>Hosted sign-in</h1><a href="%s">Let me in</a> <a href="%s">Keep me out</a>`,
		strings.ReplaceAll(back, "&", "&amp;"), l.home+"?error=access_denied&amp;state="+ask.Get("state"))
}

func (l *hostedLogin) token(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	grant := r.PostFormValue("grant_type")
	l.grants = append(l.grants, grant)
	if !l.grant(grant, r) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	l.valid = fmt.Sprintf("access-%d", len(l.grants))
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"email":"zoë@example.org"}`))
	refresh := ""
	if grant == "authorization_code" {
		refresh = `,"refresh_token":"refresh-1"`
	}
	fmt.Fprintf(w, `{"access_token":%q,"id_token":"e30.%s.x","token_type":"Bearer","expires_in":3600%s}`, l.valid, claims, refresh)
}

// revoke answers without CORS headers: AWS does not say that there are any.
func (l *hostedLogin) revoke(_ http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	silent := l.silent
	l.ended = append(l.ended, r.PostFormValue("token")+" of "+r.PostFormValue("client_id"))
	l.revoked = true
	l.mu.Unlock()
	if silent {
		<-r.Context().Done()
	}
}

func (l *hostedLogin) grant(grant string, r *http.Request) bool {
	if r.PostFormValue("client_id") != l.client || r.PostFormValue("client_secret") != "" {
		return false
	}
	switch grant {
	case "authorization_code":
		code := r.PostFormValue("code")
		challenge := l.challenges[code]
		l.challenges[code] = ""
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		return challenge != "" && r.PostFormValue("redirect_uri") == l.home && base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
	case "refresh_token":
		return !l.revoked && r.PostFormValue("refresh_token") == "refresh-1"
	}
	return false
}

// granted lists what was asked for at the token endpoint.
func (l *hostedLogin) granted() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.grants, " ")
}

// expire makes the access token worthless, and the refresh token too if asked.
func (l *hostedLogin) expire(revoke bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.valid, l.revoked = "", revoke
}

// deployed serves a usher that takes the login's tokens, as API Gateway does:
// nothing but the console and what is open passes without one.
func deployed(t *testing.T, l *hostedLogin) string {
	t.Helper()
	pages, err := console.New(console.Config{Domain: l.URL, ClientID: l.client})
	if err != nil {
		t.Fatal(err)
	}
	behind, err := url.Parse(serve(t, local.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	api := httputil.NewSingleHostReverseProxy(behind)
	mux := http.NewServeMux()
	mux.Handle("GET /console/", pages)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		good := l.valid != "" && r.Header.Get("Authorization") == "Bearer "+l.valid
		l.mu.Unlock()
		if !good {
			httpapi.WriteProblem(w, http.StatusUnauthorized, "unauthorized", "sign in first")
			return
		}
		api.ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	l.home = server.URL + "/console/"
	return server.URL
}

func TestSignInWithPKCE(t *testing.T) {
	t.Parallel()
	l := newHostedLogin(t)
	b := newTab(t, deployed(t, l))
	b.expect("status of 401")
	b.expect("status of 400 (Bad Request) " + l.URL)
	b.expect("favicon.ico") // of the stand-in's page
	b.open("#/help")
	b.sees("Supported formats") // open to all
	b.open("#/new")
	b.sees("Here, administrators invite people into a user pool.")
	b.look("sign-in")
	b.press("Sign in")
	b.sees("Hosted sign-in")
	b.press("Let me in")
	b.sees("Who do you want to invite?", "zoë@example.org")
	b.holdsNoSecret()

	b.open("#/")
	b.sees("No invitations yet.")
	l.expire(false)
	b.do(chromedp.Reload())
	b.sees("No invitations yet.", "zoë@example.org")
	if got := l.granted(); got != "authorization_code refresh_token" {
		t.Errorf("grants %q, want one sign-in and one renewal", got)
	}

	l.expire(true)
	b.do(chromedp.Reload())
	b.sees("Sign in to continue where you left off.")
	if b.holds(`sessionStorage.getItem('usher.session') !== null`) {
		t.Error("invalid tokens are kept")
	}
}

// holdsNoSecret looks for the tokens where others could find them.
func (b *tab) holdsNoSecret() {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	if want := b.base + "/console/#/new"; at != want {
		b.t.Errorf("the address is %s, want %s: code and state are to be out of it", at, want)
	}
	if !b.holds(`document.cookie === '' && localStorage.length === 0`) {
		b.t.Error("something is kept in cookies or local storage")
	}
	if !b.holds(`sessionStorage.getItem('usher.signing-in') === null`) {
		b.t.Error("the verifier is kept after its use")
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		l := newHostedLogin(t)
		l.silent = silent
		b := newTab(t, deployed(t, l))
		b.expect("favicon.ico")
		if silent {
			b.expect("oauth2/revoke")
		}
		b.open("")
		b.press("Sign in")
		b.press("Let me in")
		b.sees("No invitations yet.")
		b.press("Sign out")
		b.sees("Here, administrators invite people into a user pool.")
		if !b.holds(`sessionStorage.length === 0`) {
			t.Error("tokens are kept after signing out")
		}
		l.mu.Lock()
		if got, want := strings.Join(l.ended, ", "), "refresh-1 of "+l.client; got != want {
			t.Errorf("revoked %q, want %q: the refresh token works for hours", got, want)
		}
		l.mu.Unlock()
	}
}

func TestTurnedAwayAtSignIn(t *testing.T) {
	t.Parallel()
	l := newHostedLogin(t)
	b := newTab(t, deployed(t, l))
	b.expect("favicon.ico")
	b.open("")
	b.press("Sign in")
	b.press("Keep me out")
	b.sees("The sign-in page refused (access_denied). Sign in again.")
}

// The code of another person must not sign us in as that person.
func TestCodeOfAnotherIsRefused(t *testing.T) {
	t.Parallel()
	l := newHostedLogin(t)
	b := newTab(t, deployed(t, l))
	b.do(chromedp.Navigate(b.base + "/console/?code=code-1&state=theirs"))
	b.sees("The sign-in was started in another tab.")
	if got := l.granted(); got != "" {
		t.Errorf("the code was used: %s", got)
	}
	if at, err := chromedp.Run(b.ctx, chromedp.Location()); err != nil || strings.Contains(at, "code") {
		t.Errorf("the address still is %s (%v)", at, err)
	}
}

func TestNoSignInPage(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(handler(t, console.Config{ClientID: "4exampleclient"}))
	t.Cleanup(server.Close)
	b := newTab(t, server.URL)
	b.open("")
	b.sees("Sign-in is not set up", "SignInDomainPrefix")
}

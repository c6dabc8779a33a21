package console_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"usher.example/internal/console"
)

var hosted = console.Config{Domain: "people.auth.eu-west-1.amazoncognito.com", ClientID: "4example"}

// handler returns the console of a configuration that must be good.
func handler(t *testing.T, cfg console.Config) http.Handler {
	t.Helper()
	h, err := console.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var folder = regexp.MustCompile(`src="([0-9a-f]{12})/app\.js"`)

// version is the folder that the page takes its files from.
func version(t *testing.T, h http.Handler) string {
	t.Helper()
	found := folder.FindStringSubmatch(body(t, get(t, h, "/console/")))
	if found == nil {
		t.Fatal("the page names no folder")
	}
	return found[1]
}

func TestEveryFileIsServed(t *testing.T) {
	t.Parallel()
	h := handler(t, hosted)
	folder := version(t, h)
	types := map[string]string{
		".css": "text/css; charset=utf-8", ".csv": "text/csv; charset=utf-8",
		".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}
	err := fs.WalkDir(os.DirFS("web"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == "index.html" {
			return err
		}
		want, err := os.ReadFile(path.Join("web", name))
		if err != nil {
			return err
		}
		r := get(t, h, "/console/"+folder+"/"+name)
		if got := r.Header.Get("Content-Type"); got != types[path.Ext(name)] {
			t.Errorf("%s: type %q, want %q", name, got, types[path.Ext(name)])
		}
		if got := r.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: caching %q", name, got)
		}
		if r.StatusCode != http.StatusOK || body(t, r) != string(want) {
			t.Errorf("%s: status %d, or another content", name, r.StatusCode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	h := handler(t, hosted)
	r := get(t, h, "/console/")
	if got := r.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("caching %q, want no-cache: a deployment must show at once", got)
	}
	again := get(t, h, "/console/", "If-None-Match", r.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("status %d, want 304", again.StatusCode)
	}
	other := get(t, handler(t, console.Config{Local: true}), "/console/", "If-None-Match", r.Header.Get("ETag"))
	if other.StatusCode != http.StatusOK {
		t.Errorf("status %d: a page with another sign-in has the same tag", other.StatusCode)
	}
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	h := handler(t, hosted)
	folder := version(t, h)
	for _, target := range []string{
		"/console/" + folder, "/console/" + folder + "/", "/console/" + folder + "/index.html",
		"/console/0123456789ab/app.js", "/console/app.js", "/console/requests", "/console/../console.go", "/elsewhere",
	} {
		r := get(t, h, target)
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", target, r.StatusCode)
		}
		if got := r.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: caching %q, want no-store", target, got)
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		cfg     console.Config
		connect string
	}{
		{name: "hosted", cfg: hosted, connect: "connect-src 'self' https://people.auth.eu-west-1.amazoncognito.com;"},
		{name: "hosted, with the scheme", cfg: console.Config{Domain: "https://signin.example.org/", ClientID: "4example"}, connect: "connect-src 'self' https://signin.example.org;"},
		{name: "local", cfg: console.Config{Local: true, Domain: "signin.example.org"}, connect: "connect-src 'self';"},
		{name: "no sign-in", cfg: console.Config{ClientID: "4example"}, connect: "connect-src 'self';"},
	}
	for _, test := range tests {
		got := get(t, handler(t, test.cfg), "/console/").Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(got, "default-src 'self'; ") || !strings.Contains(got, test.connect) {
			t.Errorf("%s: policy %q, want default-src 'self' and %q", test.name, got, test.connect)
		}
		if strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", test.name, got)
		}
	}
}

func TestPageHasItsFileNameToo(t *testing.T) {
	t.Parallel()
	h := handler(t, hosted)
	if got := body(t, get(t, h, "/console/index.html")); got != body(t, get(t, h, "/console/")) {
		t.Errorf("/console/index.html is another page: %s", got)
	}
}

// What the page holds inline the policy would not run; what it loads from
// elsewhere it would not load.
func TestPageHoldsNoScriptOrStyle(t *testing.T) {
	t.Parallel()
	page := body(t, get(t, handler(t, hosted), "/console/"))
	if found := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script[^>]*>[^<]|https?://[^"&]*\.(js|css)`).FindString(page); found != "" {
		t.Errorf("the page holds %q", found)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cfg   console.Config
		fault string // part of it
	}{
		{name: "domain without client", cfg: console.Config{Domain: "signin.example.org"}, fault: "no client"},
		{name: "domain with a path", cfg: console.Config{Domain: "signin.example.org/login", ClientID: "4"}, fault: "more than a host"},
		{name: "domain with another directive", cfg: console.Config{Domain: "a.example.org; script-src *", ClientID: "4"}, fault: "host name"},
		{name: "domain of another scheme", cfg: console.Config{Domain: "javascript://x", ClientID: "4"}, fault: "host name"},
		{name: "a wildcard", cfg: console.Config{Domain: "*.example.org", ClientID: "4"}, fault: "host name"},
		{name: "nothing at all", cfg: console.Config{}},
	}
	for _, test := range tests {
		_, err := console.New(test.cfg)
		switch {
		case test.fault == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
			t.Errorf("%s: got %v, want an error with %q", test.name, err, test.fault)
		}
	}
}

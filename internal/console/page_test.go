package console_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/console"
)

// hostile are values that a page, filled without care, would take for more than text.
var hostile = []string{
	`"><script>alert(1)</script>`, `"> <img src=x onerror=alert(1)>`, `' onload='alert(1)`, `</head><body>`, `<!--`, `-->`, "`x`", `a=b`,
	`&quot;><b>`, `&#34;&#x22;&lt;`, `&`, `\`, `\"`, `\u0022`, `{{version}}`, `{{sign-in}}`, `{{`, `}}`, `$1`, `%22%3e`,
	"\x00", "a\r\nSet-Cookie: a=b", "\u2028\u2029\u202e", "\ufeff", "\xff\xfe\"", "😀", strings.Repeat(`"`, 5000),
}

var signInPlace = regexp.MustCompile(`<meta name="usher-sign-in" content="([^"<>]*)">`)

// TestSettingsStayInTheirPlace gives the page hostile settings: all of it but the
// one attribute must be as it is with good ones, and the attribute be what the
// settings are. There is nothing else in the page that is not its own: it is
// written before it is requested.
func TestSettingsStayInTheirPlace(t *testing.T) {
	t.Parallel()
	want, _ := cutSignIn(t, hosted)
	for _, value := range hostile {
		cfg := console.Config{Domain: "signin.example.org", ClientID: value}
		got, settings := cutSignIn(t, cfg)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("client %q changes the page (-want +got):\n%s", value, diff)
		}
		text := string([]rune(value)) // as JSON does, each byte that is no text replaced
		want := map[string]string{"mode": "hosted", "domain": "https://signin.example.org", "client_id": text}
		if diff := cmp.Diff(want, settings); diff != "" {
			t.Errorf("settings with the client %q (-want +got):\n%s", value, diff)
		}
	}
}

// cutSignIn returns the page without what it says of signing in, and that as the
// scripts read it.
func cutSignIn(t *testing.T, cfg console.Config) (rest string, settings map[string]string) {
	t.Helper()
	page := body(t, get(t, handler(t, cfg), "/console/"))
	found := signInPlace.FindAllStringSubmatchIndex(page, -1)
	if len(found) != 1 {
		t.Fatalf("%d places with settings in the page:\n%.2000s", len(found), page)
	}
	from, to := found[0][2], found[0][3]
	if err := json.Unmarshal([]byte(html.UnescapeString(page[from:to])), &settings); err != nil {
		t.Fatalf("settings %.200s: %v", page[from:to], err)
	}
	return page[:from] + page[to:], settings
}

// Nothing looks at where in the page a place is: text in an attribute between
// double quotes is all that the values are made fit for.
func TestPlacesAreBetweenDoubleQuotes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("web/index.html")
	if err != nil {
		t.Fatal(err)
	}
	good := regexp.MustCompile(` (content="{{sign-in}}"|(href|src)="{{version}}/[a-z-]+\.[a-z]+")`)
	if places, all := len(good.FindAll(source, -1)), strings.Count(string(source), "{{"); places != all || all == 0 {
		t.Errorf("%d of %d places in web/index.html are attributes between double quotes", places, all)
	}
	if page := body(t, get(t, handler(t, hosted), "/console/")); strings.Contains(page, "{{") {
		t.Error("the page has a place that is not filled")
	}
}

// The domain goes into a header as well, with nothing to quote it there: what is
// no host must be refused.
func TestSignInDomainIsAHostOrRefused(t *testing.T) {
	t.Parallel()
	domains := []string{"a.example.org", "A.example.org:8443", "http://127.0.0.1:8080", "[::1]:8080", "xn--bcher-kva.example.org"}
	for _, good := range domains {
		if _, err := console.New(console.Config{Domain: good, ClientID: "4"}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for b := range 256 {
		domains = append(domains, "a"+string([]byte{byte(b)})+"b.example.org", fmt.Sprintf("a%%%02xb.example.org", b), fmt.Sprintf("[::1%%25%%%02x]", b))
	}
	for _, value := range hostile {
		domains = append(domains, value, "a.example.org"+value, "https://"+value+".example.org")
	}
	safe := regexp.MustCompile(`^default-src 'self'; connect-src 'self' https?://[A-Za-z0-9.:\[\]_-]+; object-src 'none';[a-z '\-;]*$`)
	for _, domain := range domains {
		h, err := console.New(console.Config{Domain: domain, ClientID: "4"})
		if err != nil {
			continue
		}
		if policy := get(t, h, "/console/").Header.Get("Content-Security-Policy"); domain != "" && !safe.MatchString(policy) {
			t.Errorf("domain %q makes the policy %q", domain, policy)
		}
	}
}

package console

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// The ways of signing in.
const (
	modeLocal  = "local"  // no sign-in
	modeHosted = "hosted" // at Cognito's pages
	modeNone   = "none"   // no such pages, so no sign-in is possible
)

// signIn is what the scripts need to know about signing in.
type signIn struct {
	Mode     string `json:"mode"`
	Domain   string `json:"domain,omitempty"` // an origin, such as https://signin.example.org
	ClientID string `json:"client_id,omitempty"`
}

// signIn checks the configuration and returns what the scripts need.
func (c Config) signIn() (signIn, error) {
	switch {
	case c.Local:
		return signIn{Mode: modeLocal}, nil
	case c.Domain == "":
		return signIn{Mode: modeNone}, nil
	case c.ClientID == "":
		return signIn{}, errors.New("there is a sign-in domain and no client to sign in to; give the client's id as well")
	}
	origin, err := originOf(c.Domain)
	if err != nil {
		return signIn{}, err
	}
	return signIn{Mode: modeHosted, Domain: origin, ClientID: c.ClientID}, nil
}

// originOf reads a host or an origin. The result goes into a header, where a
// stray blank or semicolon would change the policy: nothing but an origin passes.
func originOf(domain string) (string, error) {
	if !strings.Contains(domain, "://") {
		domain = "https://" + domain
	}
	u, err := url.Parse(domain)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsFunc(u.Host, notOfHost) {
		return "", fmt.Errorf("the sign-in domain is not a host name such as example.auth.eu-west-1.amazoncognito.com")
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("the sign-in domain %q holds more than a host name; give the host alone", u.Host)
	}
	return u.Scheme + "://" + u.Host, nil
}

// notOfHost reports whether a host name or address, its port included, cannot
// hold the character. To net/url a host may hold much more, as RFC 3986 says.
func notOfHost(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	}
	return !strings.ContainsRune(".-_:[]", c)
}

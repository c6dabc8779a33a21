package local

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"usher.example/internal/httpapi"
)

// The codes of what only a local usher refuses.
const (
	codeHost   = "host_unknown"
	codeOrigin = "cross_origin"
)

// door lets the calls through to next that this machine's people and programs
// make. Nobody signs in to a local usher, so that without it any page in the
// administrator's browser could submit, and one whose name has been pointed at
// this machine could read as well.
func (s *System) door(next http.Handler, bound net.Addr) http.Handler {
	next = sameOrigin(next)
	if !loopbackOnly(bound) {
		return next // others shall reach it, by names that only they know
	}
	return s.knownHost(next, bound)
}

// loopbackOnly reports whether only this machine reaches the address.
func loopbackOnly(bound net.Addr) bool {
	tcp, ok := bound.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// sameOrigin refuses what a page of another origin orders. Programs other than
// browsers do not tell an origin and pass.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpapi.WriteProblem(w, http.StatusForbidden, codeOrigin, fmt.Sprintf(
			"a page of another origin (Origin %q, Sec-Fetch-Site %q) may not order anything at %s; use the console there, /console/, or a program that is no browser",
			r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site"), r.Host))
	}))
	return protection.Handler(next)
}

// knownHost refuses calls by a name that is neither this machine's to itself nor
// the one that ADDR gives: whose name it is can have pointed it here. Ports do not
// matter, since a tunnel may come from another.
func (s *System) knownHost(next http.Handler, bound net.Addr) http.Handler {
	own := hostname(s.cfg.Addr)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); host != own && !namesLoopback(host) {
			httpapi.WriteProblem(w, http.StatusMisdirectedRequest, codeHost, fmt.Sprintf(
				"the Host %q is not a name of this local usher, which only this machine may use; call it by http://%s, or start it with the name you want in ADDR", r.Host, bound))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is a host without its port, as names are compared.
func hostname(hostport string) string {
	u := url.URL{Host: hostport}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// namesLoopback reports whether a host is this machine to everybody: a loopback
// address, or a name that nobody can own (RFC 6761, section 6.3).
func namesLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

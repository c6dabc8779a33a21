package oneprocess

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"usher.example/internal/httpapi"
)

// The codes of refusals that only an usher without sign-in gives.
const (
	codeHost   = "host_unknown"
	codeOrigin = "cross_origin"
)

// Door passes to next only calls by people and programs of this machine. Without a
// sign-in and without the door, any page in the administrator's browser could submit,
// and one whose name resolves to this machine could also read. Name is the address
// that was asked for, and bound the one that the listener has.
func Door(next http.Handler, name string, bound net.Addr) http.Handler {
	next = sameOrigin(next)
	if !IsLoopback(bound) {
		return next // meant to be reached from elsewhere, by names unknown here
	}
	return knownHost(next, name, bound)
}

// IsLoopback reports whether only this machine can reach the address.
func IsLoopback(bound net.Addr) bool {
	tcp, ok := bound.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// sameOrigin refuses writes by pages of another origin. Programs other than
// browsers send no origin and pass.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpapi.WriteProblem(w, http.StatusForbidden, codeOrigin, fmt.Sprintf(
			"A page of another origin (Origin %q, Sec-Fetch-Site %q) may not change anything at %s. Use its console, /console/, or a program that is not a browser.",
			r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site"), r.Host))
	}))
	return protection.Handler(next)
}

// knownHost refuses calls by a name that is neither a loopback name nor the host
// that was asked for: anybody can make such a name resolve to this machine. Ports do not
// matter, because a tunnel may use another.
func knownHost(next http.Handler, name string, bound net.Addr) http.Handler {
	own := hostname(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); host != own && !namesLoopback(host) {
			httpapi.WriteProblem(w, http.StatusMisdirectedRequest, codeHost, fmt.Sprintf(
				"The Host %q is not a name of this local usher, which only this machine may use. Use http://%s, or start it with that name in ADDR.", r.Host, bound))
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

// namesLoopback reports whether a host always means this machine: a loopback
// address, or a reserved name (RFC 6761, section 6.3).
func namesLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

package client

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Config says which usher to call and how. Only URL must be set.
type Config struct {
	// URL is where the API is, such as https://abc.execute-api.eu-west-1.amazonaws.com.
	URL string

	// Token returns the token to call with; nil or "" calls without one. It is
	// asked before every call, by one goroutine at a time for each that calls. A
	// token is sent by https only, or to this machine.
	Token func(context.Context) (string, error)

	// Patience is how long one call is tried again without getting through; 0
	// means two minutes. A server that never answered yet gets five seconds: its
	// address is more likely wrong than its network.
	Patience time.Duration

	// Timeout is how long one attempt may take; 0 means two minutes.
	Timeout time.Duration

	// Trouble, if set, hears why a call has not gone through and when it is made
	// again.
	Trouble func(err error, again time.Duration)

	// HTTP makes the calls; nil means a client of its own, with the proxies of the
	// environment.
	HTTP *http.Client

	// Agent names the program to the server.
	Agent string
}

const (
	defaultPatience = 2 * time.Minute
	firstPatience   = 5 * time.Second

	// defaultTimeout bounds one attempt. API Gateway ends a call after 30 s (quotas
	// of HTTP APIs); the rest is for a slow upload of 5 MB.
	defaultTimeout = 2 * time.Minute
)

// Client calls one usher. It is safe for concurrent use.
type Client struct {
	cfg      Config
	base     *url.URL
	private  bool // nobody on the way can read along
	answered atomic.Bool
}

// New returns a client. An error says what is wrong with the address.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of an usher; it looks like https://abc.execute-api.eu-west-1.amazonaws.com", cfg.URL)
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the address %q goes on after its path; leave out what begins with ? or #", cfg.URL)
	}
	cfg.Patience, cfg.Timeout = cmp.Or(cfg.Patience, defaultPatience), cmp.Or(cfg.Timeout, defaultTimeout)
	caller := http.Client{Transport: http.DefaultTransport}
	if cfg.HTTP != nil {
		caller = *cfg.HTTP
	}
	caller.CheckRedirect = stay
	cfg.HTTP = &caller
	return &Client{cfg: cfg, base: base, private: base.Scheme == "https" || isLoopback(base.Hostname())}, nil
}

// URL returns the address of the API, without a slash at the end.
func (c *Client) URL() string { return c.base.String() }

// stay refuses to follow a redirect: a submission would become a GET on the way,
// and a token would go where nobody sent it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

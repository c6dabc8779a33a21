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

	// Token returns the token for a call; nil or "" means none. It is called before
	// every call and must be safe for concurrent use. A token is sent only by https
	// or to this machine.
	Token func(context.Context) (string, error)

	// Patience is how long a failing call is tried again; 0 means two minutes. For a
	// server that has not answered yet it is five seconds, because its address is
	// probably wrong.
	Patience time.Duration

	// Timeout is how long one attempt may take; 0 means two minutes.
	Timeout time.Duration

	// Trouble, if set, receives why a call failed and how long the client waits
	// before it tries again.
	Trouble func(err error, again time.Duration)

	// HTTP makes the calls; nil means a new client with the proxies of the
	// environment.
	HTTP *http.Client

	// Agent is the User-Agent; "" means Go's default.
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
	private  bool // nobody on the network can read along
	answered atomic.Bool
}

// New returns a client. The error says what is wrong with the address.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an address of usher; give one like https://abc.execute-api.eu-west-1.amazonaws.com", cfg.URL)
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%q has a query or a fragment; remove it", cfg.URL)
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

// stay does not follow a redirect: it would turn a submission into a GET, and send
// the token to another server.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

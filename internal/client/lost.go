package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// LostError says that a call got no whole answer. Whether it has done anything
// is not known.
type LostError struct {
	URL      string // of the API
	Attempts int
	Err      error
}

func (e *LostError) Error() string {
	reason, fix := e.explain()
	switch {
	case e.hopeless():
		return fmt.Sprintf("%s cannot be called: %s; %s", e.URL, reason, fix)
	case e.Attempts > 1:
		return fmt.Sprintf("no answer from %s in %d attempts: %s; %s", e.URL, e.Attempts, reason, fix)
	}
	return fmt.Sprintf("no answer from %s: %s; %s", e.URL, reason, fix)
}

// Unwrap gives the cause to [errors.Is] and [errors.As].
func (e *LostError) Unwrap() error { return e.Err }

// Reason is the cause in words, without what to do about it.
func (e *LostError) Reason() string {
	reason, _ := e.explain()
	return reason
}

// explain is the cause in words, and its fix.
func (e *LostError) explain() (reason, fix string) {
	var (
		name  *net.DNSError
		proof *tls.CertificateVerificationError
	)
	switch {
	case errors.As(e.Err, &name):
		return fmt.Sprintf("the name %s cannot be looked up", name.Name), "check the address and the network"
	case errors.As(e.Err, &proof):
		return fmt.Sprintf("its certificate is not trusted (%v)", proof.Err), "check the address"
	case errors.Is(e.Err, http.ErrSchemeMismatch):
		return "it speaks http, not https", "check the address"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens there", "check the address, and that usher runs"
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF), errors.Is(e.Err, syscall.ECONNRESET):
		return "the connection broke off", "check the network and try again"
	case isTimeout(e.Err):
		return "it took too long", "check the address and the network, and try again"
	}
	return e.Err.Error(), "check the network and try again"
}

// hopeless reports whether no other attempt can get through.
func (e *LostError) hopeless() bool {
	var proof *tls.CertificateVerificationError
	return errors.As(e.Err, &proof) || errors.Is(e.Err, http.ErrSchemeMismatch)
}

// unclear reports whether a call may have done its work although it failed: it
// got no answer, or that of a gateway which has lost touch with usher.
func unclear(err error) bool {
	var (
		lost    *LostError
		refused *Error
	)
	if errors.As(err, &refused) {
		return refused.Status >= http.StatusInternalServerError && refused.Code == ""
	}
	return errors.As(err, &lost)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}

// lost wraps the error of a transport, without the address that net/http puts
// into it: that has the query in it.
func (c *Client) lost(err error) error {
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err
	}
	return &LostError{URL: c.URL(), Attempts: 1, Err: err}
}

// counted tells a lost call how often it was made.
func counted(err error, attempts int) error {
	var lost *LostError
	if errors.As(err, &lost) {
		lost.Attempts = attempts
	}
	return err
}

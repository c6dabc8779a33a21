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

// LostError says that a call got no complete answer. The call may or may not have
// had its effect.
type LostError struct {
	URL      string // of the API
	Attempts int
	Err      error
}

func (e *LostError) Error() string {
	reason, fix := e.explain()
	switch {
	case e.isPermanent():
		return fmt.Sprintf("%s cannot be called: %s; %s", e.URL, reason, fix)
	case e.Attempts > 1:
		return fmt.Sprintf("no answer from %s in %d attempts: %s; %s", e.URL, e.Attempts, reason, fix)
	}
	return fmt.Sprintf("no answer from %s: %s; %s", e.URL, reason, fix)
}

// Unwrap gives the cause to [errors.Is] and [errors.As].
func (e *LostError) Unwrap() error { return e.Err }

// Reason is the cause in words, without advice.
func (e *LostError) Reason() string {
	reason, _ := e.explain()
	return reason
}

// explain is the cause in words, and what to do.
func (e *LostError) explain() (reason, fix string) {
	var (
		name  *net.DNSError
		proof *tls.CertificateVerificationError
	)
	switch {
	case errors.As(e.Err, &name):
		return fmt.Sprintf("the host name %s cannot be resolved", name.Name), "check the address and the network"
	case errors.As(e.Err, &proof):
		return fmt.Sprintf("its certificate is not trusted (%v)", proof.Err), "check the address"
	case errors.Is(e.Err, http.ErrSchemeMismatch):
		return "it speaks http, not https", "check the address"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens there", "check the address, and that usher is running"
	case errors.Is(e.Err, io.EOF), errors.Is(e.Err, io.ErrUnexpectedEOF), errors.Is(e.Err, syscall.ECONNRESET):
		return "the connection broke off", "check the network and try again"
	case isTimeout(e.Err):
		return "it took too long", "check the address and the network, and try again"
	}
	return e.Err.Error(), "check the network and try again"
}

// isPermanent reports whether another attempt would fail too.
func (e *LostError) isPermanent() bool {
	var proof *tls.CertificateVerificationError
	return errors.As(e.Err, &proof) || errors.Is(e.Err, http.ErrSchemeMismatch)
}

// unclear reports whether a failed call may have had its effect: it got no answer,
// or an error of a gateway that lost its connection to usher.
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

// lost wraps the error of a transport. It drops the address that net/http adds,
// because that contains the query.
func (c *Client) lost(err error) error {
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err
	}
	return &LostError{URL: c.URL(), Attempts: 1, Err: err}
}

// counted adds the number of attempts to a [LostError].
func counted(err error, attempts int) error {
	var lost *LostError
	if errors.As(err, &lost) {
		lost.Attempts = attempts
	}
	return err
}

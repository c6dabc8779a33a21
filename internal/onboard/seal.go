package onboard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
)

// sealKeySize is the length of a request's key in bytes: that of the hash, as
// RFC 2104 recommends.
const sealKeySize = sha256.Size

// newSealKey returns a random key for the messages of one request. It is stored
// with the request and nowhere else.
func newSealKey() []byte {
	key := make([]byte, sealKeySize)
	_, _ = rand.Read(key) // never fails: see its documentation
	return key
}

// Sealed returns m with the seal of its request: an HMAC-SHA256 of the invitation in
// m under the request's key. Somebody who can send to the queue but cannot read the
// store cannot make a seal, and so cannot have people invited. The counts of
// deliveries are not sealed: a worker that cannot read the key must be able to send a
// copy. Without a key, as in requests of an earlier version of usher, m is returned
// without a seal.
func (m Message) Sealed(key []byte) Message { return newSealer(key).sealed(m) }

// sealer seals the messages of one request, of which there may be thousands. It is
// not safe for concurrent use.
type sealer struct {
	mac hash.Hash // nil: the request has no key
	sum []byte    // to use again
}

func newSealer(key []byte) *sealer {
	if len(key) == 0 {
		return &sealer{}
	}
	return &sealer{mac: hmac.New(sha256.New, key)}
}

func (s *sealer) sealed(m Message) Message {
	m.Seal = ""
	if s.mac == nil {
		return m
	}
	plain := m
	plain.Failures, plain.Since = 0, 0
	s.mac.Reset()
	_, _ = s.mac.Write(plain.Encode()) // never fails
	s.sum = s.mac.Sum(s.sum[:0])
	m.Seal = base64.RawURLEncoding.EncodeToString(s.sum)
	return m
}

// HasSeal reports whether m has the seal that belongs to the key. Without a key every
// message has it.
func (m Message) HasSeal(key []byte) bool {
	return len(key) == 0 || hmac.Equal([]byte(m.Seal), []byte(m.Sealed(key).Seal))
}

package signin

import (
	"context"
	"sync"
	"time"
)

// expiryMargin is how long before its end a token is renewed: longer than a call
// takes.
const expiryMargin = time.Minute

// Source returns the token of a login and renews it in time. It is safe for
// concurrent use.
type Source struct {
	file  File
	renew func(context.Context, Login) (Tokens, error)

	mu    sync.Mutex
	login Login
}

// NewSource returns a source of tokens for a login stored in file. Renew gets new
// tokens for a login.
func NewSource(file File, login Login, renew func(context.Context, Login) (Tokens, error)) *Source {
	return &Source{file: file, login: login, renew: renew}
}

// Token returns a token that is valid for at least another minute.
func (s *Source) Token(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Until(s.login.ExpiresAt) > expiryMargin {
		return s.login.Access, nil
	}
	tokens, err := s.renew(ctx, s.login)
	if err != nil {
		return "", err
	}
	s.login.Tokens = tokens
	return tokens.Access, s.file.Write(s.login)
}

package httpapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

const (
	// settingsAge is how long the pool's setup is taken from memory. Cognito
	// allows few readings: five a second for each pool ("Quotas in Amazon Cognito").
	settingsAge = 5 * time.Minute

	// freshAge is how long even a name that is not known is not looked up anew.
	freshAge = 10 * time.Second

	// failureAge is how long a failed reading is not repeated.
	failureAge = 30 * time.Second

	// inspectTimeout bounds one reading, which a submission may be waiting for.
	inspectTimeout = 5 * time.Second
)

// poolCache keeps what the inspector last said. When it fails, what was known
// before is still used: a pool's setup seldom changes.
type poolCache struct {
	inspector onboard.Inspector

	mu      sync.Mutex
	known   *onboard.PoolSettings
	readAt  time.Time // of known
	err     error     // of the latest reading
	triedAt time.Time
}

// settings returns the pool's setup, nil if it is not known. It is not to be changed.
func (c *poolCache) settings(ctx context.Context) *onboard.PoolSettings {
	s, _ := c.read(ctx, settingsAge)
	return s
}

// renewed is settings, but hardly older than now.
func (c *poolCache) renewed(ctx context.Context) *onboard.PoolSettings {
	s, _ := c.read(ctx, freshAge)
	return s
}

// read returns settings that are at most maxAge old, or why there are none. The
// error is that of the latest reading, also when older settings come with it.
func (c *poolCache) read(ctx context.Context, maxAge time.Duration) (*onboard.PoolSettings, error) {
	if c.inspector == nil {
		return nil, nil
	}
	if s, err, ok := c.remembered(maxAge); ok {
		return s, err
	}
	limited, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	s, err := c.inspector.Inspect(limited)
	if err != nil && ctx.Err() != nil {
		return c.latest(), err // the caller has gone away; that says nothing of the pool
	}
	return c.remember(s, err)
}

func (c *poolCache) latest() *onboard.PoolSettings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

func (c *poolCache) remembered(maxAge time.Duration) (*onboard.PoolSettings, error, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.err != nil && now.Sub(c.triedAt) < failureAge:
		return c.known, c.err, true
	case c.err == nil && c.known != nil && now.Sub(c.readAt) < maxAge:
		return c.known, nil, true
	}
	return nil, nil, false
}

func (c *poolCache) remember(s onboard.PoolSettings, err error) (*onboard.PoolSettings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.triedAt, c.err = time.Now(), err
	if err == nil {
		c.known, c.readAt = &s, c.triedAt
	}
	return c.known, err
}

// poolReport is what the pool doctor says.
type poolReport struct {
	Pool     *poolView `json:"pool"` // null if it could not be read
	Ready    bool      `json:"ready"`
	Findings []finding `json:"findings"`
}

// poolView is the pool's setup as far as it bears on invitations.
type poolView struct {
	ID                    string   `json:"id"`
	Name                  string   `json:"name"`
	EstimatedUsers        int      `json:"estimated_users"`
	OwnSender             bool     `json:"own_sender"`
	TemporaryPasswordDays int      `json:"temporary_password_days"`
	Groups                []string `json:"groups"`
	Attributes            []string `json:"attributes"`
}

// getPool answers with what would stop or spoil a large invitation.
func (a *api) getPool(w http.ResponseWriter, r *http.Request) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	settings, err := a.pool.read(r.Context(), freshAge)
	report := poolReport{Findings: a.diagnose(settings, err), Ready: true}
	for _, f := range report.Findings {
		if f.Severity == severityError {
			report.Ready = false
		}
	}
	if settings != nil {
		report.Pool = viewOfPool(settings)
	}
	return writeJSON(w, http.StatusOK, report)
}

func viewOfPool(s *onboard.PoolSettings) *poolView {
	v := &poolView{
		ID: s.ID, Name: s.Name, EstimatedUsers: s.EstimatedUsers, OwnSender: s.OwnSender,
		TemporaryPasswordDays: s.TemporaryPasswordDays, Groups: []string{}, Attributes: []string{},
	}
	v.Groups = append(v.Groups, s.Groups...)
	for _, attribute := range s.Attributes {
		v.Attributes = append(v.Attributes, attribute.Name)
	}
	return v
}

// findings are the doctor's, from what is remembered of the pool.
func (a *api) findings(ctx context.Context) []finding {
	return a.diagnose(a.pool.read(ctx, settingsAge))
}

// diagnose lists what is wrong with a pool, or that it could not be read.
func (a *api) diagnose(s *onboard.PoolSettings, err error) []finding {
	list := []finding{}
	switch {
	case err != nil:
		list = append(list, unreadable(err))
	case s == nil:
		list = append(list, finding{
			Code: "pool_not_inspected", Severity: severityWarning,
			Effect: "rows are not held to what the pool can store before they are accepted; the pool judges each one when it is asked",
			Fix:    "give usher the right to read the pool",
		})
	}
	if s == nil {
		return list
	}
	return append(list, a.examine(s)...)
}

func unreadable(err error) finding {
	f := finding{
		Code: "pool_unreadable", Severity: severityError,
		Effect: "the pool could not be read, so invitations may fail, and rows are not held to what it can store",
		Fix:    "try again in a minute; if it stays, look at the pool's id and at the function's rights",
	}
	var pe *onboard.PoolError
	if errors.As(err, &pe) && pe.Reason() != "" {
		f.Fix = pe.Reason()
	}
	if errors.Is(err, onboard.ErrThrottled) {
		f.Severity = severityWarning
	}
	return f
}

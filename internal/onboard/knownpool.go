package onboard

import (
	"context"
	"sync"
	"time"
)

const (
	// settingsAge is how long the pool's settings are taken from memory. Cognito
	// allows few readings: five a second for each pool (Amazon Cognito Developer
	// Guide, "Quotas in Amazon Cognito").
	settingsAge = 5 * time.Minute

	// freshAge is how long cached settings are trusted when a row names something
	// they lack.
	freshAge = 10 * time.Second

	// failureAge is how long a failed reading is not repeated.
	failureAge = 30 * time.Second

	// inspectTimeout bounds one reading, which a submission may be waiting for.
	inspectTimeout = 5 * time.Second
)

// KnownPool is what this process knows of the pool's settings. It reads them
// seldom; when a reading fails, the settings read before are still used, for a
// pool's settings seldom change. It is safe for concurrent use.
type KnownPool struct {
	inspector Inspector // nil: nothing is ever known
	account   *knownAccount

	mu      sync.Mutex
	known   *PoolSettings
	readAt  time.Time // of known
	err     error     // of the latest reading
	triedAt time.Time

	joined   *PoolSettings // joinedOf with the account
	joinedOf *PoolSettings
}

// NewKnownPool returns what is known of a pool by an inspector, and of its sender by
// another. With a nil one nothing is.
func NewKnownPool(inspector Inspector, sender SenderInspector) *KnownPool {
	return &KnownPool{inspector: inspector, account: newKnownAccount(sender)}
}

// isReadable reports whether there is an inspector at all.
func (k *KnownPool) isReadable() bool { return k.inspector != nil }

// Settings returns the pool's settings as they were at most five minutes ago, or
// earlier where they could not be read since; nil if they are not known. They must
// not be changed.
func (k *KnownPool) Settings(ctx context.Context) *PoolSettings {
	s, _ := k.read(ctx, settingsAge)
	return s
}

// FreshSettings is Settings, at most ten seconds old.
func (k *KnownPool) FreshSettings(ctx context.Context) *PoolSettings {
	s, _ := k.read(ctx, freshAge)
	return s
}

// Read is FreshSettings with the error of the latest reading.
func (k *KnownPool) Read(ctx context.Context) (*PoolSettings, error) { return k.read(ctx, freshAge) }

// read returns settings that are at most maxAge old, or why there are none, with the
// account behind their sender. The error is that of the latest reading of the settings,
// also when older ones come with it.
func (k *KnownPool) read(ctx context.Context, maxAge time.Duration) (*PoolSettings, error) {
	if k.inspector == nil {
		return nil, nil
	}
	known, err := k.readSettings(ctx, maxAge)
	if known == nil {
		return nil, err
	}
	return k.join(known, k.account.of(ctx, known)), err
}

// join returns the settings with the account, and the same pointer as long as neither
// changes: by it [Submitter.Judge] knows that another look told nothing new.
func (k *KnownPool) join(known *PoolSettings, account MailAccount) *PoolSettings {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.joinedOf != known || k.joined.Mail != account {
		s := *known
		s.Mail = account
		k.joined, k.joinedOf = &s, known
	}
	return k.joined
}

func (k *KnownPool) readSettings(ctx context.Context, maxAge time.Duration) (*PoolSettings, error) {
	if s, err, ok := k.remembered(maxAge); ok {
		return s, err
	}
	limited, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	s, err := k.inspector.Inspect(limited)
	if err != nil && ctx.Err() != nil {
		return k.latest(), err // the caller has gone away, which says nothing of the pool
	}
	return k.remember(s, err)
}

func (k *KnownPool) latest() *PoolSettings {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known
}

func (k *KnownPool) remembered(maxAge time.Duration) (*PoolSettings, error, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	switch {
	case k.err != nil && now.Sub(k.triedAt) < failureAge:
		return k.known, k.err, true
	case k.err == nil && k.known != nil && now.Sub(k.readAt) < maxAge:
		return k.known, nil, true
	}
	return nil, nil, false
}

func (k *KnownPool) remember(s PoolSettings, err error) (*PoolSettings, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.triedAt, k.err = time.Now(), err
	if err == nil {
		k.known, k.readAt = &s, k.triedAt
	}
	return k.known, err
}

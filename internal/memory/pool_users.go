package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// user is one user of the pool.
type user struct {
	onboard.User
	email         string // as it was given
	attributes    map[string]string
	groups        map[string]bool
	passwordUntil time.Time // by the pool's clock

	number     int       // as created
	signedInAt time.Time // by the pool's clock, likewise; zero: always was, or is not
	deletedAt  time.Time // zero: is there
}

// PoolUser is one user with all that the pool knows of them.
type PoolUser struct {
	onboard.User
	Email      string
	Attributes map[string]string
	Groups     []string // in alphabetical order
}

// Users returns the users in the order in which they were created.
func (p *Pool) Users() []PoolUser {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]PoolUser, len(p.order))
	for i, u := range p.order {
		all[i] = PoolUser{
			User: u.User, Email: u.email,
			Attributes: maps.Clone(u.attributes), Groups: slices.Sorted(maps.Keys(u.groups)),
		}
	}
	return all
}

// AddUser adds a user as another program would: without a counted call, a mail or a
// quota. It is an error if the address has a user.
func (p *Pool) AddUser(email string, signedIn bool) (onboard.User, error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users[p.fold(email)] != nil {
		return onboard.User{}, fmt.Errorf("add user: %w", onboard.ErrExists)
	}
	u := p.add(onboard.Ask{Email: email}, now)
	u.SignedIn = signedIn
	if signedIn {
		u.ModifiedAt = p.clock(now).Add(time.Millisecond)
		u.signedInAt = p.clock(now)
	}
	return u.User, nil
}

// SignIn replaces a user's temporary password, as the person would. It is an error if
// there is no user or the password has expired.
func (p *Pool) SignIn(email string) error {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[p.fold(email)]
	if u == nil {
		return fmt.Errorf("sign in: %w", onboard.ErrUserNotFound)
	}
	if !u.SignedIn && p.clock(now).After(u.passwordUntil) {
		return fmt.Errorf("sign in: the temporary password expired at %s; ask for a resend", u.passwordUntil.Format(time.RFC3339))
	}
	if !u.SignedIn {
		u.signedInAt = p.clock(now)
	}
	u.SignedIn, u.MustReset, u.ModifiedAt = true, false, p.clock(now)
	return nil
}

// DeleteUser removes a user; the address is free again.
func (p *Pool) DeleteUser(email string) error {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[p.fold(email)]
	if u == nil {
		return fmt.Errorf("delete user: %w", onboard.ErrUserNotFound)
	}
	delete(p.users, p.fold(email))
	p.order = slices.DeleteFunc(p.order, func(other *user) bool { return other == u })
	u.deletedAt = p.clock(now)
	p.gone = append(p.gone, u)
	return nil
}

// CreateGroup adds a group; an existing one stays as it is.
func (p *Pool) CreateGroup(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.groups[name] = true
}

// create is AdminCreateUser without a message action, or with SUPPRESS. The
// caller holds the mutex, here and below.
func (p *Pool) create(ask onboard.Ask, now time.Time) (onboard.User, error) {
	if err := p.checkAsk(ask); err != nil {
		return onboard.User{}, err
	}
	if p.users[p.fold(ask.Email)] != nil {
		return onboard.User{}, answerExists()
	}
	if ask.SuppressMail {
		return p.add(ask, now).User, nil
	}
	if p.quota.spent(p.clock(now)) {
		if p.leavesUser {
			p.add(ask, now)
		}
		return onboard.User{}, answerMailQuota()
	}
	u := p.add(ask, now)
	if err := p.send(OpInvite, ask.Email, now); err != nil {
		return onboard.User{}, err
	}
	return u.User, nil
}

// mailAgain is AdminCreateUser with RESEND. A mail that cannot be sent changes
// nothing about the user.
func (p *Pool) mailAgain(email string, now time.Time) (onboard.User, error) {
	u, err := p.find(email, now)
	switch {
	case err != nil:
		return onboard.User{}, err
	case u.SignedIn:
		return onboard.User{}, answerSignedIn()
	case p.quota.spent(p.clock(now)):
		return onboard.User{}, answerMailQuota()
	}
	if p.carriesPassword() && p.resendTakesNone && !p.plainResends {
		p.plainResends = true
		return onboard.User{}, answer(onboard.ErrNotTaken, onboard.CodeRefusedByPool, "", "InvalidParameterException")
	}
	if err := p.send(OpResend, u.email, now); err != nil {
		return onboard.User{}, err
	}
	if !p.resendUnmarked {
		u.ModifiedAt = p.clock(now)
	}
	u.passwordUntil = p.passwordEnd(now)
	return u.User, nil
}

// join is AdminAddUserToGroup.
func (p *Pool) join(email, group string, now time.Time) error {
	u, err := p.find(email, now)
	if err != nil {
		return err
	}
	if !p.groups[group] {
		return answerGroupUnknown()
	}
	u.groups[group] = true
	return nil
}

// find looks a user up by name, as the pool does: a user who was just created may not
// be found yet.
func (p *Pool) find(email string, now time.Time) (*user, error) {
	u := p.users[p.fold(email)]
	if u == nil || p.clock(now).Sub(u.CreatedAt) < p.faults.ReadLag {
		return nil, answerUserNotFound()
	}
	return u, nil
}

// list returns the users with an address, as the pool shows them in lists, which may be as
// late as reads are.
func (p *Pool) list(email string, now time.Time) (found []onboard.FoundUser) {
	for _, u := range p.listed(now) {
		if u.attributes["email"] != email {
			continue
		}
		f := onboard.FoundUser{Sub: u.Sub, CreatedAt: u.CreatedAt, ModifiedAt: u.ModifiedAt, Enabled: true, Standing: onboard.StandingWaiting}
		switch {
		case u.MustReset:
			f.Standing = onboard.StandingReset
		case p.showsSignedIn(u, now):
			f.Standing = onboard.StandingSignedIn
		}
		found = append(found, f)
	}
	return found
}

// listed returns the users whom a list shows, in the order in which they were created.
func (p *Pool) listed(now time.Time) []*user {
	lists := p.clock(now).Add(-p.faults.ListLag) // as of then
	p.gone = slices.DeleteFunc(p.gone, func(u *user) bool { return !u.deletedAt.After(lists) })
	all := p.order
	if len(p.gone) > 0 {
		all = slices.Concat(p.order, p.gone)
		slices.SortFunc(all, func(a, b *user) int { return a.number - b.number })
	}
	if p.faults.ListLag == 0 && p.faults.ReadLag == 0 {
		return all
	}
	var shown []*user
	for _, u := range all {
		if !u.CreatedAt.After(lists) && p.clock(now).Sub(u.CreatedAt) >= p.faults.ReadLag {
			shown = append(shown, u)
		}
	}
	return shown
}

// showsSignedIn reports whether a list shows a user as one who has signed in.
func (p *Pool) showsSignedIn(u *user, now time.Time) bool {
	return u.SignedIn && !u.signedInAt.After(p.clock(now).Add(-p.faults.ListLag))
}

func (p *Pool) add(ask onboard.Ask, now time.Time) *user {
	at := p.clock(now)
	p.created++
	u := &user{
		User:       onboard.User{Sub: p.sub(p.created, p.fold(ask.Email), at), CreatedAt: at, ModifiedAt: at, SignedIn: p.passwordless},
		email:      ask.Email,
		attributes: copyAttributes(ask.Attributes),
		groups:     map[string]bool{},

		passwordUntil: p.passwordEnd(now),
		number:        p.created,
	}
	u.attributes["email"], u.attributes["email_verified"] = ask.Email, "true"
	p.users[p.fold(ask.Email)] = u
	p.order = append(p.order, u)
	return u
}

// passwordEnd returns until when a password mailed now works.
func (p *Pool) passwordEnd(now time.Time) time.Time {
	return p.clock(now).AddDate(0, 0, p.passwordDays)
}

// sub makes the fixed name of a new user in the form of a UUID.
func (p *Pool) sub(serial int, folded string, at time.Time) string {
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, p.seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(serial))
	b = binary.LittleEndian.AppendUint64(b, uint64(at.UnixMilli()))
	h := sha256.Sum256(append(b, folded...))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// copyAttributes returns a map of its own, never nil.
func copyAttributes(attributes map[string]string) map[string]string {
	own := make(map[string]string, len(attributes)+2)
	maps.Copy(own, attributes)
	return own
}

package onboard

import "time"

// Claim is the record of one address over all requests: who may attempt it now,
// and what earlier attempts may have left behind in the pool. Addresses are
// compared folded; see [FoldAddress].
type Claim struct {
	Address string // folded

	// Holder may attempt the address until Until; zero when the claim is free. After
	// Until any delivery may take it: the holder's worker has been stopped by then.
	Holder Holder
	Until  time.Time

	// Trail is what attempts of unknown end may have left in the pool.
	Trail Trail

	// CreditedTo is the invitation that was credited with creating the user UserSub.
	// Where the pool did not return the sub, UserSub is "", and CreditedAt, the time of
	// the credit, distinguishes the user from one who was created later.
	CreditedTo Holder
	UserSub    string
	CreditedAt time.Time

	// MailedAt is when the pool last mailed this address for us, as far as is known.
	MailedAt time.Time

	// Forced is how many mails by force the address had since ForcedSince; see
	// [MostForcedMails].
	Forced      int
	ForcedSince time.Time

	// History is the latest rows that touched the claim, oldest first; see [MaxTouches].
	// A row that got its outcome without the claim, as a canceled one may, is not in it.
	History []Touch

	ExpiresAt time.Time // when the store forgets it

	// Version pins a write to what was read; see [Invitations.Save].
	Version int
}

// credits reports whether an invitation has been credited with the user.
func (c Claim) credits(user User) bool {
	switch {
	case c.CreditedTo == Holder{}:
		return false
	case c.UserSub != "":
		return c.UserSub == user.Sub
	}
	return c.CreditedAt.IsZero() || !user.CreatedAt.After(c.CreditedAt.Add(clockSkew))
}

// Holder names one invitation and, while it holds a claim, one delivery of it.
type Holder struct {
	RequestID string
	Row       int
	Token     string // differs for each delivery
}

// Same reports whether h and other are the same invitation, whatever the delivery.
func (h Holder) Same(other Holder) bool {
	return h.RequestID == other.RequestID && h.Row == other.Row
}

// Trail is what attempts of one invitation may have left in the pool without usher
// knowing. The zero Trail means that there is nothing: an existing user was not
// made by us. The invitation that left a trail is not settled before the trail's
// end is known, and no other invitation calls the pool for the address until then.
type Trail struct {
	// By is the invitation whose attempts these are. A user whom they made is its own,
	// whichever invitation finds the user.
	By Holder

	// From is just before the first attempt to create the user left; zero when only
	// mail was asked for. To is when the last attempt has had its effect or never will.
	From, To time.Time

	// Unmailed is set when the pool said of each of these attempts that it sent no
	// mail. Only then may a user whom they left behind be mailed again.
	Unmailed bool

	// Gone is set once a look after To has shown that there is no user. The next call
	// needs no other look first: where the pace is slow, a worker has time for one
	// call for a row, not two.
	Gone bool

	// ResentAfter is set once mail for an existing user has been asked for: a time, by
	// the pool's clock, after the user's last change before that. A later change shows
	// that the mail went out.
	ResentAfter time.Time
}

// Empty reports whether there is no trail.
func (t Trail) Empty() bool { return t.To.IsZero() }

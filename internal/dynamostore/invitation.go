package dynamostore

import (
	"strconv"

	"usher.example/internal/onboard"
)

// invitationItem returns the item of an invitation as its next version. While
// it is deferred and has a DueAt the item is also in the index, by that.
func invitationItem(inv onboard.Invitation) item {
	it := invitationKey(inv.RequestID, inv.Row)
	if inv.State == onboard.Deferred && !inv.DueAt.IsZero() {
		it.index(allDue, dueKey(onboard.DueOf(inv)))
	}
	it.person(inv.Person)
	it.number("round", inv.Round)
	it.text("state", string(inv.State))
	it.text("code", string(inv.Code))
	it.text("reason", inv.Reason)
	it.number("attempts", inv.Attempts)
	it.flag("exists", inv.Exists)
	it.text("user_sub", inv.UserSub)
	it.number("joined", inv.Joined)
	it.instant(updatedAtName, inv.UpdatedAt)
	it.instant("retry_at", inv.RetryAt)
	it.instant("due_at", inv.DueAt)
	it.instant("password_expires_at", inv.PasswordExpiresAt)
	it.number(versionName, inv.Version+1)
	it.expiry(inv.ExpiresAt)
	return it
}

// readInvitation reads what invitationItem wrote.
func readInvitation(f *fields) (onboard.Invitation, error) {
	inv := onboard.Invitation{
		RequestID:         f.suffix(partition, requestPrefix),
		Row:               rowOf(f),
		Person:            f.person(),
		Round:             f.number("round"),
		State:             onboard.State(f.text("state")),
		Code:              onboard.Code(f.text("code")),
		Reason:            f.text("reason"),
		Attempts:          f.number("attempts"),
		Exists:            f.flag("exists"),
		UserSub:           f.text("user_sub"),
		Joined:            f.number("joined"),
		UpdatedAt:         f.instant(updatedAtName),
		RetryAt:           f.instant("retry_at"),
		DueAt:             f.instant("due_at"),
		PasswordExpiresAt: f.instant("password_expires_at"),
		ExpiresAt:         f.instant(expiresName),
		Version:           f.version(),
	}
	return inv, f.err
}

func (it item) person(p onboard.Person) {
	it.text("email", p.Email)
	it.texts("groups", p.Groups)
	it.dict("attributes", p.Attributes)
	it.text("ref", p.Ref)
	it.texts("cells", p.Cells)
}

func (f *fields) person() onboard.Person {
	return onboard.Person{
		Email:      f.text("email"),
		Groups:     f.texts("groups"),
		Attributes: f.dict("attributes"),
		Ref:        f.text("ref"),
		Cells:      f.texts("cells"),
	}
}

func rowOf(f *fields) int {
	row, err := strconv.Atoi(f.suffix(sortKey, rowPrefix))
	if err != nil {
		f.fault(sortKey, "a row's key")
	}
	return row
}

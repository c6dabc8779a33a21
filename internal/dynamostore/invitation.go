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
		it[gsiPart], it[gsiSort] = textValue(allDue), textValue(dueKey(onboard.DueOf(inv)))
	}
	invitationFields(onto(it), &inv)
	return it
}

// readInvitation reads what invitationItem wrote.
func readInvitation(f *fields) (onboard.Invitation, error) {
	inv := onboard.Invitation{RequestID: f.suffix(partition, requestPrefix), Row: rowOf(f)}
	invitationFields(f, &inv)
	return inv, f.err
}

func invitationFields(f *fields, inv *onboard.Invitation) {
	personFields(f, &inv.Person)
	f.number("round", &inv.Round)
	f.text("state", (*string)(&inv.State))
	f.text("code", (*string)(&inv.Code))
	f.text("reason", &inv.Reason)
	f.number("attempts", &inv.Attempts)
	f.flag("exists", &inv.Exists)
	f.text("ends_as", (*string)(&inv.EndsAs))
	f.text("user_sub", &inv.UserSub)
	f.number("joined", &inv.Joined)
	f.instant(updatedAtName, &inv.UpdatedAt)
	f.instant("retry_at", &inv.RetryAt)
	f.instant("due_at", &inv.DueAt)
	f.flag("confirmed", &inv.Confirmed)
	f.instant("password_expires_at", &inv.PasswordExpiresAt)
	f.flag("erased", &inv.Erased)
	f.version(&inv.Version)
	f.expiry(&inv.ExpiresAt)
}

func personFields(f *fields, p *onboard.Person) {
	f.text("email", &p.Email)
	f.texts("groups", &p.Groups)
	f.dict("attributes", &p.Attributes)
	f.text("ref", &p.Ref)
	f.texts("cells", &p.Cells)
}

func rowOf(f *fields) int {
	row, err := strconv.Atoi(f.suffix(sortKey, rowPrefix))
	if err != nil {
		f.fault(sortKey, "a row's key")
	}
	return row
}

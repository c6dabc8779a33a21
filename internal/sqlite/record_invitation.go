package sqlite

import "usher.example/internal/onboard"

// invitationRecord is an invitation without what its row's columns say.
type invitationRecord struct {
	Email             string            `json:"email,omitzero"`
	Groups            []string          `json:"groups,omitzero"`
	Attributes        map[string]string `json:"attributes,omitzero"`
	Ref               string            `json:"ref,omitzero"`
	Cells             []string          `json:"cells,omitzero"`
	Round             int               `json:"round,omitzero"`
	State             onboard.State     `json:"state,omitzero"`
	Code              onboard.Code      `json:"code,omitzero"`
	Reason            string            `json:"reason,omitzero"`
	Attempts          int               `json:"attempts,omitzero"`
	Exists            bool              `json:"exists,omitzero"`
	EndsAs            onboard.Code      `json:"ends_as,omitzero"`
	UserSub           string            `json:"sub,omitzero"`
	Joined            int               `json:"joined,omitzero"`
	UpdatedAt         moment            `json:"updated,omitzero"`
	RetryAt           moment            `json:"retry,omitzero"`
	DueAt             moment            `json:"due,omitzero"`
	Confirmed         bool              `json:"confirmed,omitzero"`
	PasswordExpiresAt moment            `json:"password_until,omitzero"`
	Erased            bool              `json:"erased,omitzero"`
}

func invitationBody(inv onboard.Invitation) []byte {
	return encode(invitationRecord{
		Email: inv.Email, Groups: inv.Groups, Attributes: inv.Attributes, Ref: inv.Ref, Cells: inv.Cells,
		Round: inv.Round, State: inv.State, Code: inv.Code, Reason: inv.Reason,
		Attempts: inv.Attempts, Exists: inv.Exists, EndsAs: inv.EndsAs, UserSub: inv.UserSub, Joined: inv.Joined,
		UpdatedAt: at(inv.UpdatedAt), RetryAt: at(inv.RetryAt), DueAt: at(inv.DueAt),
		Confirmed: inv.Confirmed, PasswordExpiresAt: at(inv.PasswordExpiresAt), Erased: inv.Erased,
	})
}

// readInvitation adds what a body says to an invitation that has what its columns say.
func readInvitation(what string, inv onboard.Invitation, body []byte) (onboard.Invitation, error) {
	r, err := decode[invitationRecord](what, body)
	if err != nil {
		return onboard.Invitation{}, err
	}
	inv.Email, inv.Groups, inv.Attributes, inv.Ref, inv.Cells = r.Email, r.Groups, r.Attributes, r.Ref, r.Cells
	inv.Round, inv.State, inv.Code, inv.Reason = r.Round, r.State, r.Code, r.Reason
	inv.Attempts, inv.Exists, inv.EndsAs, inv.UserSub, inv.Joined = r.Attempts, r.Exists, r.EndsAs, r.UserSub, r.Joined
	inv.UpdatedAt, inv.RetryAt, inv.DueAt = r.UpdatedAt.time(), r.RetryAt.time(), r.DueAt.time()
	inv.Confirmed, inv.PasswordExpiresAt, inv.Erased = r.Confirmed, r.PasswordExpiresAt.time(), r.Erased
	return inv, nil
}

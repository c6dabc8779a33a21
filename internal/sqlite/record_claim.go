package sqlite

import "usher.example/internal/onboard"

// claimRecord is a claim without what its row's columns say.
type claimRecord struct {
	Holder     holderRecord `json:"holder,omitzero"`
	Until      moment       `json:"until,omitzero"`
	Trail      trailRecord  `json:"trail,omitzero"`
	CreditedTo holderRecord `json:"credited,omitzero"`
	UserSub    string       `json:"sub,omitzero"`
	CreditedAt moment       `json:"credited_at,omitzero"`
	MailedAt   moment       `json:"mailed,omitzero"`

	Forced      int    `json:"forced,omitzero"`
	ForcedSince moment `json:"forced_since,omitzero"`

	History []touchRecord `json:"history,omitzero"`
}

type touchRecord struct {
	RequestID string `json:"request,omitzero"`
	Row       int    `json:"row,omitzero"`
	At        moment `json:"at,omitzero"`
	MailAfter moment `json:"mail,omitzero"`
}

type holderRecord struct {
	RequestID string `json:"request,omitzero"`
	Row       int    `json:"row,omitzero"`
	Token     string `json:"token,omitzero"`
}

type trailRecord struct {
	By          holderRecord `json:"by,omitzero"`
	From        moment       `json:"from,omitzero"`
	To          moment       `json:"to,omitzero"`
	Unmailed    bool         `json:"unmailed,omitzero"`
	Gone        bool         `json:"gone,omitzero"`
	ResentAfter moment       `json:"resent_after,omitzero"`
}

func claimBody(c onboard.Claim) []byte {
	return encode(claimRecord{
		Holder: holderRecord(c.Holder), Until: at(c.Until), Trail: trailOf(c.Trail),
		CreditedTo: holderRecord(c.CreditedTo), UserSub: c.UserSub, CreditedAt: at(c.CreditedAt), MailedAt: at(c.MailedAt),
		Forced: c.Forced, ForcedSince: at(c.ForcedSince), History: historyOf(c.History),
	})
}

// readClaim adds what a body says to a claim that has what its columns say.
func readClaim(what string, c onboard.Claim, body []byte) (onboard.Claim, error) {
	r, err := decode[claimRecord](what, body)
	if err != nil {
		return onboard.Claim{}, err
	}
	c.Holder, c.Until, c.Trail = onboard.Holder(r.Holder), r.Until.time(), r.Trail.trail()
	c.CreditedTo, c.UserSub, c.CreditedAt = onboard.Holder(r.CreditedTo), r.UserSub, r.CreditedAt.time()
	c.MailedAt = r.MailedAt.time()
	c.Forced, c.ForcedSince = r.Forced, r.ForcedSince.time()
	for _, t := range r.History {
		c.History = append(c.History, onboard.Touch{RequestID: t.RequestID, Row: t.Row, At: t.At.time(), MailAfter: t.MailAfter.time()})
	}
	return c, nil
}

func historyOf(history []onboard.Touch) []touchRecord {
	var records []touchRecord
	for _, t := range history {
		records = append(records, touchRecord{RequestID: t.RequestID, Row: t.Row, At: at(t.At), MailAfter: at(t.MailAfter)})
	}
	return records
}

func trailOf(t onboard.Trail) trailRecord {
	return trailRecord{
		By: holderRecord(t.By), From: at(t.From), To: at(t.To),
		Unmailed: t.Unmailed, Gone: t.Gone, ResentAfter: at(t.ResentAfter),
	}
}

func (r trailRecord) trail() onboard.Trail {
	return onboard.Trail{
		By: onboard.Holder(r.By), From: r.From.time(), To: r.To.time(),
		Unmailed: r.Unmailed, Gone: r.Gone, ResentAfter: r.ResentAfter.time(),
	}
}

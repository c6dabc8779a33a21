package dynamostore

import "usher.example/internal/onboard"

// claimItem returns the item of a claim as its next version.
func claimItem(c onboard.Claim) item {
	it := claimKey(c.Address)
	it.nested("holder", holderItem(c.Holder))
	it.instant("until", c.Until)
	it.nested("trail", trailItem(c.Trail))
	it.nested("credited_to", holderItem(c.CreditedTo))
	it.text("user_sub", c.UserSub)
	it.instant("credited_at", c.CreditedAt)
	it.instant("mailed_at", c.MailedAt)
	it.number(versionName, c.Version+1)
	it.expiry(c.ExpiresAt)
	return it
}

func holderItem(h onboard.Holder) item {
	it := item{}
	it.text("request_id", h.RequestID)
	it.number("row", h.Row)
	it.text("token", h.Token)
	return it
}

func trailItem(t onboard.Trail) item {
	it := item{}
	it.nested("by", holderItem(t.By))
	it.instant("from", t.From)
	it.instant("to", t.To)
	it.flag("unmailed", t.Unmailed)
	it.flag("gone", t.Gone)
	it.instant("resent_after", t.ResentAfter)
	return it
}

// readClaim reads what claimItem wrote.
func readClaim(f *fields) (onboard.Claim, error) {
	c := onboard.Claim{
		Address:    f.suffix(partition, claimPrefix),
		Holder:     readHolder(f, "holder"),
		Until:      f.instant("until"),
		Trail:      readTrail(f),
		CreditedTo: readHolder(f, "credited_to"),
		UserSub:    f.text("user_sub"),
		CreditedAt: f.instant("credited_at"),
		MailedAt:   f.instant("mailed_at"),
		ExpiresAt:  f.instant(expiresName),
		Version:    f.version(),
	}
	return c, f.err
}

func readHolder(f *fields, name string) onboard.Holder {
	inner := f.nested(name)
	h := onboard.Holder{
		RequestID: inner.text("request_id"),
		Row:       inner.number("row"),
		Token:     inner.text("token"),
	}
	f.inherit(inner)
	return h
}

func readTrail(f *fields) onboard.Trail {
	inner := f.nested("trail")
	t := onboard.Trail{
		By:   readHolder(inner, "by"),
		From: inner.instant("from"), To: inner.instant("to"),
		Unmailed: inner.flag("unmailed"), Gone: inner.flag("gone"), ResentAfter: inner.instant("resent_after"),
	}
	f.inherit(inner)
	return t
}

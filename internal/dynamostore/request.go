package dynamostore

import "usher.example/internal/onboard"

// requestItem returns the item of a request as its next version, without its
// tally, which has items of its own.
func requestItem(r onboard.Request) item {
	it := requestKey(r.ID)
	it[gsiPart], it[gsiSort] = textValue(openRequests), textValue(r.ID)
	if !r.EndedAt.IsZero() {
		it[gsiPart] = textValue(endedRequests)
	}
	requestFields(onto(it), &r)
	return it
}

// readRequest reads what requestItem wrote.
func readRequest(f *fields) (onboard.Request, error) {
	r := onboard.Request{ID: f.suffix(partition, requestPrefix)}
	requestFields(f, &r)
	return r, f.err
}

func requestFields(f *fields, r *onboard.Request) {
	f.text("phase", (*string)(&r.Phase))
	f.text("label", &r.Label)
	f.text("on_existing", (*string)(&r.Options.OnExisting))
	f.text("mail", (*string)(&r.Options.Mail))
	f.flag("force", &r.Options.Force)
	f.flag("resend_only", &r.Options.ResendOnly)
	f.flag("passwordless", &r.Passwordless)
	f.texts("columns", &r.Columns)
	f.text("separator", &r.Separator)
	f.dict("said_columns", &r.Said.Columns)
	f.texts("said_groups", &r.Said.Groups)
	f.flag("keep_columns", &r.Said.KeepColumns)
	f.number("memberships", &r.Memberships)
	f.number("total", &r.Total)
	f.number("round", &r.Round)
	f.text("submitted_by", &r.SubmittedBy)
	f.instant("submitted_at", &r.SubmittedAt)
	f.instant("accepted_until", &r.AcceptedUntil)
	f.instant("closes_at", &r.ClosesAt)
	f.instant("ended_at", &r.EndedAt)
	f.instant("put_back_done", &r.PutBackDone)
	f.instant("erased_at", &r.ErasedAt)
	f.bytes("seal_key", &r.SealKey)
	optional(f, "put_back", &r.PutBack, putBackFields)
	optional(f, "pause", &r.Pause, pauseFields)
	f.nested("count_from", func(f *fields) { countFields(f, &r.CountFrom) })
	field(f, "noticed", &r.Noticed, notices)
	records(f, "audit", &r.Audit, actionFields)
	f.version(&r.Version)
	f.expiry(&r.ExpiresAt)
}

func putBackFields(f *fields, p *onboard.PutBack) {
	f.text("rows", (*string)(&p.Rows))
	f.instant("at", &p.At)
	f.number("after", &p.After)
}

func pauseFields(f *fields, p *onboard.Pause) {
	f.text("code", (*string)(&p.Code))
	f.text("reason", &p.Reason)
	f.instant("since", &p.Since)
}

func countFields(f *fields, c *onboard.MailCount) {
	f.number("mails", &c.Mails)
	f.number("bounced", &c.Bounced)
}

func actionFields(f *fields, act *onboard.Action) {
	f.text("what", &act.What)
	f.text("by", &act.By)
	f.instant("at", &act.At)
	f.number("rows", &act.Rows)
	f.text("request", &act.Request)
}

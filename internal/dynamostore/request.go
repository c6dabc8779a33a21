package dynamostore

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// requestItem returns the item of a request as its next version, without its
// tally, which has items of its own.
func requestItem(r onboard.Request) item {
	it := requestKey(r.ID)
	if r.EndedAt.IsZero() {
		it.index(openRequests, r.ID)
	} else {
		it.index(endedRequests, r.ID)
	}
	it.text("phase", string(r.Phase))
	it.text("label", r.Label)
	it.text("on_existing", string(r.Options.OnExisting))
	it.text("mail", string(r.Options.Mail))
	it.flag("force", r.Options.Force)
	it.flag("resend_only", r.Options.ResendOnly)
	it.texts("columns", r.Columns)
	it.number("total", r.Total)
	it.number("round", r.Round)
	it.text("submitted_by", r.SubmittedBy)
	it.instant("submitted_at", r.SubmittedAt)
	it.instant("accepted_until", r.AcceptedUntil)
	it.instant("closes_at", r.ClosesAt)
	it.instant("ended_at", r.EndedAt)
	it.instant("put_back_done", r.PutBackDone)
	it.bytes("seal_key", r.SealKey)
	if r.PutBack != nil {
		it.nested("put_back", putBackItem(*r.PutBack))
	}
	if r.Pause != nil {
		it["pause"] = pauseValue(*r.Pause)
	}
	if r.Audit != nil {
		it["audit"] = auditValue(r.Audit)
	}
	it.number(versionName, r.Version+1)
	it.expiry(r.ExpiresAt)
	return it
}

func putBackItem(p onboard.PutBack) item {
	it := item{}
	it.text("rows", string(p.Rows))
	it.instant("at", p.At)
	it.number("after", p.After)
	return it
}

func readPutBack(f *fields) *onboard.PutBack {
	inner := f.nested("put_back")
	if inner.item == nil {
		return nil
	}
	p := &onboard.PutBack{
		Rows:  onboard.PutBackRows(inner.text("rows")),
		At:    inner.instant("at"),
		After: inner.number("after"),
	}
	f.inherit(inner)
	return p
}

func pauseValue(p onboard.Pause) types.AttributeValue {
	it := item{}
	it.text("code", string(p.Code))
	it.text("reason", p.Reason)
	it.instant("since", p.Since)
	return &types.AttributeValueMemberM{Value: it}
}

func auditValue(acts []onboard.Act) types.AttributeValue {
	list := make([]types.AttributeValue, len(acts))
	for i, act := range acts {
		it := item{}
		it.text("what", act.What)
		it.text("by", act.By)
		it.instant("at", act.At)
		it.number("rows", act.Rows)
		list[i] = &types.AttributeValueMemberM{Value: it}
	}
	return &types.AttributeValueMemberL{Value: list}
}

// readRequest reads what requestItem wrote.
func readRequest(f *fields) (onboard.Request, error) {
	r := onboard.Request{
		ID:    f.suffix(partition, requestPrefix),
		Phase: onboard.Phase(f.text("phase")),
		Label: f.text("label"),
		Options: onboard.Options{
			OnExisting: onboard.OnExisting(f.text("on_existing")),
			Mail:       onboard.Mail(f.text("mail")),
			Force:      f.flag("force"),
			ResendOnly: f.flag("resend_only"),
		},
		Columns:       f.texts("columns"),
		Total:         f.number("total"),
		Round:         f.number("round"),
		SubmittedBy:   f.text("submitted_by"),
		SubmittedAt:   f.instant("submitted_at"),
		AcceptedUntil: f.instant("accepted_until"),
		ClosesAt:      f.instant("closes_at"),
		EndedAt:       f.instant("ended_at"),
		PutBack:       readPutBack(f),
		PutBackDone:   f.instant("put_back_done"),
		SealKey:       f.bytes("seal_key"),
		Pause:         readPause(f),
		Audit:         readAudit(f),
		ExpiresAt:     f.instant(expiresName),
		Version:       f.version(),
	}
	return r, f.err
}

func readPause(f *fields) *onboard.Pause {
	inner := f.nested("pause")
	if inner.item == nil {
		return nil
	}
	p := &onboard.Pause{
		Code:   onboard.Code(inner.text("code")),
		Reason: inner.text("reason"),
		Since:  inner.instant("since"),
	}
	f.inherit(inner)
	return p
}

func readAudit(f *fields) []onboard.Act {
	list := f.list("audit")
	if list == nil {
		return nil
	}
	acts := make([]onboard.Act, len(list))
	for i, v := range list {
		m, ok := v.(*types.AttributeValueMemberM)
		if !ok {
			f.fault("audit", "a list of maps")
			return nil
		}
		inner := read(m.Value)
		acts[i] = onboard.Act{
			What: inner.text("what"), By: inner.text("by"),
			At: inner.instant("at"), Rows: inner.number("rows"),
		}
		f.inherit(inner)
	}
	return acts
}

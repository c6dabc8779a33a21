package sqlite

import "usher.example/internal/onboard"

// requestRecord is a request without its tally and what its row's columns say.
type requestRecord struct {
	Phase         onboard.Phase  `json:"phase,omitzero"`
	Label         string         `json:"label,omitzero"`
	Options       optionsRecord  `json:"options,omitzero"`
	Passwordless  bool           `json:"passwordless,omitzero"`
	Columns       []string       `json:"columns,omitzero"`
	Separator     string         `json:"separator,omitzero"`
	Said          saidRecord     `json:"said,omitzero"`
	Memberships   int            `json:"memberships,omitzero"`
	Total         int            `json:"total,omitzero"`
	Round         int            `json:"round,omitzero"`
	SubmittedBy   string         `json:"by,omitzero"`
	SubmittedAt   moment         `json:"submitted,omitzero"`
	AcceptedUntil moment         `json:"accepted_until,omitzero"`
	ClosesAt      moment         `json:"closes,omitzero"`
	EndedAt       moment         `json:"ended,omitzero"`
	PutBack       *putBackRecord `json:"put_back,omitzero"`
	PutBackDone   moment         `json:"put_back_done,omitzero"`
	ErasedAt      moment         `json:"erased,omitzero"`
	SealKey       []byte         `json:"seal_key,omitzero"`
	Pause         *pauseRecord   `json:"pause,omitzero"`
	CountFrom     countRecord    `json:"count_from,omitzero"`
	Audit         []actionRecord `json:"audit,omitzero"`

	Noticed map[onboard.NoticeKind]string `json:"noticed,omitzero"`
}

type optionsRecord struct {
	OnExisting onboard.OnExisting `json:"on_existing,omitzero"`
	Mail       onboard.Mail       `json:"mail,omitzero"`
	Force      bool               `json:"force,omitzero"`
	ResendOnly bool               `json:"resend_only,omitzero"`
}

type saidRecord struct {
	Columns     map[string]string `json:"columns,omitzero"`
	Groups      []string          `json:"groups,omitzero"`
	KeepColumns bool              `json:"keep_columns,omitzero"`
}

// IsZero keeps it out of the body if nothing was said.
func (s saidRecord) IsZero() bool { return s.Columns == nil && s.Groups == nil && !s.KeepColumns }

type putBackRecord struct {
	Rows  onboard.PutBackRows `json:"rows,omitzero"`
	At    moment              `json:"at,omitzero"`
	After int                 `json:"after,omitzero"`
}

type pauseRecord struct {
	Code   onboard.Code `json:"code,omitzero"`
	Reason string       `json:"reason,omitzero"`
	Since  moment       `json:"since,omitzero"`
}

type countRecord struct {
	Mails   int `json:"mails,omitzero"`
	Bounced int `json:"bounced,omitzero"`
}

type actionRecord struct {
	What string `json:"what,omitzero"`
	By   string `json:"by,omitzero"`
	At   moment `json:"at,omitzero"`
	Rows int    `json:"rows,omitzero"`

	Request string `json:"request,omitzero"`
}

// tallyRecord is a request's tally: it changes with every row, the rest does not.
type tallyRecord struct {
	States    map[onboard.State]int `json:"states,omitzero"`
	Codes     map[onboard.Code]int  `json:"codes,omitzero"`
	UpdatedAt moment                `json:"updated,omitzero"`
}

func requestBody(r onboard.Request) []byte {
	record := requestRecord{
		Phase: r.Phase, Label: r.Label, Options: optionsRecord(r.Options), Passwordless: r.Passwordless, Columns: r.Columns, Separator: r.Separator,
		Said: saidRecord(r.Said), Memberships: r.Memberships, Total: r.Total, Round: r.Round,
		SubmittedBy: r.SubmittedBy, SubmittedAt: at(r.SubmittedAt), AcceptedUntil: at(r.AcceptedUntil),
		ClosesAt: at(r.ClosesAt), EndedAt: at(r.EndedAt), PutBackDone: at(r.PutBackDone), ErasedAt: at(r.ErasedAt), SealKey: r.SealKey, Noticed: r.Noticed,
		CountFrom: countRecord(r.CountFrom),
	}
	if p := r.PutBack; p != nil {
		record.PutBack = &putBackRecord{p.Rows, at(p.At), p.After}
	}
	if p := r.Pause; p != nil {
		record.Pause = &pauseRecord{p.Code, p.Reason, at(p.Since)}
	}
	if r.Audit != nil {
		record.Audit = make([]actionRecord, len(r.Audit))
	}
	for i, a := range r.Audit {
		record.Audit[i] = actionRecord{a.What, a.By, at(a.At), a.Rows, a.Request}
	}
	return encode(record)
}

// readRequest adds what a body says to a request that has what its columns say.
func readRequest(what string, r onboard.Request, body []byte) (onboard.Request, error) {
	record, err := decode[requestRecord](what, body)
	if err != nil {
		return onboard.Request{}, err
	}
	r.Phase, r.Label, r.Options = record.Phase, record.Label, onboard.Options(record.Options)
	r.Passwordless, r.Columns, r.Separator = record.Passwordless, record.Columns, record.Separator
	r.Said, r.Memberships = onboard.Said(record.Said), record.Memberships
	r.Total, r.Round = record.Total, record.Round
	r.SubmittedBy, r.SubmittedAt, r.AcceptedUntil = record.SubmittedBy, record.SubmittedAt.time(), record.AcceptedUntil.time()
	r.ClosesAt, r.EndedAt, r.PutBackDone = record.ClosesAt.time(), record.EndedAt.time(), record.PutBackDone.time()
	r.ErasedAt = record.ErasedAt.time()
	r.SealKey, r.Noticed, r.CountFrom = record.SealKey, record.Noticed, onboard.MailCount(record.CountFrom)
	if p := record.PutBack; p != nil {
		r.PutBack = &onboard.PutBack{Rows: p.Rows, At: p.At.time(), After: p.After}
	}
	if p := record.Pause; p != nil {
		r.Pause = &onboard.Pause{Code: p.Code, Reason: p.Reason, Since: p.Since.time()}
	}
	if record.Audit != nil {
		r.Audit = make([]onboard.Action, len(record.Audit))
	}
	for i, a := range record.Audit {
		r.Audit[i] = onboard.Action{What: a.What, By: a.By, At: a.At.time(), Rows: a.Rows, Request: a.Request}
	}
	return r, nil
}

func tallyBody(t onboard.Tally) []byte {
	return encode(tallyRecord{t.States, t.Codes, at(t.UpdatedAt)})
}

func readTally(what string, body []byte) (onboard.Tally, error) {
	r, err := decode[tallyRecord]("the tally of "+what, body)
	return onboard.Tally{States: r.States, Codes: r.Codes, UpdatedAt: r.UpdatedAt.time()}, err
}

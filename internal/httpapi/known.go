package httpapi

import "usher.example/internal/onboard"

// knownView is [onboard.Known] as callers read it.
type knownView struct {
	Rows           int                `json:"rows"`
	MailedRecently int                `json:"mailed_recently"`
	Requests       []knownRequestView `json:"requests"`
}

type knownRequestView struct {
	RequestID   string  `json:"request_id"`
	Label       *string `json:"label"`
	SubmittedAt *string `json:"submitted_at"`
	Rows        int     `json:"rows"`
}

// knownRowView is the invitation that made the user of a row's address.
type knownRowView struct {
	RequestID string  `json:"request_id"`
	Row       int     `json:"row"`
	At        *string `json:"at"`
	MailedAt  *string `json:"mailed_at"`
}

func viewOfKnown(k *onboard.Known) *knownView {
	if k == nil {
		return nil
	}
	v := &knownView{Rows: k.Count(), MailedRecently: k.MailedRecently(), Requests: []knownRequestView{}}
	for _, r := range k.Requests {
		v.Requests = append(v.Requests, knownRequestView{r.ID, orNull(r.Label), stamp(r.SubmittedAt), r.Rows})
	}
	return v
}

func viewOfKnownRow(k *onboard.Known, row int) *knownRowView {
	if k == nil {
		return nil
	}
	known, ok := k.Rows[row]
	if !ok {
		return nil
	}
	return &knownRowView{known.RequestID, known.Row, stamp(known.At), stamp(known.MailedAt)}
}

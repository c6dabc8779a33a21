package sqlite

import "usher.example/internal/onboard"

// cellRecord is a lane's cell.
type cellRecord struct {
	Reserved    moment     `json:"reserved,omitzero"`
	ClearAt     moment     `json:"clear,omitzero"`
	Unclear     int        `json:"unclear,omitzero"`
	CutAt       moment     `json:"cut,omitzero"`
	LimitSeen   float64    `json:"limit_seen,omitzero"`
	CutTo       float64    `json:"cut_to,omitzero"`
	MailRate    float64    `json:"mail_rate,omitzero"`
	MailCut     cutRecord  `json:"mail_cut,omitzero"`
	MailLeast   float64    `json:"mail_least,omitzero"`
	ClosedUntil moment     `json:"closed_until,omitzero"`
	Backlog     bool       `json:"backlog,omitzero"`
	Pass        passRecord `json:"pass,omitzero"`
	Version     int        `json:"version,omitzero"`
}

type cutRecord struct {
	At   moment  `json:"at,omitzero"`
	Seen float64 `json:"seen,omitzero"`
	To   float64 `json:"to,omitzero"`
}

type passRecord struct {
	Since     moment `json:"since,omitzero"`
	DueAt     moment `json:"due,omitzero"`
	RequestID string `json:"request,omitzero"`
	Row       int    `json:"row,omitzero"`
}

func cellBody(c onboard.Cell) []byte {
	return encode(cellRecord{
		Reserved: at(c.Reserved), ClearAt: at(c.ClearAt), Unclear: c.Unclear,
		CutAt: at(c.Cut.At), LimitSeen: c.Cut.Seen, CutTo: c.Cut.To,
		MailRate: c.MailRate, MailCut: cutRecord{At: at(c.MailCut.At), Seen: c.MailCut.Seen, To: c.MailCut.To}, MailLeast: c.MailLeast,
		ClosedUntil: at(c.ClosedUntil), Backlog: c.Backlog,
		Pass:    passRecord{at(c.Pass.Since), at(c.Pass.After.At), c.Pass.After.RequestID, c.Pass.After.Row},
		Version: c.Version,
	})
}

func readCell(what string, body []byte) (onboard.Cell, error) {
	r, err := decode[cellRecord](what, body)
	return onboard.Cell{
		Reserved: r.Reserved.time(), ClearAt: r.ClearAt.time(), Unclear: r.Unclear,
		Cut:      onboard.Cut{At: r.CutAt.time(), Seen: r.LimitSeen, To: r.CutTo},
		MailRate: r.MailRate, MailCut: onboard.Cut{At: r.MailCut.At.time(), Seen: r.MailCut.Seen, To: r.MailCut.To}, MailLeast: r.MailLeast,
		ClosedUntil: r.ClosedUntil.time(), Backlog: r.Backlog,
		Pass: onboard.Pass{
			Since: r.Pass.Since.time(),
			After: onboard.Due{At: r.Pass.DueAt.time(), RequestID: r.Pass.RequestID, Row: r.Pass.Row},
		},
		Version: r.Version,
	}, err
}

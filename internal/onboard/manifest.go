package onboard

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// ManifestPart is a part of a request's manifest: all accepted rows, unchanged and in
// row order. The manifest is stored before the rows are put on the queue, so that a
// row is not lost with its message and pending rows can be listed.
type ManifestPart struct {
	First, Last int    // row numbers
	Data        []byte // the messages as JSON, compressed
}

// manifestPartSize is how many bytes of JSON one part has before compression, unless a
// single row has more. Compressed it takes 15 to 30 kB, and never more than 100 kB.
// DynamoDB takes 400 KB an item and bills each kB.
const manifestPartSize = 96 << 10

// newManifest returns the manifest of messages, which are in row order.
func newManifest(messages []Message) []ManifestPart {
	var parts []ManifestPart
	var text []byte
	first := 0
	for i, m := range messages {
		if len(text) == 0 {
			first = m.Row
		}
		text = append(append(text, m.unaddressed().Encode()...), '\n')
		if len(text) >= manifestPartSize || i == len(messages)-1 {
			parts = append(parts, ManifestPart{First: first, Last: m.Row, Data: deflated(text)})
			text = text[:0]
		}
	}
	return parts
}

// unaddressed returns m without what all messages of its request share.
func (m Message) unaddressed() Message {
	m.Version, m.RequestID, m.Round, m.Seal = 0, "", 0, ""
	return m
}

// deflaters are compressors for reuse: each allocates a megabyte, which would be most
// of the cost of accepting a single row.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // cannot happen: the level exists
	}
	return w
}}

// deflated returns text compressed.
func deflated(text []byte) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// messages returns the messages of a part, for the given round of its request.
func (p ManifestPart) messages(requestID string, round int) ([]Message, error) {
	var list []Message
	lines := bufio.NewReader(flate.NewReader(bytes.NewReader(p.Data)))
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return list, nil
		}
		m := Message{}
		if err == nil {
			err = json.Unmarshal(line, &m)
		}
		if err != nil {
			return nil, fmt.Errorf("manifest of request %s, rows %d to %d, cannot be read: %w: %w", requestID, p.First, p.Last, ErrDamaged, scrubbed(err))
		}
		m.Version, m.RequestID, m.Round = MessageVersion, requestID, round
		list = append(list, m)
	}
}

// RowReader returns every row of a request once, in row order: as it is stored or, if
// it is not stored yet, as it was accepted. A request of an earlier version of usher
// has no manifest, so only its stored rows are returned. It is not safe for concurrent
// use.
type RowReader struct {
	store   Store
	request Request
	page    int

	stored   rowPage[Invitation]
	accepted rowPage[Message]
}

// rowPage is what has been read of one source of rows and not been returned.
type rowPage[T any] struct {
	rows  []T
	after int  // the row that was read last
	ended bool // nothing comes after that
}

// NewRowReader returns a reader that begins after the given row (0: at the
// first) and reads page stored invitations at a time.
func NewRowReader(store Store, r Request, after, page int) *RowReader {
	return &RowReader{
		store: store, request: r, page: page,
		stored: rowPage[Invitation]{after: after}, accepted: rowPage[Message]{after: after},
	}
}

// AcceptedRow is one row of a request: as stored, or, with Version 0, as it was
// accepted.
type AcceptedRow struct {
	Invitation

	accepted Message // where nothing is stored
}

// message puts the row on the queue again, in the round of its request.
func (row AcceptedRow) message(r Request) Message {
	if row.Version > 0 {
		return r.Message(row.Invitation)
	}
	return row.accepted.Sealed(r.SealKey)
}

// Next returns the next row, or false after the last one. Errors are those of the
// store, or ErrDamaged for a manifest that cannot be read.
func (rr *RowReader) Next(ctx context.Context) (row AcceptedRow, ok bool, err error) {
	if err := rr.fill(ctx); err != nil {
		return AcceptedRow{}, false, err
	}
	stored, accepted := rr.stored.rows, rr.accepted.rows
	switch {
	case len(stored)+len(accepted) == 0:
		return AcceptedRow{}, false, nil
	case len(stored) == 0 || len(accepted) > 0 && accepted[0].Row < stored[0].Row:
		rr.accepted.rows = accepted[1:]
		return AcceptedRow{accepted[0].Invitation(), accepted[0]}, true, nil
	case len(accepted) > 0 && accepted[0].Row == stored[0].Row:
		rr.accepted.rows = accepted[1:]
	}
	rr.stored.rows = stored[1:]
	return AcceptedRow{Invitation: stored[0]}, true, nil
}

// fill reads more rows where none are left.
func (rr *RowReader) fill(ctx context.Context) error {
	if s := &rr.stored; len(s.rows) == 0 && !s.ended {
		page, err := rr.store.ListInvitations(ctx, rr.request.ID, s.after, rr.page)
		if err != nil {
			return fmt.Errorf("read the rows of request %s: %w", rr.request.ID, err)
		}
		s.rows, s.ended = page, len(page) < rr.page
		if len(page) > 0 {
			s.after = page[len(page)-1].Row
		}
	}
	a := &rr.accepted
	for len(a.rows) == 0 && !a.ended {
		part, err := rr.store.ManifestPart(ctx, rr.request.ID, a.after)
		if errors.Is(err, ErrNotFound) {
			a.ended = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the manifest of request %s: %w", rr.request.ID, err)
		}
		if a.rows, err = part.messages(rr.request.ID, max(rr.request.Round, 1)); err != nil {
			return err
		}
		a.rows = slices.DeleteFunc(a.rows, func(m Message) bool { return m.Row <= a.after })
		a.after = part.Last
	}
	return nil
}

package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// CodeKnownUnread marks a warning: the claims could not be read, so people who were
// invited before count among those to invite.
const CodeKnownUnread Code = "known_unreadable"

// Known is who of an order was invited from here before. A nil Known knows nobody.
type Known struct {
	Rows map[int]KnownRow // by row number

	// Requests are those that invited them, the one with the most rows first, and at
	// most [MaxKnownRequests].
	Requests []KnownRequest

	recent int // how many were mailed within [ResendCooldown]
}

// KnownRow is the invitation of an earlier request that made the user of a row's
// address. Whether the user is still there, only the pool knows.
type KnownRow struct {
	RequestID string
	Row       int
	At        time.Time // when the row got its outcome; zero: not known
	MailedAt  time.Time // the latest mail to the address; zero: none
}

// KnownRequest is a request that invited people before.
type KnownRequest struct {
	ID          string
	Label       string
	SubmittedAt time.Time // zero: not known
	Rows        int       // how many of the order's people it invited
}

// Count is how many people were invited before.
func (k *Known) Count() int {
	if k == nil {
		return 0
	}
	return len(k.Rows)
}

// MailedRecently is how many of them are not mailed again unless that is forced.
func (k *Known) MailedRecently() int {
	if k == nil {
		return 0
	}
	return k.recent
}

const (
	// MaxKnownRequests bounds for how many requests the label is read. People who
	// were invited one by one may come from as many requests as there are rows.
	MaxKnownRequests = 20

	// pastTimeout bounds the reading: a dry run that cannot say who was invited before
	// is better than none.
	pastTimeout = 5 * time.Second
)

// Past reads who was invited before. It is safe for concurrent use.
type Past struct {
	Store Store
	Log   *slog.Logger
}

// Of returns who of the people of j was invited from here before, by the claims of
// their addresses. A claim lives as long as the request that used it last. A row that
// has not been attempted yet, in whatever request, has no claim.
func (p *Past) Of(ctx context.Context, j Judged) (*Known, error) {
	ctx, cancel := context.WithTimeout(ctx, pastTimeout)
	defer cancel()
	addresses := make([]string, 0, j.People)
	for _, m := range j.Messages {
		if m.State == "" {
			addresses = append(addresses, FoldAddress(m.Email))
		}
	}
	claims, err := p.Store.Claims(ctx, addresses)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, fmt.Errorf("read the claims: %w", err)
	}
	if err != nil {
		p.Log.WarnContext(ctx, "claims could not be read; a dry run leaves them out", "error", err)
	}
	k := knownBy(claims, j.Messages, time.Now())
	p.nameRequests(ctx, k)
	return k, nil
}

// knownBy finds the rows whose claim says which invitation made the user.
func knownBy(claims map[string]Claim, messages []Message, now time.Time) *Known {
	k := &Known{Rows: map[int]KnownRow{}}
	rows := map[string]int{}
	for _, m := range messages {
		claim := claims[FoldAddress(m.Email)]
		if m.State != "" || claim.CreditedTo == (Holder{}) {
			continue
		}
		row := KnownRow{claim.CreditedTo.RequestID, claim.CreditedTo.Row, claim.CreditedAt, claim.MailedAt}
		if row.At.IsZero() { // of a version that did not store it
			row.At = claim.MailedAt
		}
		if !claim.MailedAt.IsZero() && now.Sub(claim.MailedAt) < ResendCooldown {
			k.recent++
		}
		k.Rows[m.Row] = row
		rows[row.RequestID]++
	}
	for id, n := range rows {
		k.Requests = append(k.Requests, KnownRequest{ID: id, Rows: n})
	}
	slices.SortFunc(k.Requests, func(a, b KnownRequest) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(b.ID, a.ID) // the newest first
	})
	k.Requests = k.Requests[:min(len(k.Requests), MaxKnownRequests)]
	return k
}

// nameRequests reads the label and the time of each request. What cannot be read is
// missing.
func (p *Past) nameRequests(ctx context.Context, k *Known) {
	var all sync.WaitGroup
	for i := range k.Requests {
		all.Go(func() {
			named := &k.Requests[i]
			r, err := p.Store.Request(ctx, named.ID)
			switch {
			case err == nil:
				named.Label, named.SubmittedAt = r.Label, r.SubmittedAt
			case !errors.Is(err, ErrNotFound):
				p.Log.WarnContext(ctx, "a request that invited people before could not be read", "request_id", named.ID, "error", err)
			}
		})
	}
	all.Wait()
}

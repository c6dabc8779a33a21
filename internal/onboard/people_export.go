package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// exportTime is for how long one part of an export reads. What is begun then is
	// finished, within the 30 s that API Gateway gives a call.
	exportTime = 5 * time.Second

	// exportPage is how many requests are read at a time.
	exportPage = 20
)

// Export returns the rows with an address of all requests that usher keeps, the newest
// request first, as far as it comes in a few seconds. Next is where the following part
// begins: the id of the request that was searched last; "" after the last part. Rows
// that are not stored come from the manifest, so that none is missing.
func (p *People) Export(ctx context.Context, email, after string) (rows []PersonRow, next string, err error) {
	folded, until := FoldAddress(email), time.Now().Add(exportTime)
	for {
		page, err := p.Store.ListRequests(ctx, after, exportPage)
		if err != nil { // also one that is damaged: an export that is not whole must not look so
			return nil, "", fmt.Errorf("list the requests: %w", err)
		}
		for _, r := range page {
			found, err := p.exported(ctx, r, folded)
			if err != nil {
				return nil, "", err
			}
			rows, after = append(rows, found...), r.ID
			if !time.Now().Before(until) {
				return rows, after, nil
			}
		}
		if len(page) < exportPage {
			return rows, "", nil
		}
	}
}

// exported returns the rows of a request with the address. A request of an earlier
// version of usher has no manifest, so its stored rows are read.
func (p *People) exported(ctx context.Context, r Request, folded string) ([]PersonRow, error) {
	_, err := p.Store.ManifestPart(ctx, r.ID, 0)
	if err == nil {
		return p.searchRequest(ctx, r, folded)
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("read the manifest of request %s: %w", r.ID, err)
	}
	stored, err := p.Administration.invitations(ctx, r.ID, func(inv Invitation) bool { return FoldAddress(inv.Email) == folded })
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", r.ID, err)
	}
	var found []PersonRow
	for _, inv := range stored {
		found = append(found, PersonRow{Request: r, Invitation: r.Shown(inv, time.Now())})
	}
	return found, nil
}

package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

const (
	defaultRequestPage = 20
	maxRequestPage     = 100
)

// getRequest answers with one request, or 304 if nothing has changed in it.
func (a *api) getRequest(w http.ResponseWriter, r *http.Request) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	request, err := a.request(r)
	if err != nil {
		return err
	}
	noted, err := a.Store.NotedMails(r.Context(), request.ID)
	if err != nil {
		return err
	}
	signIns, err := a.signIns(r.Context(), request.ID)
	if err != nil {
		return err
	}
	tag := etag(request, deliveriesOf(noted), signIns, time.Now()) // before the view: an old tag costs one look more, a new one with old counts hides them
	view := a.view(r.Context(), request)
	view.Deliveries, view.SignIns = deliveriesOf(noted), signIns
	w.Header().Set("ETag", tag)
	view.setRetryAfter(w.Header())
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return writeJSON(w, http.StatusOK, view)
}

// request reads the request that the path names.
func (a *api) request(r *http.Request) (onboard.Request, error) {
	id := r.PathValue("id")
	if !isID(id) {
		return onboard.Request{}, onboard.ErrNotFound
	}
	return a.Store.Request(r.Context(), id)
}

// pathID is the id that a call's path names, "" if it names none that can be.
func pathID(r *http.Request) string {
	if id := r.PathValue("id"); isID(id) {
		return id
	}
	return ""
}

// maxIDLength is longer than any id that usher gives out.
const maxIDLength = 64

// isID reports whether a path or a cursor can name a request at all.
func isID(id string) bool {
	return id != "" && len(id) <= maxIDLength && !strings.ContainsFunc(id, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || r == '-' || r == '_')
	})
}

// etag identifies all that callers see of a request but its forecast, which
// changes with every look; hence a weak one (RFC 9110, 8.8.1).
func etag(r onboard.Request, of *deliveries, signIns *signInsView, now time.Time) string {
	sum := sha256.New()
	fmt.Fprint(sum, r.ID, r.Version, r.Round, r.State(now), r.Tally.UpdatedAt.UnixNano())
	counts, codes := r.Counts(now), r.Codes(now)
	for _, s := range onboard.States {
		fmt.Fprint(sum, " ", counts[s])
	}
	names := make([]string, 0, len(codes))
	for c, n := range codes {
		names = append(names, fmt.Sprint(c, n))
	}
	slices.Sort(names)
	fmt.Fprint(sum, names, signIns.tag())
	if of != nil {
		for _, says := range onboard.MailDeliveries {
			fmt.Fprint(sum, says, (*of)[says])
		}
	}
	return `W/"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`
}

// matches reports whether If-None-Match names the tag (RFC 9110, 13.1.2: weakly).
func matches(headers []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, header := range headers {
		for given := range strings.SplitSeq(header, ",") {
			given = strings.TrimSpace(given)
			if given == "*" || strings.TrimPrefix(given, "W/") == opaque {
				return true
			}
		}
	}
	return false
}

type requestList struct {
	Requests   []requestView `json:"requests"`
	NextCursor *string       `json:"next_cursor"`
}

// listRequests answers with one page of requests, newest first.
func (a *api) listRequests(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "limit", "cursor", "label")
	limit, word := q.number("limit", defaultRequestPage, maxRequestPage), q.text("label")
	after := q.cursor(requestCursor)
	if len(word) > maxLabelWord {
		q.fail("label has more than %d bytes. Give a part of a label.", maxLabelWord)
	}
	if q.err != nil {
		return q.err
	}
	requests, next, err := a.labeled(r.Context(), word, after, limit)
	if err != nil {
		return err
	}
	list := requestList{Requests: []requestView{}}
	if next != "" {
		cursor := writeCursor(requestCursor, next)
		list.NextCursor = &cursor
	}
	groups := slices.ContainsFunc(requests, func(request onboard.Request) bool { return request.Memberships > 0 })
	lanes := sync.OnceValue(func() onboard.Lanes { return a.submitter.Forecaster.Lanes(r.Context(), groups) }) // one reading for all
	for _, request := range requests {
		list.Requests = append(list.Requests, viewAt(request, lanes))
	}
	return writeJSON(w, http.StatusOK, list)
}

const (
	// maxLabelWord is longer than any label, in bytes.
	maxLabelWord = 4 * 256

	// maxLabelScan is how many requests one call looks at for a label. The page that ends
	// there is short, and its cursor continues.
	maxLabelScan = 500
)

// labeled returns up to limit requests after an id whose label has a word in it,
// whatever its capitals; "" is all requests. next is the id after which to continue, ""
// at the end.
func (a *api) labeled(ctx context.Context, word, after string, limit int) (found []onboard.Request, next string, err error) {
	word = strings.ToLower(word)
	size := limit + 1
	if word != "" {
		size = maxRequestPage
	}
	for looked := 0; looked < maxLabelScan; looked += size {
		page, err := a.Store.ListRequests(ctx, after, size)
		damaged := errors.Is(err, onboard.ErrDamaged)
		switch {
		case damaged:
			a.Log.Error("requests are left out of a list", "error", err)
		case err != nil:
			return nil, "", err
		}
		for _, request := range page {
			if len(found) == limit {
				return found, after, nil
			}
			if after = request.ID; strings.Contains(strings.ToLower(request.Label), word) {
				found = append(found, request)
			}
		}
		if len(page) == 0 || len(page) < size && !damaged {
			return found, "", nil
		}
	}
	return found, after, nil
}

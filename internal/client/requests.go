package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"usher.example/internal/onboard"
)

// requestPage and invitationPage are the largest pages that the API gives.
const (
	requestPage    = 100
	invitationPage = 1000
)

// Request returns one request in its present state.
func (c *Client) Request(ctx context.Context, id string) (Request, error) {
	var r Request
	return r, c.get(ctx, requestPath(id), nil, &r)
}

// requestPath is the path of a request. An id is escaped, so that it cannot lead to
// another path.
func requestPath(id string) string { return "/requests/" + url.PathEscape(id) }

// Requests goes through at most limit requests, newest first; 0 means all. An error
// ends it.
func (c *Client) Requests(ctx context.Context, limit int) iter.Seq2[Request, error] {
	return c.RequestsLabeled(ctx, "", limit)
}

// RequestsLabeled is [Client.Requests] for those whose label has a word in it, whatever
// its capitals; "" is all.
func (c *Client) RequestsLabeled(ctx context.Context, word string, limit int) iter.Seq2[Request, error] {
	size := requestPage
	if limit > 0 {
		size = min(size, limit)
	}
	return limited(limit, pages(func(cursor string) ([]Request, string, error) {
		var page struct {
			Requests []Request `json:"requests"`
			Next     string    `json:"next_cursor"`
		}
		query := pageQuery(size, cursor)
		if word != "" {
			query.Set("label", word)
		}
		err := c.get(ctx, "/requests", query, &page)
		return page.Requests, page.Next, err
	}))
}

func pageQuery(size int, cursor string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(size)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return query
}

// pages goes through a list that is read page by page.
func pages[T any](read func(cursor string) (page []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			page, next, err := read(cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			cursor = next
		}
	}
}

// limited ends a list after limit items; 0 means never.
func limited[T any](limit int, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := 0
		for v, err := range list {
			if seen++; !yield(v, err) || seen == limit {
				return
			}
		}
	}
}

const (
	// usualWait is the wait between two polls if the API names none; leastWait is the
	// shortest, whatever it names.
	usualWait = 2 * time.Second
	leastWait = time.Second
)

// Watch goes through the changes of a request, beginning with its present state, and
// ends when it is done. It polls as often as the API asks. An error ends it; the
// request itself continues.
func (c *Client) Watch(ctx context.Context, id string) iter.Seq2[Request, error] {
	return func(yield func(Request, error) bool) {
		poll := call{method: http.MethodGet, path: requestPath(id), header: http.Header{}}
		for {
			a, err := c.do(ctx, poll)
			var r Request
			if err == nil && a.status != http.StatusNotModified {
				err = c.decode(a, &r)
				if !yield(r, err) || err != nil || r.Done {
					return
				}
				poll.header.Set("If-None-Match", a.header.Get("ETag"))
			}
			if err == nil && !onboard.Sleep(ctx, betweenPolls(a)) {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(Request{}, err)
				return
			}
		}
	}
}

func betweenPolls(a answer) time.Duration {
	if wait := retryAfter(a.header); wait > 0 {
		return max(wait, leastWait)
	}
	return usualWait
}

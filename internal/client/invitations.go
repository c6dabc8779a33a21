package client

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"usher.example/internal/onboard"
)

// Invitation is one row of a request. Marshalled to JSON it is what the API sent.
type Invitation struct {
	Row    int           `json:"row"` // for CSV and text: the line
	Email  string        `json:"email"`
	State  onboard.State `json:"state"`
	Code   onboard.Code  `json:"code"`
	Reason string        `json:"reason"`
	Ref    string        `json:"ref"`

	// Delivery is what became of the row's mail; "" if that is not known.
	Delivery onboard.MailDelivery `json:"delivery"`

	Known *KnownRow `json:"known"` // in a check only: who was invited before

	raw document
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (i *Invitation) UnmarshalJSON(b []byte) (err error) {
	type plain Invitation
	i.raw, err = kept(b, (*plain)(i))
	return err
}

// MarshalJSON returns what the API sent.
func (i Invitation) MarshalJSON() ([]byte, error) { return i.raw.sent() }

// Invitations goes through a request's invitations that have one of the states,
// in the order of their rows; without states, through all. An error ends it.
func (c *Client) Invitations(ctx context.Context, id string, states ...onboard.State) iter.Seq2[Invitation, error] {
	return c.invitations(ctx, id, inStates(states))
}

// InvitationsToCorrect goes through the rows that failed and those whose mail bounced,
// without those whose person was erased.
func (c *Client) InvitationsToCorrect(ctx context.Context, id string) iter.Seq2[Invitation, error] {
	return c.invitations(ctx, id, toCorrect())
}

func (c *Client) invitations(ctx context.Context, id string, which url.Values) iter.Seq2[Invitation, error] {
	return pages(func(cursor string) ([]Invitation, string, error) {
		var page struct {
			Invitations []Invitation `json:"invitations"`
			Next        string       `json:"next_cursor"`
		}
		query := pageQuery(invitationPage, cursor)
		maps.Copy(query, which)
		err := c.get(ctx, requestPath(id)+"/invitations", query, &page)
		return page.Invitations, page.Next, err
	})
}

// Results returns the same as CSV: the submitter's columns, then state, code, reason
// and, where that is known, the delivery of the mail. It reads as many parts as needed,
// and returns all or an error.
func (c *Client) Results(ctx context.Context, id string, states ...onboard.State) ([]byte, error) {
	return c.results(ctx, id, inStates(states))
}

// ResultsToCorrect is [Client.InvitationsToCorrect] as CSV.
func (c *Client) ResultsToCorrect(ctx context.Context, id string) ([]byte, error) {
	return c.results(ctx, id, toCorrect())
}

func (c *Client) results(ctx context.Context, id string, query url.Values) ([]byte, error) {
	query.Set("from_row", "1")
	var whole []byte
	for from := 1; ; {
		a, err := c.do(ctx, call{method: http.MethodGet, path: requestPath(id) + "/invitations", query: query, accept: typeCSV})
		if err != nil {
			return nil, err
		}
		whole = append(whole, a.body...)
		if query = nextQuery(a.header); query == nil {
			return whole, nil
		}
		next, err := strconv.Atoi(query.Get("from_row"))
		if err != nil || next <= from { // else it might never end
			return nil, c.notUsher()
		}
		from = next
	}
}

// nextQuery is the query of the next part, from the header Link (RFC 8288); nil
// after the last part.
func nextQuery(h http.Header) url.Values {
	link := h.Get("Link")
	target, params, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if !ok || strings.TrimSpace(params) != `; rel="next"` {
		return nil
	}
	next, err := url.Parse(target)
	if err != nil {
		return nil
	}
	return next.Query()
}

func inStates(states []onboard.State) url.Values {
	query := url.Values{}
	if len(states) == 0 {
		return query
	}
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	query.Set("state", strings.Join(words, ","))
	return query
}

func toCorrect() url.Values {
	return url.Values{"state": {string(onboard.Failed)}, "delivery": {string(onboard.MailBounced)}, "erased": {"false"}}
}

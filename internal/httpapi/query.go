package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"usher.example/internal/onboard"
)

// query reads a query string. The first fault is kept and told by err.
type query struct {
	values url.Values
	err    error
}

// readQuery reads the query string of r. A parameter that is not among the
// known ones is a fault: dryrun=true must not invite people because it is
// spelled dry_run.
func readQuery(r *http.Request, known ...string) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &query{err: badQuery("The query string cannot be read. Escape % as %25 and ; as %3B.")}
	}
	q := &query{values: values}
	for _, name := range slices.Sorted(maps.Keys(values)) { // of several unknown ones always the same is named
		if !slices.Contains(known, name) {
			q.fail("Unknown query parameter %s. Known here: %s.", quotedName(name), orNone(known))
		}
	}
	return q
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// quotedName repeats the name of a parameter unless it could be an address or a
// secret that slipped out of its place.
func quotedName(name string) string {
	if len(name) > 32 || strings.ContainsAny(name, "@\uff20") {
		return "(a long one, or one with an @)"
	}
	return strconv.Quote(name)
}

func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = badQuery(fmt.Sprintf(format, args...))
	}
}

// text returns the one value of a parameter, "" if it is not given.
func (q *query) text(name string) string {
	values := q.values[name]
	if len(values) > 1 {
		q.fail("The query parameter %s is given %d times. Give it once.", name, len(values))
	}
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// flag returns whether a parameter is true; false if it is not given.
func (q *query) flag(name string) bool {
	return q.choice(name, "false", "true") == "true"
}

// choice returns the value of a parameter that must be one of a few; the first
// if it is not given. One that is given without a value is a fault: whoever
// writes ?dry_run does not mean dry_run=false.
func (q *query) choice(name string, choices ...string) string {
	if !q.values.Has(name) {
		return choices[0]
	}
	value := q.text(name)
	if !slices.Contains(choices, value) {
		q.fail("%s must be %s. Give it a value, or leave it out for %s.", name, strings.Join(choices, " or "), choices[0])
	}
	return value
}

// number returns a whole number from 1 to most; normal if it is not given.
func (q *query) number(name string, normal, most int) int {
	value := q.text(name)
	if value == "" {
		return normal
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		q.fail("%s must be a whole number from 1 to %d.", name, most)
		return normal
	}
	return n
}

// states returns the states that a list is for, given once for each or with
// commas between; none means all.
func (q *query) states(name string) []onboard.State { return among(q, name, onboard.States) }

func (q *query) deliveries(name string) []onboard.MailDelivery {
	return among(q, name, onboard.MailDeliveries)
}

// among returns the words of a parameter that may be given several times, or once with
// commas between them.
func among[T ~string](q *query, name string, words []T) (list []T) {
	for _, value := range q.values[name] {
		for word := range strings.SplitSeq(value, ",") {
			if !slices.Contains(words, T(word)) {
				q.fail("%s must be one or more of %s.", name, listed(words))
				return nil
			}
			list = append(list, T(word))
		}
	}
	return list
}

func listed[T ~string](words []T) string {
	names := make([]string, len(words))
	for i, s := range words {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

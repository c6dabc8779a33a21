package httpapi

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// The lists that a cursor can belong to.
const (
	requestCursor    = "r1."
	invitationCursor = "i1."
)

// writeCursor returns the cursor after the given place of a list. Callers hand
// it back as it is; what is in it may change.
func writeCursor(list, place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + place))
}

// readCursor returns the place that a cursor of the given list means.
func readCursor(list, cursor string) (string, bool) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return "", false
	}
	place, ok := strings.CutPrefix(string(decoded), list)
	return place, ok && isID(place)
}

// cursor reads the parameter of that name; "" for the beginning.
func (q *query) cursor(list string) string {
	cursor := q.text("cursor")
	if cursor == "" {
		return ""
	}
	place, ok := readCursor(list, cursor)
	if !ok {
		q.failCursor()
	}
	return place
}

// rowCursor reads the parameter of that name as the row after which to go on.
func (q *query) rowCursor() int {
	place := q.cursor(invitationCursor)
	if place == "" {
		return 0
	}
	row, err := strconv.Atoi(place)
	if err != nil || row < 0 {
		q.failCursor()
		return 0
	}
	return row
}

func (q *query) failCursor() {
	if q.err == nil {
		q.err = &problem{
			Status: http.StatusBadRequest, Code: codeCursor,
			Detail: "This cursor does not belong to this list. Send next_cursor unchanged, or start without one.",
		}
	}
}

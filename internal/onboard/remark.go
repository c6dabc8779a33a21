package onboard

import (
	"fmt"
	"slices"
	"strings"
)

// The codes of what is remarked on a row that can be invited.
const (
	// CodeNotUsed: something was read that will not be used.
	CodeNotUsed Code = "not_used"

	// CodeNormalized: a value is sent to the pool in another form than it was read.
	CodeNormalized Code = "normalized"
)

// Remark says what the pool does not get of a row, or gets otherwise. The row can be
// invited.
type Remark struct {
	Fault // in a sentence about this row

	// Rows is the same about several rows: a sentence with %s for "2 rows have", and
	// nothing in it that differs between them. "" means that the row's own sentence is
	// said once, whatever the number of rows.
	Rows string
}

// tallied counts remarks over the rows of a submission.
type tallied struct {
	rows   map[Fault]int // by code and merged sentence
	counts map[Fault]bool
}

// add counts the remarks of one row. A sentence counts a row once.
func (t *tallied) add(remarks []Remark) {
	if len(remarks) > 0 && t.rows == nil {
		t.rows, t.counts = map[Fault]int{}, map[Fault]bool{}
	}
	for i, r := range remarks {
		key := r.merged()
		again := slices.ContainsFunc(remarks[:i], func(other Remark) bool { return other.merged() == key })
		if !again {
			t.rows[key]++
			t.counts[key] = r.Rows != ""
		}
	}
}

func (r Remark) merged() Fault {
	if r.Rows == "" {
		return r.Fault
	}
	return Fault{r.Code, r.Rows}
}

// warnings returns what was remarked, each once with the number of its rows, in
// alphabetical order.
func (t *tallied) warnings() []Fault {
	var list []Fault
	for key, n := range t.rows {
		if t.counts[key] {
			key.Detail = fmt.Sprintf(key.Detail, counted(n, "row has", "rows have"))
		}
		list = append(list, key)
	}
	slices.SortFunc(list, func(a, b Fault) int { return strings.Compare(a.Detail, b.Detail) })
	return list
}

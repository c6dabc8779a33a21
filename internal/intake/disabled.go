package intake

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"usher.example/internal/onboard"
)

// CodeDisabled marks a warning: the source of the rows marks some of them as disabled,
// suspended, deactivated or deleted. They are invited anyway, if nobody takes
// them out.
const CodeDisabled onboard.Code = "marked_disabled"

// maxDisabledRows is how many row numbers such a warning names.
const maxDisabledRows = 10

// mark is how the values of a column say that a person's account is disabled.
type mark uint8

const (
	markNone  mark = iota
	markYes        // a yes means disabled: "Block credential"
	markNo         // a no means disabled: "accountEnabled"
	markState      // a word for a state: "Status"
	markSet        // any value at all: the time of a deletion
	markBits       // userAccountControl of Active Directory
)

// marks are the columns and fields by their folded name. The names are those of
// exports of Microsoft Entra ID and 365 (accountEnabled, Block credential, Soft
// deletion time stamp), Active Directory (Enabled, userAccountControl), Google
// Workspace (Status [READ ONLY], suspended, archived), Okta (status), Slack (status),
// Auth0 (blocked), SCIM (active, RFC 7643, 4.1.1) and Cognito (Enabled).
var marks = map[string]mark{
	"accountenabled": markNo, "enabled": markNo, "isenabled": markNo, "userenabled": markNo, "active": markNo,
	"isactive": markNo, "accountactive": markNo, "useractive": markNo, "aktiv": markNo, "aktiviert": markNo, "kontoaktiviert": markNo,

	"blockcredential": markYes, "blocked": markYes, "isblocked": markYes, "signinblocked": markYes, "disabled": markYes,
	"isdisabled": markYes, "accountdisabled": markYes, "suspended": markYes, "issuspended": markYes, "deactivated": markYes,
	"isdeactivated": markYes, "deleted": markYes, "isdeleted": markYes, "archived": markYes, "isarchived": markYes,
	"inactive": markYes, "isinactive": markYes, "gesperrt": markYes, "deaktiviert": markYes, "geloscht": markYes,

	"status": markState, "statusreadonly": markState, "userstatus": markState, "accountstatus": markState,
	"employeestatus": markState, "employmentstatus": markState, "accountstate": markState, "userstate": markState,

	"softdeletiontimestamp": markSet, "whensoftdeleted": markSet, "deleteddatetime": markSet, "deletedat": markSet,
	"deactivatedat": markSet, "suspendedat": markSet, "disabledat": markSet,

	"useraccountcontrol": markBits,
}

// disabledStates are the words of a status that mean it, lower case.
var disabledStates = map[string]bool{
	"disabled": true, "suspended": true, "deactivated": true, "deleted": true, "inactive": true, "blocked": true,
	"deprovisioned": true, "archived": true, "terminated": true, "soft deleted": true, "pending deletion": true,
	"deaktiviert": true, "gesperrt": true, "gelöscht": true, "inaktiv": true, "désactivé": true, "suspendu": true, "inactif": true,
}

// accountDisabled is the bit ACCOUNTDISABLE of userAccountControl (Microsoft, "User-
// Account-Control attribute").
const accountDisabled = 0x2

// markOf is what a column or field of that name says of a row.
func markOf(name string) mark {
	return marks[strings.Trim(strings.NewReplacer("[", "", "]", "").Replace(fold(name)), " ")]
}

// mark is markOf, remembering it as [collector.meaning] does.
func (c *collector) mark(name string) mark {
	m, ok := c.marks[name]
	if !ok {
		m = markOf(name)
		if len(c.marks) < maxNames {
			c.marks[name] = m
		}
	}
	return m
}

// means reports whether a value of the column means that the account is disabled.
func (m mark) means(value string) bool {
	value = strings.ToLower(strings.TrimSpace(value))
	switch m {
	case markYes:
		return isYes(value) || disabledStates[value]
	case markNo:
		return isNo(value) || disabledStates[value]
	case markState:
		return disabledStates[strings.ReplaceAll(value, "_", " ")]
	case markSet:
		return !isNo(value) && !isNothing(value)
	case markBits:
		bits, err := strconv.ParseUint(value, 10, 32)
		return err == nil && bits&accountDisabled != 0
	}
	return false
}

func isYes(value string) bool {
	switch value {
	case "true", "yes", "y", "1", "x", "ja", "wahr", "oui", "vrai":
		return true
	}
	return false
}

func isNo(value string) bool {
	switch value {
	case "false", "no", "n", "0", "nein", "falsch", "non", "faux":
		return true
	}
	return false
}

// isNothing reports whether a value is one that exports write for none.
func isNothing(value string) bool {
	switch value {
	case "", "-", "null", "none", "n/a", "#n/a", "never", "0/0/00":
		return true
	}
	return false
}

// disabledBy are the rows that one column or field marks.
type disabledBy struct {
	name string // as it was sent
	rows []int  // at most maxDisabledRows
	n    int
	last int // the row that was counted last
}

// noteDisabled counts the row if a value under that name marks it.
func (c *collector) noteDisabled(m mark, name, value string) {
	if m == markNone || !m.means(value) {
		return
	}
	for i := range c.disabled {
		if c.disabled[i].name == name {
			c.disabled[i].add(c.row.Number)
			return
		}
	}
	if len(c.disabled) < maxNamed {
		c.disabled = append(c.disabled, disabledBy{name: name})
		c.disabled[len(c.disabled)-1].add(c.row.Number)
	}
}

func (d *disabledBy) add(row int) {
	if d.last == row {
		return
	}
	d.n, d.last = d.n+1, row
	if len(d.rows) < maxDisabledRows {
		d.rows = append(d.rows, row)
	}
}

// warnDisabled says how many rows each column marks, and which.
func (c *collector) warnDisabled() {
	for _, d := range c.disabled {
		rows, verb, them := counted(d.n, "row"), "are", "them"
		if d.n == 1 {
			verb, them = "is", "it"
		}
		c.out.Warnings = append(c.out.Warnings, onboard.Fault{Code: CodeDisabled, Detail: fmt.Sprintf(
			"%s %s marked as disabled, suspended or deleted by %s: %s. usher invites %s nevertheless. Remove %[5]s if that is wrong.",
			rows, verb, quoted(d.name), d.numbers(), them)})
	}
}

// numbers are the numbers of the rows: "row 3", "rows 3, 5 and 12 more".
func (d disabledBy) numbers() string {
	list := make([]string, len(d.rows))
	for i, row := range d.rows {
		list[i] = strconv.Itoa(row)
	}
	text := "row " + list[0]
	if d.n > 1 {
		text = "rows " + strings.Join(list, ", ")
	}
	if more := d.n - len(d.rows); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// markedColumn is a column that may mark rows.
type markedColumn struct {
	index int
	name  string
	mark  mark
}

// markedColumns finds those of a header.
func markedColumns(columns []column) []markedColumn {
	var found []markedColumn
	for i, col := range columns {
		if m := markOf(col.name); m != markNone && col.role != roleOutcome {
			found = append(found, markedColumn{i, col.name, m})
		}
	}
	return found
}

// noteDisabledCells counts the row if one of its cells marks it.
func (c *collector) noteDisabledCells(columns []markedColumn, cells []string) {
	for _, col := range columns {
		if c.row.Fault == nil && col.index < len(cells) {
			c.noteDisabled(col.mark, col.name, cells[col.index])
		}
	}
}

// skipMark reads past the value of a field that is not used, and counts the row if the
// value marks it.
func (r *jsonReader) skipMark(key string) error {
	m := r.out.mark(key)
	switch kind := r.PeekKind(); {
	case m == markNone, kind == jsontext.KindBeginObject, kind == jsontext.KindBeginArray:
		return r.skip()
	}
	value, err := r.scalar()
	if err == nil {
		r.out.noteDisabled(m, key, value)
	}
	return err
}

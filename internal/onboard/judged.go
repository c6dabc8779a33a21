package onboard

import (
	"context"
	"slices"
	"strings"
)

// CodePoolUnread marks a warning: the pool's settings could not be read, so rows
// were not checked against them.
const CodePoolUnread Code = "pool_unreadable"

// Judged is an order whose rows have been judged: what a dry run shows, and what
// a submission accepts.
type Judged struct {
	Order

	// Messages has one message for each row, in the same order. A row that can
	// never pass, and one whose address appears earlier, carries its outcome; the
	// others are to be invited.
	Messages []Message

	// Warnings say of the submission as a whole what was read and will not be used.
	Warnings []Fault

	// People is how many rows are to be invited, and Memberships how many groups
	// they are to be put into, all together.
	People, Memberships int

	// Administrators is how many of those people will be able to invite others.
	Administrators int

	// Groups are the groups that anybody is to be put into, each once, as they come.
	Groups []string

	pool *PoolSettings // what the rows were checked against; nil: not known
}

// Judge judges the rows of an order. It stores nothing and asks the pool for
// nothing but its settings. What the pool appears not to know is looked up again
// first: somebody may just have added it.
func (s *Submitter) Judge(ctx context.Context, o Order) Judged {
	if o.Options.ResendOnly { // neither attributes nor groups change
		return s.judge(o, nil)
	}
	j := s.judge(o, s.Pool.Settings(ctx))
	if j.missesSomething() {
		if fresh := s.Pool.FreshSettings(ctx); fresh != j.pool {
			j = s.judge(o, fresh)
		}
	}
	if j.pool == nil && s.Pool.isReadable() && len(j.Groups) > 0 && len(s.Groups.Allowed) == 0 {
		j.Warnings = append(j.Warnings, Fault{CodePoolUnread,
			"The pool could not be read, so it is not known whether a group of these rows carries an IAM role."})
	}
	if j.pool == nil && o.Submission.CSV && o.Submission.hasAttributes() {
		j.Warnings = append(j.Warnings, Fault{CodePoolUnread,
			"The pool could not be read. Rows fail if it lacks an attribute that a column is named for."})
	}
	return j
}

// judge judges the rows of an order against a pool, nil if it is not known.
func (s *Submitter) judge(o Order, pool *PoolSettings) Judged {
	rules := Rules{Pool: pool, Groups: s.Groups, Lenient: o.Submission.CSV}
	j := Judged{Order: o, Messages: make([]Message, len(o.Submission.Rows)), pool: pool}
	first := make(map[string]int, len(o.Submission.Rows)) // folded address to row number
	said, named := map[Fault]bool{}, map[string]bool{}
	var warnings []Fault
	for i, row := range o.Submission.Rows {
		judgement := rules.Judge(row)
		m := Message{Row: row.Number, Person: judgement.Person}
		address := FoldUserName(m.Email)
		switch earlier, seen := first[address]; {
		case judgement.Fault != nil:
			m.State, m.Code, m.Reason = Failed, judgement.Fault.Code, Sentence(judgement.Fault.Detail)
		case seen:
			m.State, m.Code, m.Reason = Duplicate, CodeDuplicate, duplicateOf(earlier)
		default:
			first[address] = row.Number
			j.People++
			j.Memberships += len(m.Groups)
			for _, group := range m.Groups {
				if !named[group] {
					named[group] = true
					j.Groups = append(j.Groups, group)
				}
			}
			if s.Groups.makesAdministrator(m.Groups) {
				j.Administrators++
			}
		}
		j.Messages[i] = m
		for _, w := range judgement.Warnings {
			if !said[w] {
				said[w] = true
				warnings = append(warnings, w)
			}
		}
	}
	slices.SortFunc(warnings, func(a, b Fault) int { return strings.Compare(a.Detail, b.Detail) })
	j.Warnings = slices.Concat(o.Submission.Warnings, warnings)
	return j
}

// missesSomething reports whether a row names an attribute or a group that the
// pool was not known to have.
func (j Judged) missesSomething() bool {
	if j.pool == nil {
		return false
	}
	return len(j.Warnings) > len(j.Submission.Warnings) ||
		slices.ContainsFunc(j.Messages, func(m Message) bool {
			return m.Code == CodeAttributeUnknown || m.Code == CodeGroupUnknown
		})
}

// WouldBe returns the request that accepting j would make, as far as it is known
// before: it has no id and no times.
func (j Judged) WouldBe() Request {
	r := Request{
		Phase: Running, Label: j.Submission.Label, Options: j.Options, Total: len(j.Messages), SubmittedBy: j.By,
		Tally: Tally{States: map[State]int{}, Codes: map[Code]int{}},
	}
	for _, m := range j.Messages {
		if m.State != "" {
			r.Tally.States[m.State]++
			r.Tally.Codes[m.Code]++
		}
	}
	return r
}

// mails is how many mails the order has sent.
func (j Judged) mails() int {
	if j.Options.Mail == Suppress {
		return 0
	}
	return j.People
}

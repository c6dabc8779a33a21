package onboard

import (
	"context"
	"slices"
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

	// Remarks are what is remarked on single rows, by their places in Messages.
	Remarks map[int][]Remark

	// NotReady is why no row can be invited; nil: some can.
	NotReady *Obstacle

	// People is how many rows are to be invited, and Memberships how many groups
	// they are to be put into, all together.
	People, Memberships int

	// Administrators is how many of those people will be able to invite others.
	Administrators int

	// Groups are the groups that anybody is to be put into, each once, as they come.
	Groups []string

	// Known is who of them was invited from here before; nil: not looked up, or not
	// known. See [Submitter.Check].
	Known *Known

	leftOut map[string]bool // attributes that the pool lacks

	pool *PoolSettings // what the rows were checked against; nil: not known
}

// Judge judges the rows of an order. It stores nothing and asks the pool for
// nothing but its settings. What the pool appears not to know is looked up again
// first: somebody may just have added it.
func (s *Submitter) Judge(ctx context.Context, o Order) Judged {
	settings := s.Pool.Settings(ctx)
	j := s.judge(o, settings)
	if j.missesSomething() {
		if fresh := s.Pool.FreshSettings(ctx); fresh != settings {
			j = s.judge(o, fresh)
		}
	}
	if o.Options.ResendOnly {
		return j
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
	obstacle := obstacleTo(o, pool)
	if o.Options.ResendOnly { // neither attributes nor groups change
		pool = nil
	}
	rules := Rules{Pool: pool, Groups: s.Groups, Lenient: o.Submission.CSV, KeepColumns: o.Submission.KeepColumns, Obstacle: obstacle, Options: o.Options}
	j := Judged{Order: o, Messages: make([]Message, len(o.Submission.Rows)), pool: pool, leftOut: map[string]bool{}}
	first := make(map[string]int, len(o.Submission.Rows)) // folded address to row number
	named := map[string]bool{}
	var remarked tallied
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
		for _, name := range judgement.LeftOut {
			j.leftOut[name] = true
		}
		if m.State == "" && len(judgement.Remarks) > 0 {
			remarked.add(judgement.Remarks)
			j.remark(i, judgement.Remarks)
		}
		if obstacle != nil && m.Code == obstacle.Code {
			j.NotReady = obstacle
		}
	}
	j.Warnings = slices.Concat(o.Submission.Warnings, remarked.warnings())
	j.leaveOutColumns()
	return j
}

// remark keeps the remarks on one row, without those that are the same for all rows.
func (j *Judged) remark(i int, remarks []Remark) {
	remarks = slices.DeleteFunc(slices.Clone(remarks), func(r Remark) bool { return r.Rows == "" })
	if len(remarks) == 0 {
		return
	}
	if j.Remarks == nil {
		j.Remarks = map[int][]Remark{}
	}
	j.Remarks[i] = remarks
}

// missesSomething reports whether a row names an attribute or a group that the
// pool was not known to have, or the pool was known to take none.
func (j Judged) missesSomething() bool {
	if j.pool == nil {
		return j.NotReady != nil
	}
	return j.NotReady != nil || len(j.leftOut) > 0 ||
		slices.ContainsFunc(j.Messages, func(m Message) bool {
			return m.Code == CodeAttributeUnknown || m.Code == CodeGroupUnknown
		})
}

// WouldBe returns the request that accepting j would make, as far as it is known
// before: it has no id and no times.
func (j Judged) WouldBe() Request {
	r := Request{
		Phase: Running, Label: j.Submission.Label, Options: j.Options, Passwordless: j.pool != nil && j.pool.Passwordless, Said: j.Submission.Said, Total: len(j.Messages), SubmittedBy: j.By,
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

// mails is how many mails the order has sent at most: the pool alone knows who of
// the people has a user, and of those invited from here, who has signed in.
func (j Judged) mails() int {
	switch {
	case j.Options.Mail == Suppress:
		return 0
	case j.Options.OnExisting != Resend, j.pool != nil && j.pool.Passwordless: // nobody can be mailed again there
		return j.newPeople()
	case j.Options.Force:
		return j.People
	}
	return j.People - j.Known.MailedRecently()
}

// newPeople is how many of the people were not invited from here before, as far as
// is known.
func (j Judged) newPeople() int { return j.People - j.Known.Count() }

// newMemberships is how many groups those are to be put into.
func (j Judged) newMemberships() int {
	if j.Known.Count() == 0 {
		return j.Memberships
	}
	n := 0
	for _, m := range j.Messages {
		if _, known := j.Known.Rows[m.Row]; m.State == "" && !known {
			n += len(m.Groups)
		}
	}
	return n
}

package onboard_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

var (
	pairs    = flag.Int("pairs", 20_000, "how many pairs of pool and row TestTheCheckIsTheRun compares")
	pairSeed = flag.Uint64("pair-seed", 1, "the first seed of TestTheCheckIsTheRun")
)

// rowsOfWorld is how many rows one random pool is tried with.
const rowsOfWorld = 50

// For random pools and rows a dry run says of each row what the run makes of it in a
// pool that enforces its schema with code of its own. And what a dry run refuses, that
// pool refuses too.
//
// The exceptions, which the worlds leave out: users who are there already, quotas,
// a sender in the sandbox, faults of the services, a pool that changes between the two, ignore_pool, and a
// pool that refuses rows without a required attribute that people could add (it is
// documented otherwise; such rows have a warning). [stricter] lists what is refused
// although the pool might take it.
func TestTheCheckIsTheRun(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for n, seed := 0, *pairSeed; n < *pairs && !t.Failed(); n, seed = n+rowsOfWorld, seed+1 {
		synctest.Test(t, func(t *testing.T) { compareWorld(t, seed, counts) })
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%7d %s", counts[what], what)
	}
	for _, must := range []string{"invited", "attribute_invalid", "attribute_unknown", "attribute_required", "group_unknown", "pool_not_ready", "sender_not_ready", "normalized"} {
		if counts[must] == 0 {
			t.Errorf("no row was %s: the worlds are too small", must)
		}
	}
}

func compareWorld(t *testing.T, seed uint64, counts map[string]int) {
	draw := drawer{rand.New(rand.NewPCG(seed, 0))}
	cfg := draw.pool()
	b := newBundle(t, cfg)
	b.system.Inspector, b.system.Sender, b.system.GroupQuota = b.pool, b.pool, 100_000
	b.submitter = b.system.Submitter()
	b.worker = b.system.Worker()
	order := draw.order(cfg)
	judged := b.submitter.Judge(t.Context(), order)
	for i, m := range judged.Messages {
		counts[string(m.Code)]++
		for _, remark := range judged.Remarks[i] {
			counts[string(remark.Code)]++
		}
		if m.State == onboard.Failed {
			checkRefused(t, b, seed, order.Submission.Rows[i], m)
		}
	}
	r, _, err := b.submitter.Submit(t.Context(), order)
	switch {
	case judged.NotReady != nil && errors.Is(err, onboard.ErrPoolNotReady), judged.People == 0 && errors.Is(err, onboard.ErrNoValidRow):
		return
	case err != nil:
		t.Fatalf("seed %d: submit: %v", seed, err)
	}
	for end := time.Now().Add(time.Hour); !b.request(r.ID).Done(time.Now()) && time.Now().Before(end); {
		if handed, _ := b.deliver(b.queue, b.worker, time.Minute); handed == 0 {
			time.Sleep(time.Second)
		}
	}
	rows := b.rows(r.ID)
	for _, m := range judged.Messages {
		got, want := rows[m.Row], m.State
		if want == "" {
			want = onboard.Invited
			if order.Options.Mail == onboard.Suppress {
				want = onboard.Created
			}
			counts[string(onboard.Invited)]++
		}
		if got.State != want || got.Code != m.Code {
			t.Fatalf("seed %d row %d: the check says %s %s, the run %s %s (%s)\nattributes %q groups %q\nsettings %+v",
				seed, m.Row, want, m.Code, got.State, got.Code, got.Reason, order.Submission.Rows[m.Row-1].Attributes, m.Groups, cfg)
		}
	}
}

// checkRefused checks that the pool, too, refuses a row that the check refuses.
func checkRefused(t *testing.T, b *bundle, seed uint64, row onboard.Row, m onboard.Message) {
	if stricter(row, m) {
		return
	}
	email := fmt.Sprintf("other%d@example.org", row.Number)
	if m.Code == onboard.CodeGroupUnknown || m.Code == onboard.CodeGroupInvalid {
		if _, err := b.pool.AddUser(email, true); err != nil {
			t.Fatal(err)
		}
		refused := slices.ContainsFunc(row.Groups, func(group string) bool {
			return errors.Is(b.pool.AddToGroup(context.Background(), email, group), onboard.ErrRefused)
		})
		if !refused {
			t.Errorf("seed %d row %d: the check refuses groups %q (%s), the pool does not", seed, row.Number, row.Groups, m.Code)
		}
		return
	}
	attributes := maps.Clone(row.Attributes)
	for _, own := range []string{"sub", "updated_at", "email", "email_verified"} {
		delete(attributes, own)
	}
	if m.Code == onboard.CodeAttributeRequired {
		maps.DeleteFunc(attributes, func(_, value string) bool { return slices.Contains(marks, value) })
	}
	if m.Code == onboard.CodeSenderNotReady {
		if _, err := b.pool.Invite(t.Context(), onboard.Ask{Email: email, Attributes: m.Attributes}); !errors.Is(err, onboard.ErrNotMailed) {
			t.Errorf("seed %d row %d: the check says that no mail goes out, the pool %v", seed, row.Number, err)
		}
		return
	}
	_, err := b.pool.Invite(t.Context(), onboard.Ask{Email: email, Attributes: attributes, SuppressMail: true})
	if !errors.Is(err, onboard.ErrRefused) {
		t.Errorf("seed %d row %d: the check says %s (%s) of %q, the pool %v", seed, row.Number, m.Code, m.Reason, row.Attributes, err)
	}
}

// stricter reports whether the check refuses a row for what the pool may take: the
// spelling of addresses, languages that are none, and phone numbers that cannot be.
func stricter(row onboard.Row, m onboard.Message) bool {
	switch m.Code {
	case onboard.CodeEmailInvalid, onboard.CodeEmailMissing, onboard.CodeEmailTooLong:
		return true
	}
	return strings.Contains(m.Reason, "is not a language tag") || strings.Contains(m.Reason, "where phone numbers have") ||
		strings.Contains(m.Reason, "where its country code belongs")
}

// drawer draws pools and rows.
type drawer struct{ *rand.Rand }

func (d drawer) oneIn(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d drawer, list ...T) T { return list[d.IntN(len(list))] }

var (
	ownNames      = []string{"custom:tenant", "custom:level", "custom:active", "custom:since", "custom:Note"}
	standardNames = []string{
		"given_name", "family_name", "name", "phone_number", "birthdate", "locale", "updated_at", "preferred_username",
		"phone_number_verified", "zoneinfo", "website", "sub", "email", "email_verified",
	}
	marks      = []string{"", "-", "#N/A", "NULL", "0/0/00", "n/a"} // of no value
	groupNames = []string{"staff", "students", "Grüppe 7", "x"}
)

func (d drawer) pool() memory.PoolConfig {
	cfg := memory.PoolConfig{CreationRate: 100_000, GroupRate: 100_000, Seed: d.Uint64() | 1}
	cfg.Names = pick(d, memory.EmailNames, memory.EmailNames, memory.EmailNames, memory.PlainNames, memory.AliasNames, memory.PhoneNames)
	if !d.oneIn(4) && cfg.Names != memory.PlainNames {
		cfg.Names = memory.EmailNames
	}
	cfg.Sender.Paused, cfg.Sender.Unverified = d.oneIn(20), d.oneIn(20)
	cfg.Passwordless, cfg.NameAsAlias, cfg.CaseSensitive = d.oneIn(3), d.oneIn(4), d.oneIn(5)
	for _, name := range ownNames {
		if d.oneIn(3) {
			continue
		}
		a := memory.Attribute{Name: name, Type: pick(d, "String", "Number", "Boolean", "DateTime"), Fixed: d.oneIn(3)}
		switch a.Type {
		case "String":
			a.MinLength, a.MaxLength = pick(d, 0, 0, 1, 3), pick(d, 0, 5, 8, 12, 2048)
		case "Number":
			a.Least, a.Most = pick(d, "", "", "0", "-3.5", "1"), pick(d, "", "9", "9.99", "10000000000000000000000")
		}
		cfg.Attributes = append(cfg.Attributes, a)
	}
	for _, name := range standardNames[:8] {
		if d.oneIn(8) {
			a := memory.Attribute{Name: name, Required: d.oneIn(2), Fixed: d.oneIn(2)}
			switch name {
			case "birthdate":
				a.MinLength, a.MaxLength = 10, 10
			case "updated_at":
				a.Type = "Number"
				a.Required = false // usher never gives it, so that no row could pass
			case "preferred_username":
				a.Required = a.Required && !cfg.NameAsAlias
			default:
				a.MinLength, a.MaxLength = pick(d, 0, 0, 2, 6), pick(d, 0, 8, 14, 40)
			}
			cfg.Attributes = append(cfg.Attributes, a)
		}
	}
	for _, g := range groupNames {
		if !d.oneIn(3) {
			cfg.Groups = append(cfg.Groups, g)
		}
	}
	return cfg
}

func (d drawer) order(cfg memory.PoolConfig) onboard.Order {
	o := onboard.Order{By: "root"}
	o.Submission.CSV = d.oneIn(2)
	o.Options.Mail = pick(d, onboard.Send, onboard.Suppress)
	for i := range rowsOfWorld {
		row := onboard.Row{Number: i + 1, Person: onboard.Person{Email: d.email(i), Attributes: map[string]string{}}}
		for _, a := range cfg.Attributes {
			if a.Required && !d.oneIn(6) || d.oneIn(5) {
				row.Attributes[a.Name] = d.value(a)
			}
		}
		if d.oneIn(2) {
			name := pick(d, append(slices.Clone(standardNames), ownNames...)...)
			row.Attributes[name] = d.value(memory.Attribute{Name: name, Type: pick(d, "String", "Number", "Boolean", "DateTime")})
		}
		for d.oneIn(4) {
			row.Groups = append(row.Groups, pick(d, append(groupNames, "ghosts", "", strings.Repeat("g", 129))...))
		}
		o.Submission.Rows = append(o.Submission.Rows, row)
	}
	return o
}

func (d drawer) email(i int) string {
	plain := fmt.Sprintf("Person%d@example.org", i)
	return pick(d, plain, plain, plain, plain, plain, plain, strings.ToLower(plain)+" ", "person0@example.org", "nobody", "a b@example.org", "é"+plain, "-", "")
}

// value is likely one that the attribute can have.
func (d drawer) value(a memory.Attribute) string {
	if d.oneIn(12) {
		return pick(d, pick(d, marks...), "Null", strings.Repeat("é", 2048), strings.Repeat("x", 2049), " ")
	}
	switch a.Name {
	case "phone_number":
		return d.phone()
	case "birthdate":
		return d.date()
	case "locale":
		return pick(d, "en", "de-AT", "pt_BR", "zh-Hant-TW", "English", "e", "en-", "en us")
	}
	switch kind := a.Type; {
	case kind == "Number":
		return pick(d, "", "-", "+") + fmt.Sprint(d.IntN(12)) + pick(d, "", "", ".0", ".5", ".99", ".", "e3", "E+11", ",5", "000000000000000000000", "x")
	case kind == "Boolean":
		return pick(d, "true", "false", "TRUE", "False", "yes", "1")
	case kind == "DateTime":
		zone := pick(d, "Z", "Z", "+01:00", "-23:59", "+24:00", "", "z", ".5Z", ".Z", ",5Z", "+0100")
		return pick(d, d.date(), d.date()+"T"+d.clock()+zone, fmt.Sprint(d.Uint32()), "now")
	}
	return strings.Repeat(pick(d, "a", "ä", "🌱"), d.IntN(16))
}

func (d drawer) date() string {
	year, month, day := pick(d, 0, 1900, 1985, 2000, 2023, 2024, 9999), d.IntN(14), d.IntN(33)
	form := pick(d, "%04d-%02d-%02d", "%04d-%02d-%02d", "%04d-%02d-%02d", "%04d-%d-%d", "%04d/%02d/%02d", "%04d-%02d-%02d ")
	return fmt.Sprintf(form, year, month, day)
}

func (d drawer) clock() string {
	return fmt.Sprintf(pick(d, "%02d:%02d:%02d", "%02d:%02d:%02d", "%d:%02d:%02d"), d.IntN(25), d.IntN(61), d.IntN(61))
}

func (d drawer) phone() string {
	var b strings.Builder
	b.WriteString(pick(d, "+44", "+44", "+1", "0044", "+0", "", "0", "+", "tel:+49", "+44 (0)"))
	for range d.IntN(14) {
		fmt.Fprintf(&b, "%d%s", d.IntN(10), pick(d, "", "", "", "", " ", "-", "–", "\u00a0", ".", "/", "(", ")", "\u200e"))
	}
	return b.String() + pick(d, "", "", "", "", "", " ext 5", "E+11", "٣")
}

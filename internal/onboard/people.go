package onboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// People answers what usher and the pool know of one person, and acts for one person.
// Its fields are set once, before use; it is then safe for concurrent use.
type People struct {
	Administration *Administration
	Store          Store
	Directory      Directory // nil: the pool is not asked
	Eraser         *Eraser
	Log            *slog.Logger
}

// PersonFound is what is known of one address.
type PersonFound struct {
	Email string // as the latest row spells it; as it was asked for if there is none

	// Rows are the rows with the address, the latest first: those that the claim
	// remembers, and those that wait in open requests.
	Rows []PersonRow

	// Complete says that all open requests were searched in time.
	Complete bool

	// Users are those of the address in the pool; they are known only if PoolRead.
	Users    []FoundUser
	PoolRead bool

	Erasure *Erasure // if the person is being erased

	MailedAt    time.Time // the latest mail that usher knows of; zero: none
	MailedAgain time.Time // from when the person can be mailed without force; zero: now
}

// PersonRow is a row with the address that was asked for.
type PersonRow struct {
	Request Request
	Invitation

	Delivery MailDelivery // of the row's mail; "" if nothing is known
}

// IsOpen reports whether the row still waits for its outcome.
func (r PersonRow) IsOpen(now time.Time) bool {
	return r.Open(r.Request.Round) && !r.Request.Abandoned(now)
}

const (
	// personTimeout bounds a look-up: an answer without the rows that wait in a very
	// large request is better than none, and says that it is not complete.
	personTimeout = 5 * time.Second

	// openSearched is how many open requests are searched side by side.
	openSearched = 8
)

// Find returns what is known of an address: from its claim, from the manifests of open
// requests, since a row that was never attempted has no claim, and from the pool's list
// of users. Nobody is billed and nothing is written. What the pool does not say in time
// is missing.
func (p *People) Find(ctx context.Context, email string) (PersonFound, error) {
	ctx, cancel := context.WithTimeout(ctx, personTimeout)
	defer cancel()
	var (
		users []FoundUser
		read  bool
		all   sync.WaitGroup
	)
	all.Go(func() { users, read = p.ask(ctx, email) })
	found, err := p.known(ctx, email)
	all.Wait()
	if read && len(users) == 0 && found.Email != email {
		users, read = p.ask(ctx, found.Email)
	}
	found.Users, found.PoolRead = users, read
	return found, err
}

// recorded returns what usher's own records say of an address, in the time that it may take.
func (p *People) recorded(ctx context.Context, email string) (PersonFound, error) {
	ctx, cancel := context.WithTimeout(ctx, personTimeout)
	defer cancel()
	return p.known(ctx, email)
}

// known returns what usher's own records say of an address.
func (p *People) known(ctx context.Context, email string) (PersonFound, error) {
	found := PersonFound{Email: email}
	if err := p.findRows(ctx, email, &found); err != nil {
		return found, err
	}
	if len(found.Rows) > 0 {
		found.Email = found.Rows[0].Email
	}
	return found, nil
}

// ask returns the users of an address, in the spelling given and in lower case: whether
// the pool compares them with regard to case is documented nowhere.
func (p *People) ask(ctx context.Context, email string) (users []FoundUser, ok bool) {
	if p.Directory == nil {
		return nil, false
	}
	for _, spelling := range slices.Compact([]string{email, FoldAddress(email)}) {
		found, err := p.Directory.Find(ctx, spelling)
		if err != nil {
			p.Log.WarnContext(ctx, "the pool did not list the users of an address", "error", err)
			return nil, false
		}
		users = append(users, found...)
	}
	slices.SortFunc(users, func(a, b FoundUser) int { return cmp.Compare(a.Sub, b.Sub) })
	return slices.CompactFunc(users, func(a, b FoundUser) bool { return a.Sub == b.Sub }), true
}

// findRows adds what usher's own records say of the address.
func (p *People) findRows(ctx context.Context, email string, found *PersonFound) error {
	folded := FoldAddress(email)
	claims, err := p.Store.Claims(ctx, []string{folded})
	if err != nil {
		return fmt.Errorf("read the claim: %w", err)
	}
	claim := claims[folded]
	if erasure, open, err := p.Eraser.Person(ctx, folded); err != nil {
		return err
	} else if open {
		found.Erasure = &erasure
	}
	found.MailedAt = claim.MailedAt
	if again := claim.MailedAt.Add(ResendCooldown); !claim.MailedAt.IsZero() && time.Now().Before(again) {
		found.MailedAgain = again
	}
	rows := personRows{}
	requests := seenRequests{}
	for _, at := range claim.places() {
		if err := rows.read(ctx, p.Store, requests, at, folded); err != nil {
			return err
		}
	}
	found.Complete, err = p.searchOpen(ctx, folded, rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		found.Rows = append(found.Rows, row)
	}
	slices.SortFunc(found.Rows, func(a, b PersonRow) int {
		return cmp.Or(b.Request.SubmittedAt.Compare(a.Request.SubmittedAt), cmp.Compare(b.Request.ID, a.Request.ID), cmp.Compare(a.Row, b.Row))
	})
	noted := map[string]map[int]MailDelivery{}
	for i, row := range found.Rows { // of the latest, if there are many
		id := row.Request.ID
		if _, read := noted[id]; !read && len(noted) < openSearched {
			if noted[id], err = p.Store.NotedMails(ctx, id); err != nil {
				p.Log.WarnContext(ctx, "what became of mails could not be read", "request_id", id, "error", err)
			}
		}
		found.Rows[i].Delivery = noted[id][row.Row]
	}
	return nil
}

// places names the rows that a claim remembers.
func (c Claim) places() []Holder {
	var places []Holder
	add := func(h Holder) {
		h.Token = ""
		if h != (Holder{}) && !slices.Contains(places, h) {
			places = append(places, h)
		}
	}
	for _, t := range c.History {
		add(Holder{RequestID: t.RequestID, Row: t.Row})
	}
	add(c.CreditedTo)
	add(c.Holder)
	add(c.Trail.By)
	return places
}

// personRows are the rows with one address, by place.
type personRows map[Holder]PersonRow

// read adds the row at a place, if it is stored and has the address.
func (rows personRows) read(ctx context.Context, store Store, requests seenRequests, at Holder, folded string) error {
	r, err := requests.read(ctx, store, at.RequestID)
	if errors.Is(err, ErrNotFound) { // it has expired
		return nil
	}
	if err != nil {
		return fmt.Errorf("read request %s: %w", at.RequestID, err)
	}
	inv, _, err := store.Load(ctx, at.RequestID, at.Row, "")
	if err != nil {
		return fmt.Errorf("read request %s row %d: %w", at.RequestID, at.Row, err)
	}
	if inv.Version > 0 && FoldAddress(inv.Email) == folded {
		rows[at] = PersonRow{Request: r, Invitation: r.Shown(inv, time.Now())}
	}
	return nil
}

// searchOpen adds the rows of open requests, and reports whether all were searched.
func (p *People) searchOpen(ctx context.Context, folded string, rows personRows) (complete bool, err error) {
	var (
		mu     sync.Mutex
		all    sync.WaitGroup
		places = make(chan struct{}, openSearched)
		faults []error
	)
	complete = true
	for after := ""; ; {
		page, err := p.Store.OpenRequests(ctx, after, openPage)
		if errors.Is(err, ErrDamaged) { // the page has all but those
			complete, err = false, nil
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("read the open requests: %w", err))
			break
		}
		for _, r := range page {
			after = r.ID
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				found, err := p.searchRequest(ctx, r, folded)
				mu.Lock()
				defer mu.Unlock()
				for _, row := range found {
					rows[Holder{RequestID: r.ID, Row: row.Row}] = row
				}
				if err != nil {
					faults = append(faults, err)
				}
			})
		}
		if len(page) < openPage {
			break
		}
	}
	all.Wait()
	for _, fault := range faults {
		if ctx.Err() == nil && !errors.Is(fault, ErrDamaged) {
			return false, fault
		}
		complete = false
	}
	return complete, nil
}

// searchRequest returns the rows of a request with the address, as they are stored or,
// where nothing is stored yet, as they were accepted.
func (p *People) searchRequest(ctx context.Context, r Request, folded string) ([]PersonRow, error) {
	var found []PersonRow
	for after := 0; ; {
		part, err := p.Store.ManifestPart(ctx, r.ID, after)
		if errors.Is(err, ErrNotFound) {
			return found, nil
		}
		if err != nil {
			return found, fmt.Errorf("read the manifest of request %s: %w", r.ID, err)
		}
		messages, err := part.messages(r.ID, max(r.Round, 1))
		if err != nil {
			return found, err
		}
		for _, m := range messages {
			if FoldAddress(m.Email) != folded {
				continue
			}
			inv, _, err := p.Store.Load(ctx, r.ID, m.Row, "")
			if err != nil {
				return found, fmt.Errorf("read request %s row %d: %w", r.ID, m.Row, err)
			}
			if inv.Version == 0 {
				inv = m.Invitation()
				if m.State != "" { // judged when it was submitted; a worker stores it soon
					inv.State, inv.Code, inv.Reason = m.State, m.Code, m.Reason
				}
			}
			found = append(found, PersonRow{Request: r, Invitation: r.Shown(inv, time.Now())})
		}
		after = part.Last
	}
}

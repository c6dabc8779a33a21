package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Scanner finds out who has not signed in, from the pool's list of users who wait. It
// decides nothing about invitations: what it finds is for people to read, and for
// whom a resend chooses. Its fields are set once, before use; it is then safe for
// concurrent use.
type Scanner struct {
	Directory Directory // nil: nothing can be scanned
	Store     Store
	Notices   Notices // nil: nobody hears of passwords that expire

	// Daily has each request scanned once a day while its passwords work.
	Daily        bool
	PasswordLife time.Duration

	Log *slog.Logger
}

const (
	// scanGap is how long after one page of users the next is asked for: 10 a second,
	// a third of what an account may ask for (Amazon Cognito Developer Guide, "Quotas":
	// UserList).
	scanGap = 100 * time.Millisecond

	// scanSlice is how long one run scans. The next run continues.
	scanSlice = 20 * time.Second

	// scanReserve is what a run leaves of its time to write down how far it came.
	scanReserve = 2 * storeTimeout

	// tokenLife is how long a scan may take until it begins again: a token of the
	// pool's list works for an hour (Amazon Cognito API Reference, "ListUsers").
	tokenLife = 50 * time.Minute

	// maxScansAsked is how many requests may wait for their scan.
	maxScansAsked = 500

	// expiryNotice is how long before passwords expire people hear of it.
	expiryNotice = 48 * time.Hour
)

// scanWork is the one record of what is to be scanned and how far that has come.
type scanWork struct {
	Asked   []string  `json:"asked"` // requests; the first is being scanned
	DailyAt time.Time `json:"daily_at"`

	BegunAt time.Time `json:"begun_at"` // of the scan under way; zero: none is
	Token   string    `json:"token"`
	Found   RowSet    `json:"found"`
}

const scanRecord = "scans"

// Ask asks for a scan of a request. It runs within minutes. Errors: ErrNotFound,
// ErrNotNow.
func (s *Scanner) Ask(ctx context.Context, id string) (Request, error) {
	r, err := s.Store.Request(ctx, id)
	if err != nil {
		return Request{}, err
	}
	switch {
	case s.Directory == nil:
		return Request{}, &NotNowError{"This usher cannot list the pool's users."}
	case r.Round == 0:
		return Request{}, &NotNowError{"The request has invited nobody yet."}
	}
	for range 5 {
		work, record, err := s.work(ctx)
		if err != nil || slices.Contains(work.Asked, id) {
			return r, err
		}
		if len(work.Asked) >= maxScansAsked {
			return Request{}, &NotNowError{"Too many requests wait to be scanned. Try again in an hour."}
		}
		work.Asked = append(work.Asked, id)
		if err = saveRecord(ctx, s.Store, record, work); !errors.Is(err, ErrConflict) {
			return r, err
		}
	}
	return Request{}, &NotNowError{"Others ask for scans at this moment. Try again in a minute."}
}

// Asked reports whether a scan of the request is to come or under way.
func (s *Scanner) Asked(ctx context.Context, id string) (bool, error) {
	work, _, err := s.work(ctx)
	return slices.Contains(work.Asked, id), err
}

func (s *Scanner) work(ctx context.Context) (work scanWork, record Record, err error) {
	record, err = readRecord(ctx, s.Store, scanRecord, &work)
	return work, record, err
}

// Run scans what was asked for, as much as there is time for.
func (s *Scanner) Run(ctx context.Context) error {
	if s.Directory == nil {
		return nil
	}
	work, record, err := s.work(ctx)
	if err != nil {
		return err
	}
	until := time.Now().Add(scanSlice)
	if s.Daily && time.Since(work.DailyAt) >= 24*time.Hour {
		if err := s.askDaily(ctx, &work); err != nil {
			return err
		}
		if err := s.save(ctx, &record, work); err != nil {
			return unlessConflict(err)
		}
	}
	for len(work.Asked) > 0 && time.Now().Before(until) && !outOfTime(ctx, time.Now(), scanReserve) {
		scanErr := s.scan(ctx, &work, until)
		if err := s.save(ctx, &record, work); err != nil || scanErr != nil {
			return errors.Join(scanErr, unlessConflict(err))
		}
	}
	return nil
}

// save stores the work. With a conflict somebody asked for a scan meanwhile: what they
// asked for is kept, and the scan.
func (s *Scanner) save(ctx context.Context, record *Record, work scanWork) error {
	err := saveRecord(ctx, s.Store, *record, work)
	if err == nil {
		record.Version++
	}
	return err
}

// askDaily asks for a scan of each request whose passwords may still work.
func (s *Scanner) askDaily(ctx context.Context, work *scanWork) error {
	work.DailyAt = time.Now()
	for after := ""; ; {
		page, err := s.Store.ListRequests(ctx, after, openPage)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return fmt.Errorf("list requests for the daily scan: %w", err)
		}
		for _, r := range page {
			after = r.ID
			changed := time.Since(r.Tally.UpdatedAt)
			mailed := r.Tally.States[Invited]+r.Tally.States[Resent] > 0
			if mailed && changed < s.PasswordLife+24*time.Hour && len(work.Asked) < maxScansAsked && !slices.Contains(work.Asked, r.ID) {
				work.Asked = append(work.Asked, r.ID)
			}
			if time.Since(r.SubmittedAt) > DefaultMaxOpen+s.PasswordLife { // those after it are older
				return nil
			}
		}
		if len(page) < openPage {
			return nil
		}
	}
}

// scan continues the scan of the first request that was asked for.
func (s *Scanner) scan(ctx context.Context, work *scanWork, until time.Time) error {
	id := work.Asked[0]
	r, err := s.Store.Request(ctx, id)
	if errors.Is(err, ErrNotFound) {
		work.next()
		return nil
	}
	if err != nil {
		return fmt.Errorf("scan request %s: %w", id, err)
	}
	rows, err := s.index(ctx, id)
	if err != nil {
		return fmt.Errorf("scan request %s: %w", id, err)
	}
	if time.Since(work.BegunAt) >= tokenLife {
		work.begin()
	}
	for {
		users, next, err := s.Directory.Waiting(ctx, work.Token)
		switch {
		case errors.Is(err, ErrThrottled), errors.Is(err, ErrUnclear):
			return fmt.Errorf("scan request %s: %w", id, err) // the next run continues
		case err != nil && work.Token != "":
			work.begin() // the token may be what is wrong
			return fmt.Errorf("scan request %s: begins again: %w", id, err)
		case err != nil:
			work.next()
			return fmt.Errorf("scan request %s: given up: %w", id, err)
		}
		for _, u := range users {
			if row, ok := rows.of(u); ok {
				work.Found = work.Found.with(row)
			}
		}
		if work.Token = next; next == "" {
			err := s.finish(ctx, r, *work, rows.invitations)
			work.next()
			return err
		}
		if !time.Now().Before(until) || outOfTime(ctx, time.Now(), scanReserve) || !Sleep(ctx, scanGap) {
			return nil
		}
	}
}

func (w *scanWork) begin() { w.BegunAt, w.Token, w.Found = time.Now(), "", nil }

func (w *scanWork) next() {
	w.Asked = w.Asked[1:]
	w.BegunAt, w.Token, w.Found = time.Time{}, "", nil
}

// scannedRows are the rows of a request by whom they are about.
type scannedRows struct {
	invitations []Invitation
	bySub       map[string]int
	byAddress   map[string]int
}

// of returns the row of a user.
func (rows scannedRows) of(u WaitingUser) (int, bool) {
	if row, ok := rows.bySub[u.Sub]; ok {
		return row, true
	}
	row, ok := rows.byAddress[FoldAddress(u.Email)]
	return row, ok
}

// index reads the stored rows of a request. Rows that are stored later are unknown.
func (s *Scanner) index(ctx context.Context, id string) (scannedRows, error) {
	rows := scannedRows{bySub: map[string]int{}, byAddress: map[string]int{}}
	for after := 0; ; {
		page, err := s.Store.ListInvitations(ctx, id, after, listPage)
		if err != nil {
			return rows, err
		}
		for _, inv := range page {
			after = inv.Row
			if inv.State != Duplicate && !inv.Erased { // the row before it is the person's
				rows.byAddress[FoldAddress(inv.Email)] = inv.Row
			}
			if inv.UserSub != "" {
				rows.bySub[inv.UserSub] = inv.Row
			}
			inv.Person = Person{}
			rows.invitations = append(rows.invitations, inv)
		}
		if len(page) < listPage {
			return rows, nil
		}
	}
}

// finish stores what a scan has found, and tells how many passwords expire soon. If
// another scan that began later was faster, what it found stays.
func (s *Scanner) finish(ctx context.Context, r Request, work scanWork, rows []Invitation) error {
	was, record, err := readSignIns(ctx, s.Store, r.ID)
	if err != nil {
		return err
	}
	if was.At.After(work.BegunAt) {
		return nil
	}
	found := SignIns{At: work.BegunAt, Waiting: work.Found, Noticed: was.Noticed}
	now := time.Now()
	soon, first := 0, time.Time{}
	for _, inv := range rows {
		switch found.Of(inv) {
		case SignedInYes:
			found.Tally.Yes++
		case SignedInNo:
			found.Tally.No++
			if found.PasswordExpired(inv, now) {
				found.Tally.Expired++
			} else if at := inv.PasswordExpiresAt; !at.IsZero() && at.Before(now.Add(expiryNotice)) {
				soon++
				if first.IsZero() || at.Before(first) {
					first = at
				}
			}
		}
	}
	found.Tally.Unknown = r.Total - found.Tally.Yes - found.Tally.No
	noticeErr := s.tellExpiry(ctx, r, &found, soon, first)
	record.ExpiresAt = r.ExpiresAt
	return errors.Join(noticeErr, unlessConflict(saveRecord(ctx, s.Store, record, found)))
}

// tellExpiry gives the notice that passwords expire soon, once for a round.
func (s *Scanner) tellExpiry(ctx context.Context, r Request, found *SignIns, soon int, first time.Time) error {
	if s.Notices == nil || soon == 0 {
		return nil
	}
	n := r.notice(NoticeExpiring, time.Now(), found.At)
	n.Expiring, n.ExpiresAt = soon, first
	if n.ID == found.Noticed {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	if err := s.Notices.Notify(ctx, n); err != nil {
		return fmt.Errorf("give notice %s: %w", n.ID, err)
	}
	found.Noticed = n.ID
	return nil
}

package sim_test

import (
	"context"
	"time"

	"usher.example/internal/onboard"
)

// storePort is the store as one actor reaches it, with the actor's clock.
type storePort struct{ a *actor }

var _ onboard.Store = storePort{}

func (p storePort) read(ctx context.Context, c call, effect func(ctx context.Context) error) error {
	c.to, c.late = toStore, lateStore
	return p.a.do(ctx, c, effect)
}

func (p storePort) write(ctx context.Context, c call, effect func(ctx context.Context) error) error {
	c.write = true
	return p.read(ctx, c, effect)
}

func (p storePort) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	w := p.a.w
	r = movedRequest(r, p.a.ahead())
	return p.write(ctx, call{op: "CreateRequest", at: r.ID}, func(ctx context.Context) error {
		return w.audit.created(r, w.store.CreateRequest(ctx, r, key))
	})
}

func (p storePort) Request(ctx context.Context, id string) (r onboard.Request, err error) {
	err = p.read(ctx, call{op: "Request", at: id}, func(ctx context.Context) (err error) {
		r, err = p.a.w.store.Request(ctx, id)
		return err
	})
	return movedRequest(r, -p.a.ahead()), err
}

func (p storePort) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	w := p.a.w
	r, delta = movedRequest(r, p.a.ahead()), movedTally(delta, p.a.ahead())
	return p.write(ctx, call{op: "SaveRequest", at: r.ID}, func(ctx context.Context) error {
		return w.audit.savedRequest(r, w.store.SaveRequest(ctx, r, delta))
	})
}

func (p storePort) ListRequests(ctx context.Context, after string, limit int) (list []onboard.Request, err error) {
	err = p.read(ctx, call{op: "ListRequests"}, func(ctx context.Context) (err error) {
		list, err = p.a.w.store.ListRequests(ctx, after, limit)
		return err
	})
	for i := range list {
		list[i] = movedRequest(list[i], -p.a.ahead())
	}
	return list, err
}

func (p storePort) OpenRequests(ctx context.Context, after string, limit int) (list []onboard.Request, err error) {
	err = p.read(ctx, call{op: "OpenRequests"}, func(ctx context.Context) (err error) {
		list, err = p.a.w.store.OpenRequests(ctx, after, limit)
		return err
	})
	for i := range list {
		list[i] = movedRequest(list[i], -p.a.ahead())
	}
	return list, err
}

func (p storePort) SaveManifest(ctx context.Context, id string, parts []onboard.ManifestPart, expires time.Time) error {
	expires = moved(expires, p.a.ahead())
	return p.write(ctx, call{op: "SaveManifest", at: id}, func(ctx context.Context) error {
		return p.a.w.store.SaveManifest(ctx, id, parts, expires)
	})
}

func (p storePort) ManifestPart(ctx context.Context, id string, after int) (part onboard.ManifestPart, err error) {
	err = p.read(ctx, call{op: "ManifestPart", at: id}, func(ctx context.Context) (err error) {
		part, err = p.a.w.store.ManifestPart(ctx, id, after)
		return err
	})
	return part, err
}

func (p storePort) ReplaceManifestPart(ctx context.Context, id string, read onboard.ManifestPart, data []byte) error {
	return p.write(ctx, call{op: "ReplaceManifestPart", at: id}, func(ctx context.Context) error {
		return p.a.w.store.ReplaceManifestPart(ctx, id, read, data)
	})
}

func (p storePort) DropClaim(ctx context.Context, c onboard.Claim) error {
	return p.write(ctx, call{op: "DropClaim"}, func(ctx context.Context) error {
		return p.a.w.audit.dropped(c, p.a.w.store.DropClaim(ctx, c))
	})
}

func (p storePort) Key(ctx context.Context, id string) (k onboard.Key, err error) {
	err = p.read(ctx, call{op: "Key", at: id}, func(ctx context.Context) (err error) {
		k, err = p.a.w.store.Key(ctx, id)
		return err
	})
	return k, err
}

func (p storePort) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	return p.write(ctx, call{op: "Spend", at: counter}, func(ctx context.Context) error {
		err := p.a.w.store.Spend(ctx, counter, n, limit, expires)
		if err == nil {
			p.a.w.audit.counted += n
		}
		return err
	})
}

func (p storePort) Spent(ctx context.Context, counter string) (sum int, err error) {
	err = p.read(ctx, call{op: "Spent", at: counter}, func(ctx context.Context) (err error) {
		sum, err = p.a.w.store.Spent(ctx, counter)
		return err
	})
	return sum, err
}

func (p storePort) Load(ctx context.Context, requestID string, row int, address string) (inv onboard.Invitation, c onboard.Claim, err error) {
	err = p.read(ctx, call{op: "Load", at: requestID, row: row}, func(ctx context.Context) (err error) {
		inv, c, err = p.a.w.store.Load(ctx, requestID, row, address)
		return err
	})
	return movedInvitation(inv, -p.a.ahead()), movedClaim(c, -p.a.ahead()), err
}

func (p storePort) Save(ctx context.Context, wr onboard.Write) error {
	w := p.a.w
	wr = movedWrite(wr, p.a.ahead())
	return p.write(ctx, call{op: "Save", at: wr.Invitation.RequestID, row: wr.Invitation.Row, claims: held(wr)}, func(ctx context.Context) error {
		written := w.behind(wr.Claim)
		err := w.store.Save(ctx, wr)
		if err == nil {
			written()
		}
		return w.audit.saved(wr, err)
	})
}

// held reports whether the write takes or keeps a claim.
func held(w onboard.Write) bool { return w.Claim != nil && w.Claim.Holder != onboard.Holder{} }

func (p storePort) Claims(ctx context.Context, addresses []string) (claims map[string]onboard.Claim, err error) {
	err = p.read(ctx, call{op: "Claims"}, func(ctx context.Context) (err error) {
		if claims, err = p.a.w.store.Claims(ctx, addresses); err == nil {
			p.a.w.asOfBefore(addresses, claims)
		}
		return err
	})
	for address, claim := range claims {
		claims[address] = movedClaim(claim, -p.a.ahead())
	}
	return claims, err
}

func (p storePort) ListInvitations(ctx context.Context, requestID string, after, limit int) (list []onboard.Invitation, err error) {
	err = p.read(ctx, call{op: "ListInvitations", at: requestID}, func(ctx context.Context) (err error) {
		list, err = p.a.w.store.ListInvitations(ctx, requestID, after, limit)
		return err
	})
	return movedInvitations(list, -p.a.ahead()), err
}

func (p storePort) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) (list []onboard.Invitation, err error) {
	err = p.read(ctx, call{op: "DueInvitations"}, func(ctx context.Context) (err error) {
		after.At = moved(after.At, p.a.ahead())
		list, err = p.a.w.store.DueInvitations(ctx, now.Add(p.a.ahead()), after, limit)
		return err
	})
	return movedInvitations(list, -p.a.ahead()), err
}

func (p storePort) NoteMails(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error {
	expires = moved(expires, p.a.ahead())
	return p.write(ctx, call{op: "NoteMails", at: requestID}, func(ctx context.Context) error {
		return p.a.w.store.NoteMails(ctx, requestID, of, expires)
	})
}

func (p storePort) NotedMails(ctx context.Context, requestID string) (of map[int]onboard.MailDelivery, err error) {
	err = p.read(ctx, call{op: "NotedMails", at: requestID}, func(ctx context.Context) (err error) {
		of, err = p.a.w.store.NotedMails(ctx, requestID)
		return err
	})
	return of, err
}

func (p storePort) Reserve(ctx context.Context, lane string, want onboard.Want) (r onboard.Reservation, err error) {
	c := call{op: "Reserve", at: lane}
	sent := time.Now().Add(p.a.ahead()) // the clock is read before the call leaves
	want.Now = func() time.Time { return sent }
	want.Latest, want.Answers.ClearAt = moved(want.Latest, p.a.ahead()), moved(want.Answers.ClearAt, p.a.ahead())
	err = p.read(ctx, c, func(ctx context.Context) (err error) {
		r, err = p.a.w.store.Reserve(ctx, lane, want)
		return err
	})
	r.Start, r.Cell = moved(r.Start, -p.a.ahead()), movedCell(r.Cell, -p.a.ahead())
	return r, err
}

func (p storePort) Cell(ctx context.Context, lane string) (cell onboard.Cell, err error) {
	err = p.read(ctx, call{op: "Cell", at: lane}, func(ctx context.Context) (err error) {
		cell, err = p.a.w.store.Cell(ctx, lane)
		return err
	})
	return movedCell(cell, -p.a.ahead()), err
}

func (p storePort) SaveCell(ctx context.Context, lane string, cell onboard.Cell) error {
	w := p.a.w
	cell = movedCell(cell, p.a.ahead())
	return p.write(ctx, call{op: "SaveCell", at: lane}, func(ctx context.Context) error {
		return w.store.SaveCell(ctx, lane, cell)
	})
}

func (p storePort) Record(ctx context.Context, name string) (r onboard.Record, err error) {
	err = p.read(ctx, call{op: "Record", at: name}, func(ctx context.Context) (err error) {
		r, err = p.a.w.store.Record(ctx, name)
		return err
	})
	return movedRecord(r, -p.a.ahead()), err
}

func (p storePort) SaveRecord(ctx context.Context, r onboard.Record) error {
	ahead := p.a.ahead()
	r = movedRecord(r, ahead)
	return p.write(ctx, call{op: "SaveRecord", at: r.Name}, func(ctx context.Context) error {
		err := p.a.w.audit.recorded(r, p.a.w.store.SaveRecord(ctx, r))
		if err == nil && r.Name == erasureRecord {
			p.a.w.audit.asked(r, ahead)
		}
		return err
	})
}

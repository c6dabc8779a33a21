package direct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/oklog/ulid/v2"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
	"usher.example/internal/sqlite"
)

// purgeEvery is how often expired records are deleted.
const purgeEvery = 24 * time.Hour

// Config is what a person may choose. Zero values mean what was chosen the last time,
// else the defaults.
type Config struct {
	Pool, Region, Profile string

	Quota     float64 // creations a second that the account allows
	MailQuota int     // mails a day of the pool's own sender

	// TemporaryPasswords is [PasswordsTypeable] or [PasswordsOfPool]; "": as in the run
	// before.
	TemporaryPasswords string

	Root   string // of all states: see [Root]
	Caller string // who submits, never an address
	Log    *slog.Logger
}

// Which temporary passwords people get: those of usher, which can be typed, or those that
// the pool makes.
const (
	PasswordsTypeable = "typeable"
	PasswordsOfPool   = "pool"
)

// Usher is usher over one pool, with its state open. Make it with [Open].
type Usher struct {
	*Account

	Folder   Folder
	Settings onboard.Settings

	log    *slog.Logger
	store  onboard.Store
	state  *sqlite.State
	engine *oneprocess.Engine

	work sync.WaitGroup
	stop context.CancelFunc // nil: nothing runs
}

// Open opens the state of a pool on this machine, or makes it. Only to make it the pool
// is called. Errors are those of [Connect], [sqlite.Open] and
// [cognitopool.Pool.Inspect].
func Open(ctx context.Context, account *Account, cfg Config) (*Usher, error) {
	folder, err := account.folder(ctx, cfg)
	if err != nil {
		return nil, err
	}
	saved, err := folder.Saved()
	if err != nil {
		return nil, err
	}
	state, err := sqlite.Open(ctx, sqlite.Config{
		State: folder.State(), Pace: folder.pace(account.Region),
		Visibility: onboard.Visibility, MaxReceives: onboard.MaxFailures,
	})
	if err != nil {
		return nil, err
	}
	u := &Usher{Account: account, Folder: folder, log: cfg.Log, state: state, store: state.Store()}
	saved = Saved{
		Region: account.Region, Profile: cfg.Profile, Quota: cmp.Or(cfg.Quota, saved.Quota), MailQuota: cmp.Or(cfg.MailQuota, saved.MailQuota),
		TemporaryPasswords: cmp.Or(cfg.TemporaryPasswords, saved.TemporaryPasswords),
	}
	if err := folder.save(saved); err != nil {
		return nil, errors.Join(fmt.Errorf("save the settings of the pool: %w", err), state.Close())
	}
	u.build(saved, cfg.Caller)
	return u, nil
}

// folder finds the pool's folder, or makes it. A new one is named after the pool's
// account.
func (a *Account) folder(ctx context.Context, cfg Config) (Folder, error) {
	folder, ok, err := FolderOf(cfg.Root, cfg.Pool)
	if err != nil || ok {
		return folder, err
	}
	text, err := a.Pool.ARN(ctx)
	if err != nil {
		return Folder{}, err
	}
	name, err := arn.Parse(text)
	if err != nil {
		return Folder{}, fmt.Errorf("read the pool's ARN: %w", err)
	}
	folder = NewFolder(cfg.Root, name.AccountID, cfg.Pool)
	return folder, folder.make()
}

// build assembles the parts. The same file continues its request for as long as that is
// kept.
func (u *Usher) build(saved Saved, caller string) {
	settings := onboard.Settings{
		Quota: saved.Quota, MailQuota: saved.MailQuota, NewID: func() string { return ulid.Make().String() }, Log: u.log,
		KeyLife: onboard.DefaultMaxOpen + onboard.DefaultRetention, TypeablePasswords: saved.TemporaryPasswords == PasswordsTypeable,

		// Who has the credentials may do more than any limit would stop; but a file may
		// not make administrators of a stack that has the same pool.
		DailyInvitations: -1, Groups: onboard.GroupRule{Administrators: oneprocess.AdministratorGroup},
	}
	inviting := u.Pool
	if settings.TypeablePasswords {
		inviting = inviting.WithTypeablePasswords()
	}
	queue := u.state.Queue()
	u.Settings = settings.WithDefaults()
	u.engine = oneprocess.New(oneprocess.Config{
		Caller: caller, Queue: queue, DeadLetters: queue.DeadLetters(),
		System: onboard.System{
			Pool: inviting, Inspector: u.Pool, Directory: u.Pool, Sender: u.Sender, Queue: queue, DeadLetters: queue.DeadLetters(), Store: u.store, Settings: settings,
		},
	})
}

// Serve serves the API and the console until ctx ends, and works meanwhile. Name is the
// address that was asked for.
func (u *Usher) Serve(ctx context.Context, listener net.Listener, name string) error {
	ctx, cancel := context.WithCancel(ctx)
	u.work.Go(func() { u.Purge(ctx) })
	defer u.work.Wait()
	defer cancel()
	return u.engine.Serve(ctx, listener, name, u.engine.Handler())
}

// CutOff returns what the process before left undone.
func (u *Usher) CutOff() sqlite.CutOff { return u.state.CutOff() }

// Start has the workers work until Stop, unless they do already.
func (u *Usher) Start(ctx context.Context) {
	if u.stop != nil {
		return
	}
	ctx, u.stop = context.WithCancel(ctx)
	u.work.Go(func() { u.engine.Run(ctx) })
	u.work.Go(func() { u.Purge(ctx) })
}

// Stop lets the workers finish what is under way.
func (u *Usher) Stop() {
	if u.stop != nil {
		u.stop()
	}
	u.work.Wait()
	u.stop = nil
}

// Close stops the workers and closes the state.
func (u *Usher) Close() error {
	u.Stop()
	return u.state.Close()
}

// Purge deletes what has expired, now and once a day, until ctx ends: nothing deletes
// by itself here.
func (u *Usher) Purge(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		if _, err := u.state.Purge(ctx); err != nil && ctx.Err() == nil {
			u.log.Error("delete what has expired", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// OpenRequests returns the ids of requests that are not done, oldest first.
func (u *Usher) OpenRequests(ctx context.Context) ([]onboard.Request, error) {
	var list []onboard.Request
	for after := ""; ; {
		page, err := u.store.OpenRequests(ctx, after, openPage)
		if err != nil && !errors.Is(err, onboard.ErrDamaged) {
			return nil, err
		}
		for _, r := range page {
			after = r.ID
			if !r.Done(time.Now()) {
				list = append(list, r)
			}
		}
		if len(page) < openPage {
			return list, err
		}
	}
}

const openPage = 100

// Known returns the request that a submission with this key has made before; ok is false
// if there is none, or if it was not accepted to the end.
func (u *Usher) Known(ctx context.Context, key string) (r onboard.Request, ok bool, err error) {
	k, err := u.store.Key(ctx, onboard.KeyID(callerID, key))
	if err == nil {
		r, err = u.store.Request(ctx, k.RequestID)
	}
	if errors.Is(err, onboard.ErrNotFound) {
		return onboard.Request{}, false, nil
	}
	return r, err == nil && r.Round > 0, err
}

// callerID is what the keys of [httpapi.LocalAdministrator] are kept under.
var callerID = httpapi.LocalAdministrator("", "").Sub

// RoundTrip makes a call of the API in this process. An API names pauses between polls
// that suit a network; here a poll costs little and a person waits.
func (u *Usher) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := roundTrip(u.engine.Handler(), r)
	if answer.StatusCode < http.StatusMultipleChoices || answer.StatusCode == http.StatusNotModified {
		answer.Header.Set("Retry-After", "1")
	}
	return answer, nil
}

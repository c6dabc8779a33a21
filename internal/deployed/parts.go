package deployed

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"usher.example/internal/cognitopool"
	"usher.example/internal/console"
	"usher.example/internal/dynamostore"
	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
	"usher.example/internal/settings"
	"usher.example/internal/sqsqueue"
)

// day is the unit of the settings that count days.
const day = 24 * time.Hour

// The defaults of those settings.
const (
	DefaultRetentionDays = int(onboard.DefaultRetention / day)
	DefaultMaxOpenDays   = int(onboard.DefaultMaxOpen / day)
	DefaultPasswordDays  = int(onboard.DefaultPasswordLife / day)
)

// Parts makes the parts of a function, each from the variables that it needs.
// Faults are collected; call Err at the end.
type Parts struct {
	*settings.Reader

	Log *slog.Logger
}

// NewParts returns parts over getenv, usually [os.Getenv].
func NewParts(getenv func(string) string) *Parts {
	r := settings.NewReader(getenv)
	return &Parts{Reader: r, Log: newLog(r)}
}

// Store returns the store in the table TABLE_NAME.
func (p *Parts) Store() *dynamostore.Store {
	return dynamostore.New(dynamoClient(p.Reader), p.Required("TABLE_NAME"))
}

// Queue returns the queue whose URL the named variable holds.
func (p *Parts) Queue(variable string) onboard.Queue {
	url := p.Required(variable)
	if url == "" {
		return nil
	}
	queue, err := sqsqueue.New(sqsClient(p.Reader), url, sqsqueue.Options{})
	if err != nil {
		p.Fault(variable, "is invalid: %v", err)
	}
	return queue
}

// Pool returns the pool USER_POOL_ID.
func (p *Parts) Pool() *cognitopool.Pool {
	id := p.Required("USER_POOL_ID")
	if id == "" {
		return nil
	}
	pool, err := cognitopool.New(cognitoClient(p.Reader), id)
	if err != nil {
		p.Fault("USER_POOL_ID", "is invalid: %v", err)
	}
	return pool
}

// InvitingPool returns the pool USER_POOL_ID for those who invite: it may be given the
// passwords that [Parts.TypeablePasswords] asks for.
func (p *Parts) InvitingPool() *cognitopool.Pool {
	pool := p.Pool()
	if pool != nil && p.TypeablePasswords() {
		return pool.WithTypeablePasswords()
	}
	return pool
}

// TypeablePasswords reports whether people are to get temporary passwords that can be
// typed: TEMPORARY_PASSWORDS is typeable, and not pool.
func (p *Parts) TypeablePasswords() bool {
	return p.OneOf("TEMPORARY_PASSWORDS", "pool", "pool", "typeable") == "typeable"
}

// Quota returns the creations per second that the account allows: USER_CREATION_RATE.
func (p *Parts) Quota() float64 {
	return p.Number("USER_CREATION_RATE", onboard.DefaultCreationQuota, 0, maxRate)
}

// GroupQuota returns the same for group changes: GROUP_RATE.
func (p *Parts) GroupQuota() float64 {
	return p.Number("GROUP_RATE", onboard.DefaultGroupQuota, 0, maxRate)
}

// CreationShare returns the part of both that usher takes: USER_CREATION_SHARE.
func (p *Parts) CreationShare() float64 {
	return p.Number("USER_CREATION_SHARE", onboard.DefaultShare, 0, 1)
}

// maxRate is more calls a second than any known account has. It catches a rate
// that was meant per day.
const maxRate = 10_000

// Retention returns how long everything is kept: RETENTION_DAYS.
func (p *Parts) Retention() time.Duration {
	return time.Duration(p.Int("RETENTION_DAYS", DefaultRetentionDays, 1)) * day
}

// Groups returns which groups rows may name: ADMIN_GROUP is the administrators',
// ALLOWED_GROUPS the list of names with spaces between.
func (p *Parts) Groups() onboard.GroupRule {
	return onboard.GroupRule{
		Administrators: p.Required("ADMIN_GROUP"), Allowed: onboard.ParseAllowedGroups(p.String("ALLOWED_GROUPS", "")),
	}
}

// DailyInvitations returns how many people one administrator may have invited in a
// day: DAILY_INVITATIONS_PER_ADMINISTRATOR, where 0 is no limit.
func (p *Parts) DailyInvitations() int {
	if n := p.Int("DAILY_INVITATIONS_PER_ADMINISTRATOR", onboard.DefaultDailyInvitations, 0); n > 0 {
		return n
	}
	return -1
}

// Audit returns the log of what callers do. It has no level.
func (p *Parts) Audit() *slog.Logger { return newAudit(os.Stdout) }

// MaxOpen returns how long a request may be open: MAX_OPEN_DAYS.
func (p *Parts) MaxOpen() time.Duration {
	return time.Duration(p.Int("MAX_OPEN_DAYS", DefaultMaxOpenDays, 1)) * day
}

// PasswordLife returns how long a temporary password works: TEMPORARY_PASSWORD_DAYS.
func (p *Parts) PasswordLife() time.Duration {
	return time.Duration(p.Int("TEMPORARY_PASSWORD_DAYS", DefaultPasswordDays, 1)) * day
}

// MailResolver returns the resolver of Lambda, unless MAIL_DOMAIN_CHECK is off: then
// no domain is looked up.
func (p *Parts) MailResolver() onboard.MailResolver {
	if !p.Bool("MAIL_DOMAIN_CHECK") {
		return nil
	}
	return net.DefaultResolver
}

// DailyScan returns whether usher finds out once a day who has not signed in:
// DAILY_SIGN_IN_SCAN.
func (p *Parts) DailyScan() bool { return p.Bool("DAILY_SIGN_IN_SCAN") }

// Meter returns the meter of metrics, for the stage STAGE.
func (p *Parts) Meter() *Meter {
	return NewMeter(os.Stdout, p.String("STAGE", "dev"))
}

// LocalAdministrator returns the caller where there is no sign-in: the name in
// LOCAL_ADMINISTRATOR, under SAM local only, which sets AWS_SAM_LOCAL.
// Everywhere else it returns nil, and the variable is ignored.
func (p *Parts) LocalAdministrator(adminGroup string) *httpapi.Caller {
	name := p.String("LOCAL_ADMINISTRATOR", "")
	if name == "" || !p.Bool("AWS_SAM_LOCAL") {
		return nil
	}
	caller := httpapi.LocalAdministrator(name, adminGroup)
	return &caller
}

// Console returns the pages under /console/. People sign in at COGNITO_DOMAIN
// with the client USER_POOL_CLIENT_ID, unless there is a local administrator.
func (p *Parts) Console(local *httpapi.Caller) http.Handler {
	handler, err := console.New(console.Config{
		Domain: p.String("COGNITO_DOMAIN", ""), ClientID: p.String("USER_POOL_CLIENT_ID", ""), Local: local != nil,
	})
	if err != nil {
		p.Fault("COGNITO_DOMAIN", "is invalid: %v", err)
	}
	return handler
}

// Metered returns the worker's Deliver, which writes the metrics of each batch
// after it.
func Metered(worker *onboard.Worker, meter *Meter) func(context.Context, []onboard.Delivery) []string {
	return func(ctx context.Context, batch []onboard.Delivery) []string {
		kept := worker.Deliver(ctx, batch)
		if worker.Pace != nil {
			meter.Pace(worker.Pace.Known())
		}
		if err := meter.Flush(); err != nil {
			worker.Log.WarnContext(ctx, "metrics were not written", "error", err)
		}
		return kept
	}
}

// Fatal reports why a function cannot start and ends the program. Lambda shows
// the text in the log of the function's first invocation.
func Fatal(function string, err error) {
	fmt.Fprintf(os.Stderr, "usher %s cannot start:\n%v\n", function, err)
	os.Exit(1)
}

package httpapi

import (
	"cmp"
	"net/http"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// defaultInFlight is how many requests may be on their way at once if [Config]
// does not say: far more than people submit, and a bound on what a program that
// runs wild can pile up.
const defaultInFlight = 100

// Config is what the handler works with. Of the system it uses the queue of
// invitations, the store and the settings; its log takes audit lines and failures.
type Config struct {
	onboard.System

	// Inspector reads the pool's setup. Nil: rows are not held to what the pool
	// can store, and the pool doctor says so.
	Inspector onboard.Inspector

	// AdminGroup is the group whose members may call. Empty: nobody may.
	AdminGroup string

	// Limits bound one body; the zero value holds the defaults.
	Limits intake.Limits

	// MailQuota is how many mails a day the pool's sender may send, 0 if that is
	// not known. Forecasts and the pool doctor go by it.
	MailQuota int

	// DailyInvitations is how many people one administrator may have invited in
	// one day (UTC). 0 is no limit.
	DailyInvitations int

	// RequestsInFlight is how many requests may be on their way at once, over all
	// administrators. 0 means 100, a negative number is no limit.
	RequestsInFlight int

	// Console serves the pages under /console/; nil: there are none.
	Console http.Handler
}

func (c Config) withDefaults() Config {
	c.Limits = c.Limits.OrDefaults()
	c.RequestsInFlight = cmp.Or(c.RequestsInFlight, defaultInFlight)
	c.Settings = c.Settings.WithDefaults()
	return c
}

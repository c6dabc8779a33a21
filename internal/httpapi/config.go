package httpapi

import (
	"log/slog"
	"net/http"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// Config is what the handler works with. Of the system it uses the queue of
// invitations, the store, the inspector and the settings; its log takes failures.
type Config struct {
	onboard.System

	// AdminGroup is the group whose members may call. Empty: nobody may.
	AdminGroup string

	// NoSignIn says that nobody signs in, so that the pool needs no such group.
	NoSignIn bool

	// Limits bound one body; the zero value holds the defaults.
	Limits intake.Limits

	// Audit takes one line for each thing that a caller does, by whatever level its
	// handler writes; nil means the system's log.
	Audit *slog.Logger

	// Console serves the pages under /console/; nil: there are none.
	Console http.Handler
}

func (c Config) withDefaults() Config {
	c.Limits = c.Limits.OrDefaults()
	if c.Groups.Administrators == "" {
		c.Groups.Administrators = c.AdminGroup
	}
	c.Settings = c.Settings.WithDefaults()
	if c.Audit == nil {
		c.Audit = c.Log
	}
	return c
}

// groupInPool is the group that the pool must have.
func (c Config) groupInPool() string {
	if c.NoSignIn {
		return ""
	}
	return c.AdminGroup
}

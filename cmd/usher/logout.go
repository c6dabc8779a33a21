package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/signin"
)

// revokeTimeout bounds how long the pool may take to end a sign-in, so that logging
// out without a network does not hang.
const revokeTimeout = 10 * time.Second

func (p *program) newLogout() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Sign out, and remove the stored sign-in",
		Long: `Sign out: remove the file that usher login stored, and end the sign-in at the user
pool, so that a copy of the file gets no new tokens either. A token that was issued
before stays valid until it expires, after at most an hour unless the stack says
otherwise.

Without a sign-in the command does nothing and succeeds.`,
		Example: "  usher logout",
		Args:    exactly(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.logout(cmd.Context()) },
	}
}

func (p *program) logout(ctx context.Context) error {
	if p.getenv("USHER_TOKEN") != "" {
		defer p.say("USHER_TOKEN is still set and still used. To stop that, unset it.")
	}
	file, err := signin.DefaultFile()
	if err != nil {
		p.say("You are not signed in.") // no home folder: nothing can be stored
		return nil
	}
	stored, unreadable := file.Read()
	if err := file.Remove(); errors.Is(err, signin.ErrNone) {
		p.say("You are not signed in.")
		return nil
	} else if err != nil {
		return err
	}
	if unreadable != nil || stored.Refresh == "" {
		p.say("Removed %s. It held no sign-in that the pool could end.", file)
		return nil
	}
	if err := revoke(ctx, stored); err != nil {
		return fmt.Errorf("removed %s, but at the pool the sign-in of %s stays valid until it expires: %w", file, stored.User, err)
	}
	p.say("Signed out %s at the pool, and removed %s.", cleanLine(stored.User), file)
	return nil
}

// revoke ends a sign-in at the pool.
func revoke(ctx context.Context, stored signin.Login) error {
	ctx, cancel := context.WithTimeoutCause(ctx, revokeTimeout, errors.New("the pool did not answer in time"))
	defer cancel()
	cfg, err := poolConfig(ctx, stored.Region)
	if err != nil {
		return err
	}
	err = signin.New(cfg, stored.ClientID).Revoke(ctx, stored.Refresh)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

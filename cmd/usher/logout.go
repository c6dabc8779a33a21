package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/signin"
)

// revokeTimeout bounds how long the pool may take to end a sign-in: who leaves
// without a network is not to be held up.
const revokeTimeout = 10 * time.Second

func (p *program) newLogout() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget the sign-in that login has kept",
		Long: `Forget the sign-in that usher login has kept: remove its file, and have the pool end
the sign-in, so that a copy of the file can get no more tokens either. A token that
was given out already is good until it expires, for an hour at most as usher is
deployed.

Without a sign-in there is nothing to do, which is no error.`,
		Example: "  usher logout",
		Args:    exactly(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.logout(cmd.Context()) },
	}
}

func (p *program) logout(ctx context.Context) error {
	if p.getenv("USHER_TOKEN") != "" {
		defer p.say("USHER_TOKEN is set, and goes on being used until you unset it.")
	}
	file, err := signin.DefaultFile()
	if err != nil {
		p.say("Nobody is signed in here; there is nothing to do.") // no home: nothing can have been kept
		return nil
	}
	kept, unreadable := file.Read()
	if err := file.Remove(); errors.Is(err, signin.ErrNone) {
		p.say("Nobody is signed in here; there is nothing to do.")
		return nil
	} else if err != nil {
		return err
	}
	if unreadable != nil || kept.Refresh == "" {
		p.say("Removed %s. There was no sign-in in it that the pool could end.", file)
		return nil
	}
	if err := revoke(ctx, kept); err != nil {
		return fmt.Errorf("removed %s, but the sign-in of %s goes on at the pool until it expires: %w", file, kept.User, err)
	}
	p.say("Signed out %s. Removed %s, and the pool has ended the sign-in.", cleanLine(kept.User), file)
	return nil
}

// revoke has the pool end a sign-in.
func revoke(ctx context.Context, kept signin.Login) error {
	ctx, cancel := context.WithTimeoutCause(ctx, revokeTimeout, errors.New("the pool took too long to answer"))
	defer cancel()
	cfg, err := poolConfig(ctx, kept.Region)
	if err != nil {
		return err
	}
	err = signin.New(cfg, kept.ClientID).Revoke(ctx, kept.Refresh)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

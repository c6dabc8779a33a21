package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// continueAll continues all open work of one pool or of all pools. It ends with the
// gravest exit code of them.
func (i *inviting) continueAll(cmd *cobra.Command) error {
	p, ctx := i.program, cmd.Context()
	for _, flag := range []string{"dry-run", "new", "failures-to", "results-to", "label", "type", "on-existing", "mail", "force", "column", "group", "keep-columns"} {
		if cmd.Flag(flag).Changed {
			return misused("--%s needs a file", flag)
		}
	}
	folders, err := p.folders()
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return misused("there is nothing to continue; give a file and --pool")
	}
	if !i.yes {
		if i.asker, err = p.newAsker(); err != nil {
			return misused("cannot ask for confirmation: %w; add --yes", err)
		}
		defer i.asker.close()
	}
	var ends []error
	for _, folder := range folders {
		ends = append(ends, i.continuePool(ctx, folder))
		if ctx.Err() != nil {
			break
		}
	}
	return p.gravest(ends)
}

// folders lists the states to continue.
func (p *program) folders() ([]direct.Folder, error) {
	root, err := direct.Root(p.getenv)
	if err != nil {
		return nil, err
	}
	list, err := direct.Folders(root)
	if pool := p.poolID(); pool != "" {
		list = slices.DeleteFunc(list, func(f direct.Folder) bool { return f.Pool != pool })
	}
	return list, err
}

// gravest prints all errors but the gravest one and returns that.
func (p *program) gravest(ends []error) error {
	var worst error
	for _, err := range ends {
		switch {
		case err == nil:
		case worst == nil || gravity(err) > gravity(worst):
			p.report(worst)
			worst = err
		default:
			p.report(err)
		}
	}
	return worst
}

// report prints an error that the program does not end with.
func (p *program) report(err error) {
	if e, ok := errors.AsType[*ended](err); err != nil && (!ok || e.err != nil) {
		p.complain(err.Error())
	}
}

// gravity orders errors by how much attention they need.
func gravity(err error) int {
	order := []int{exitWaits, exitGaveUp, exitFailedRows, exitInvalidFile, exitUsage, exitError, exitInterrupted}
	if e, ok := errors.AsType[*ended](err); ok {
		return slices.Index(order, e.code)
	}
	return slices.Index(order, exitError)
}

// continuePool continues the open work of one pool.
func (i *inviting) continuePool(ctx context.Context, folder direct.Folder) (err error) {
	p := i.program
	defer func() { err = errors.Join(err, p.close()) }()
	saved, err := folder.Saved()
	if err != nil {
		return err
	}
	flags := *p // what is saved is for this pool only
	defer func() { p.region, p.direct = flags.region, flags.direct }()
	p.region, p.direct.profile = cmp.Or(p.region, saved.Region), cmp.Or(p.direct.profile, saved.Profile)
	account, err := p.connect(ctx, folder.Pool)
	if err != nil {
		return err
	}
	if err := p.open(ctx, account, folder.Pool, ""); err != nil {
		return err
	}
	open, err := p.usher.OpenRequests(ctx)
	if err != nil || len(open) == 0 {
		if err == nil {
			p.say("Pool %s: nothing to do.", folder.Pool)
		}
		return err
	}
	if err := i.agreeToContinue(ctx, folder, open); err != nil {
		return err
	}
	if err := account.Credentials(ctx); err != nil {
		return err
	}
	return i.continueRequests(ctx, open)
}

func (i *inviting) agreeToContinue(ctx context.Context, folder direct.Folder, open []onboard.Request) error {
	people, labels := 0, []string{}
	for _, r := range open {
		counts := r.Counts(time.Now())
		people += counts[onboard.Pending] + counts[onboard.Deferred]
		labels = append(labels, cmp.Or(r.Label, r.ID))
	}
	i.program.say("Pool %s: %s in %s (%s)", folder.Pool, counted(people, "person is open", "people are open"),
		counted(len(open), "request", "requests"), cleanLine(strings.Join(labels, ", ")))
	if i.yes {
		return nil
	}
	yes, err := i.asker.agreed(ctx, "Continue?")
	if err != nil || yes {
		return err
	}
	return endsWith(exitError, "nothing was done")
}

// continueRequests follows the open requests of a pool. A paused one is resumed: to
// continue is what the person wants, and if its cause is still there it pauses again.
func (i *inviting) continueRequests(ctx context.Context, open []onboard.Request) error {
	p := i.program
	c, err := p.directClient()
	if err != nil {
		return err
	}
	var ends []error
	for _, r := range open {
		now := client.Request{ID: r.ID}
		if r.Phase == onboard.Paused {
			if now, err = c.Resume(ctx, r.ID); err != nil {
				ends = append(ends, fmt.Errorf("resume %s: %w", r.ID, err))
				continue
			}
		}
		ends = append(ends, p.await(ctx, c, now, i.waiting))
		if ctx.Err() != nil {
			break
		}
	}
	return p.gravest(ends)
}

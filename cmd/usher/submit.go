package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// submitting is one run of submit: its flags, and what it works on.
type submitting struct {
	program *program
	client  *client.Client
	asker   *asker // nil if it need not ask

	options
	waiting
	dryRun, yes, anew bool

	name string
}

func (p *program) newSubmit() *cobra.Command {
	run := &submitting{program: p}
	cmd := &cobra.Command{
		Use:   "submit FILE|-",
		Short: "Invite the people of a file",
		Long: `Invite the people of a file: check it, show what would happen, ask, send it, and
follow it to the end. Rows that cannot be invited are shown first and do not hold
up the others.

The same line may be run again, after a lost connection or by mistake: for a day,
the same file with the same options stands for the same request. --new makes
another one of it.`,
		Example: `  usher submit people.csv
  usher submit people.csv --yes --failures-to failures.csv
  usher submit people.csv --dry-run
  printf 'ann@example.org\n' | usher submit - --yes --label "new colleague"`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	run.options.addTo(cmd)
	run.waiting.addTo(cmd)
	flags.BoolVar(&run.dryRun, "dry-run", false, "check only, as usher check does")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&run.anew, "new", false, "make a new request even if the same file was sent before")
	flags.StringVar(&run.failuresTo, "failures-to", "", "write the rows that failed to this file, ready to correct and submit")
	p.addOutput(cmd, formTable)
	return cmd
}

func (s *submitting) run(ctx context.Context, name string) error {
	s.name = name
	if err := s.prepare(); err != nil {
		return err
	}
	if s.asker != nil {
		defer s.asker.close()
	}
	submission, err := s.read(name, s.program.in)
	if err != nil {
		return err
	}
	if s.client, err = s.program.newClient(ctx); err != nil {
		return err
	}
	if s.dryRun {
		return s.program.check(ctx, s.client, name, submission)
	}
	if err := s.agree(ctx, submission); err != nil {
		return err
	}
	if s.anew {
		submission.Key = rand.Text()
	}
	return s.send(ctx, submission)
}

// prepare finds out beforehand what would spoil the run later.
func (s *submitting) prepare() (err error) {
	if s.failuresTo != "" {
		if sameFile(s.failuresTo, s.name) {
			return misused("--failures-to would overwrite %s itself; give another name", s.name)
		}
		if s.noWait || s.dryRun {
			return misused("--failures-to needs the end of the request; leave out --no-wait and --dry-run")
		}
		if err := writable(s.failuresTo); err != nil {
			return misused("--failures-to %s cannot be written: %w", s.failuresTo, err)
		}
	}
	if s.yes || s.dryRun {
		return nil
	}
	if s.asker, err = s.program.newAsker(); err != nil {
		return misused("submit asks before it sends, and %w; look with usher check, then add --yes", err)
	}
	return nil
}

// agree shows what would happen and asks for leave.
func (s *submitting) agree(ctx context.Context, submission client.Submission) error {
	p := s.program
	r, err := p.examined(ctx, s.client, s.name, submission)
	if err != nil {
		return err
	}
	r.writeTo(p.err)
	if r.Counts.Pending == 0 {
		return endsWith(exitInvalidFile, "no row can be invited, so nothing was sent; correct the file and submit it again")
	}
	p.say("%s", s.promise(ctx, r))
	if s.yes {
		return nil
	}
	yes, err := s.asker.agreed(ctx, "Go on?")
	switch {
	case err != nil || yes:
		return err
	case r.Counts.Failed > 0:
		return endsWith(exitInvalidFile, "nothing was sent; correct the file and submit it again")
	}
	return endsWith(exitError, "nothing was sent")
}

// promise says in a sentence or two what sending does.
func (s *submitting) promise(ctx context.Context, r report) string {
	text := fmt.Sprintf("%s will be invited to %s and get an e-mail%s.", peopleOf(r.Counts.Pending), s.poolName(ctx), r.delay())
	if s.mail == string(onboard.Suppress) {
		text = fmt.Sprintf("%s will get a user in %s. Nobody is mailed.", peopleOf(r.Counts.Pending), s.poolName(ctx))
	}
	if r.Counts.Failed > 0 {
		text += fmt.Sprintf(" The %s above will not.", rowsOf(r.Counts.Failed))
	}
	if s.onExisting == string(onboard.Resend) {
		text += " Who has a user and never signed in gets a new temporary password; the old one is void."
	}
	if forecast := r.forecast(); forecast != "" {
		text += " " + forecast
	}
	return text
}

// poolName is what people call the pool, as far as it can be had.
func (s *submitting) poolName(ctx context.Context) string {
	pool, err := s.client.Pool(ctx)
	if err != nil || pool.Setup == nil {
		return "the pool"
	}
	return cleanLine(cmp.Or(pool.Setup.Name, pool.Setup.ID))
}

// send hands the file over and follows what comes of it.
func (s *submitting) send(ctx context.Context, submission client.Submission) error {
	p := s.program
	accepted, err := s.client.Submit(ctx, submission)
	var refused *client.Error
	switch {
	case err == nil:
	case errors.As(err, &refused) && refused.Invalid():
		writeFault(p.err, s.name, unitOf(submission.Type), refused)
		return &ended{code: exitInvalidFile}
	case ctx.Err() != nil:
		return endsWith(exitInterrupted, "interrupted. It is not known whether the file was taken in; run the same line again: nobody is invited twice")
	case errors.As(err, new(*client.LostError)):
		return fmt.Errorf("%w\nIt is not known whether the file was taken in. Run the same line again: nobody is invited twice", err)
	default:
		return err
	}
	if accepted.Replayed {
		p.say("The same file was sent before, at %s; this is what became of it. --new sends it again.", stamped(accepted.Request.SubmittedAt))
	}
	return p.await(ctx, s.client, accepted.Request, s.waiting)
}

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

// submitting is one run of submit.
type submitting struct {
	program *program
	client  *client.Client
	asker   *asker // nil with --yes or --dry-run

	options
	waiting
	dryRun, yes, makeNew bool

	name string
}

func (p *program) newSubmit() *cobra.Command {
	run := &submitting{program: p}
	cmd := &cobra.Command{
		Use:   "submit FILE|-",
		Short: "Invite the people in a file",
		Long: `Invite the people in a file: check the file, show what would happen, ask for
confirmation, submit it, and follow the request until it is done. Rows that cannot
be invited are shown first and do not delay the others.

It ends when every row has its outcome, when the request is paused (exit code 5),
when only rows are left that wait for mail (exit code 6; --wait-for-all waits for
them), or when nothing has changed for an hour (exit code 5).

It is safe to run the same command again, for example after a lost connection:
within 24 hours, the same file and options continue the same request. --new makes a
new request.`,
		Example: `  usher submit people.csv
  usher submit people.csv --yes --failures-to failures.csv
  usher submit people.csv --dry-run
  printf 'ann@example.org\n' | usher submit - --yes --label "new colleague"`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	run.options.addTo(p, cmd)
	run.waiting.addTo(cmd)
	flags.BoolVar(&run.dryRun, "dry-run", false, "only check the file, like usher check")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	flags.BoolVar(&run.makeNew, "new", false, "make a new request even if you sent the same file before")
	flags.StringVar(&run.failuresTo, "failures-to", "", "write the rows that failed to this file, to correct and submit again")
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
	return s.submit(ctx, submission)
}

// submit asks and sends.
func (s *submitting) submit(ctx context.Context, submission client.Submission) error {
	if err := s.agree(ctx, &submission); err != nil {
		return err
	}
	if s.makeNew {
		submission.Key = rand.Text()
	}
	return s.send(ctx, submission)
}

// prepare checks the flags and the terminal before anything is sent.
func (s *submitting) prepare() (err error) {
	if s.failuresTo != "" {
		if sameFile(s.failuresTo, s.name) {
			return misused("--failures-to would overwrite %s itself; give another name", s.name)
		}
		if s.noWait || s.dryRun {
			return misused("--failures-to waits until the request is done; remove --no-wait and --dry-run")
		}
		if err := writable(s.failuresTo); err != nil {
			return misused("--failures-to %s cannot be written: %w", s.failuresTo, err)
		}
	}
	if s.resultsTo != "" {
		if sameFile(s.resultsTo, s.name) {
			return misused("--results-to would overwrite %s itself; give another name", s.name)
		}
		if err := writable(s.resultsTo); err != nil {
			return misused("--results-to %s cannot be written: %w", s.resultsTo, err)
		}
	}
	if s.yes || s.dryRun {
		return nil
	}
	if s.asker, err = s.program.newAsker(); err != nil {
		return misused("cannot ask for confirmation: %w; run usher check first, then add --yes", err)
	}
	return nil
}

// agree shows what would happen and asks for confirmation. It may add that columns
// are to be kept.
func (s *submitting) agree(ctx context.Context, submission *client.Submission) error {
	p := s.program
	r, err := p.examined(ctx, s.client, s.name, *submission)
	if err != nil {
		return err
	}
	r.writeTo(p.err, p.columnsOf(p.err))
	if r.Counts[onboard.Pending] == 0 {
		return endsWith(exitInvalidFile, "nothing was sent, because no row can be invited; correct the file and submit it again")
	}
	if r.mailTakesTooLong() {
		return endsWith(exitInvalidFile, "nothing was sent, because usher refuses this submission, as the error above says")
	}
	if !s.yes {
		r.writeMail(p.err, p.columnsOf(p.err))
	}
	p.say("%s", s.promise(ctx, r))
	if s.yes {
		return nil
	}
	if unused := r.unusedColumns(); unused != "" && !submission.KeepColumns {
		submission.KeepColumns, err = s.asker.agreed(ctx, "Keep "+unused+" with the results, to recognize rows by?")
		if err != nil {
			return err
		}
	}
	yes, err := s.asker.agreed(ctx, r.question())
	switch {
	case err != nil || yes:
		return err
	case r.Counts[onboard.Failed] > 0:
		return endsWith(exitInvalidFile, "nothing was sent; correct the file and submit it again")
	}
	return endsWith(exitError, "nothing was sent")
}

// promise says in a few sentences what submitting does.
func (s *submitting) promise(ctx context.Context, r report) string {
	text := fmt.Sprintf("%s will be invited to %s and get an e-mail%s.", peopleOf(r.ToInvite()), s.poolName(ctx), r.delay())
	switch {
	case r.ToInvite() == 0:
		text = fmt.Sprintf("Nobody new is in the file for %s.", s.poolName(ctx))
	case s.mail == string(onboard.Suppress):
		text = fmt.Sprintf("%s will get an account in %s. No mail is sent.", peopleOf(r.ToInvite()), s.poolName(ctx))
	}
	text += s.known(r)
	if r.Counts[onboard.Failed] > 0 {
		text += fmt.Sprintf(" The %s above will not.", rowsOf(r.Counts[onboard.Failed]))
	}
	if s.onExisting == string(onboard.Resend) && !s.restsAll(r) {
		text += " People who have an account but never signed in get a new temporary password. The old one stops working."
	}
	for _, more := range []string{r.administrators(), r.forecast()} {
		if more != "" {
			text += " " + more
		}
	}
	return text
}

// poolName is the name of the pool, or "the pool" if it cannot be read.
func (s *submitting) poolName(ctx context.Context) string {
	pool, err := s.client.Pool(ctx)
	if err != nil || pool.Setup == nil {
		return "the pool"
	}
	return cleanLine(cmp.Or(pool.Setup.Name, pool.Setup.ID))
}

// send submits the file and follows the request.
func (s *submitting) send(ctx context.Context, submission client.Submission) error {
	p := s.program
	accepted, err := s.client.Submit(ctx, submission)
	var refused *client.Error
	switch {
	case err == nil:
	case errors.As(err, &refused) && refused.Invalid():
		p.writeFault(s.name, unitOf(submission.Type), refused)
		return &ended{code: exitInvalidFile}
	case ctx.Err() != nil:
		return endsWith(exitInterrupted, "interrupted. The upload may or may not have gone through. Run the same command again; nobody is invited twice")
	case errors.As(err, new(*client.LostError)):
		return fmt.Errorf("%w\nThe upload may or may not have gone through. Run the same command again; nobody is invited twice", err)
	default:
		return err
	}
	if accepted.Replayed {
		p.say("You sent the same file before, at %s; this is that request. To send it again, add --new.", stamped(accepted.Request.SubmittedAt))
	}
	return p.await(ctx, s.client, accepted.Request, s.waiting)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newInvite() *cobra.Command {
	run := &inviting{submitting: submitting{program: p}}
	cmd := &cobra.Command{
		Use:   "invite [FILE|-]",
		Short: "Invite people into a real pool from this machine, without a stack",
		Long: `Invite the people in a file into a user pool, from this machine: check the pool and
the file, show what would happen, ask for confirmation, and invite at the pace that
the account allows. No stack is needed, and no server is left behind.

AWS credentials come from the usual places: the environment, ~/.aws, SSO, --profile.
usher doctor --pool ID shows which rights they need.

What was done is kept on this machine, and survives a crash. The same file continues
its request, also weeks later. Without a file, usher invite continues all open work:
of --pool, or of all pools. It asks nothing if you add --yes, and so suits cron.

If only people are left who wait for mail, it ends with exit code 6 and says when to
run it again: nothing runs on this machine meanwhile.`,
		Example: `  usher invite staff.csv --pool eu-west-1_AbCd12345
  usher invite staff.csv --pool eu-west-1_AbCd12345 --quota 100 --yes
  usher invite                             # continue
  usher invite --yes                       # the same from cron`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return misused("%q is one argument too many", args[1])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return run.continueAll(cmd)
			}
			return run.file(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	run.options.addTo(p, cmd)
	run.waiting.addWait(cmd)
	p.addQuotas(cmd)
	p.addPasswords(cmd)
	flags.BoolVar(&run.dryRun, "dry-run", false, "only check the pool and the file")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	flags.BoolVar(&run.makeNew, "new", false, "make a new request even if you invited the same file before")
	flags.StringVar(&run.failuresTo, "failures-to", "", "write the rows that failed to this file, to correct and invite again")
	flags.StringVar(&run.resultsTo, "results-to", "", "write all rows with their outcomes to this file")
	p.addOutput(cmd, formTable)
	return cmd
}

// inviting is one run of invite.
type inviting struct {
	submitting
}

// file invites the people in a file.
func (i *inviting) file(ctx context.Context, name string) error {
	p := i.program
	pool := p.poolID()
	if pool == "" {
		return misused("--pool is missing; give the id of the user pool, such as eu-west-1_AbCd12345")
	}
	i.name = name
	if err := i.prepare(); err != nil {
		return err
	}
	if i.asker != nil {
		defer i.asker.close()
	}
	submission, err := i.read(name, p.in)
	if err != nil {
		return err
	}
	if err := i.openPool(ctx, pool); err != nil {
		return err
	}
	if i.client, err = p.directClient(); err != nil {
		return err
	}
	return i.submit(ctx, submission)
}

// openPool checks the credentials and their rights, opens the state and says what is
// known.
func (i *inviting) openPool(ctx context.Context, pool string) error {
	p := i.program
	account, err := p.connect(ctx, pool)
	if err != nil {
		return err
	}
	if err := account.Credentials(ctx); err != nil {
		return err
	}
	who, owner := account.Who(ctx)
	if err := p.checkRights(ctx, account, pool, owner); err != nil {
		return err
	}
	settings, err := onboard.NewKnownPool(account.Pool, account.Sender).Read(ctx)
	if err != nil {
		return poolFailure(pool, err)
	}
	if err := p.open(ctx, account, pool, who); err != nil {
		return err
	}
	p.describe(*settings, who)
	return nil
}

// checkRights returns an error with the policy if rights are missing.
func (p *program) checkRights(ctx context.Context, account *direct.Account, pool, owner string) error {
	missing, err := account.MissingRights(ctx)
	switch {
	case err != nil:
		return poolFailure(pool, err)
	case len(missing) == 0:
		return nil
	}
	return fmt.Errorf("these credentials may not call %s on the pool, so nobody was invited; give them this policy:\n%s",
		strings.Join(missing, ", "), direct.Policy(account.ARN(ctx, pool, owner)))
}

// poolFailure is the error for a pool that cannot be reached or read.
func poolFailure(pool string, err error) error {
	if answer, ok := errors.AsType[*onboard.PoolError](err); ok {
		return fmt.Errorf("the pool %s cannot be used: %s (%w)", pool, onboard.Sentence(answer.Reason()), err)
	}
	return err
}

// describe says which pool it is, as whom, and under which limits.
func (p *program) describe(pool onboard.PoolSettings, who string) {
	as := ""
	if who != "" {
		as = ", as " + cleanLine(who)
	}
	set := p.usher.Settings
	p.say("Pool %q (%s)%s", cleanLine(pool.Name), cleanLine(pool.ID), as)
	p.say("  pace   %.4g per second: %.4g %% of %.4g; not shared with other machines", set.Quota*set.Share, 100*set.Share, set.Quota)
	p.say("  mail   %s", mailOf(pool, set.MailQuota))
	p.say("  state  %s (kept %d days)", shortPath(p.usher.Folder.Path), int(math.Round(set.KeyLife.Hours()/24)))
}

// mailOf says how the pool sends mail.
func mailOf(pool onboard.PoolSettings, quota int) string {
	switch {
	case pool.Mail.Known:
		return fmt.Sprintf("Amazon SES as %s, %s", cleanLine(pool.Sender), limitsOf(pool.Mail.DailyQuota, pool.Mail.SentToday, pool.Mail.Rate))
	case pool.OwnSender && quota > 0:
		return fmt.Sprintf("Amazon SES as %s, %d per day", cleanLine(pool.Sender), quota)
	case pool.OwnSender:
		return fmt.Sprintf("Amazon SES as %s; the quota per day is not known (--mail-quota)", cleanLine(pool.Sender))
	case quota > 0:
		return fmt.Sprintf("Cognito's own, %d per day", quota)
	}
	return fmt.Sprintf("Cognito's own, %d per day", builtInMails)
}

// builtInMails is how many mails a day Cognito's own sender sends for a whole account
// (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito").
const builtInMails = 50

// submit checks the file, asks, and invites. A file that has a request already is not
// checked again: some of its rows are done.
func (i *inviting) submit(ctx context.Context, s client.Submission) error {
	if i.dryRun {
		return i.program.check(ctx, i.client, i.name, s)
	}
	known, ok, err := i.program.usher.Known(ctx, s.OwnKey())
	switch {
	case err != nil:
		return err
	case !ok || i.makeNew:
		return i.submitting.submit(ctx, s)
	}
	i.program.say("You invited the same file before, at %s; this continues that request. To make a new one, add --new.", stamped(known.SubmittedAt))
	return i.continueRequests(ctx, []onboard.Request{known})
}

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

func (p *program) newDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether everything is ready to invite people",
		Long: `Check whether everything is ready to invite people: that usher answers, that the
clocks agree, that you are signed in, and that the user pool is set up correctly.
Each problem is shown with how to fix it.

With --pool, check what usher invite needs instead: AWS credentials, their rights, the
pool, and the state on this machine. It prints the policy with the rights. To find out
about rights it makes calls for an address that cannot exist; they change nothing.

The exit code is 1 if something would stop invitations.`,
		Example: "  usher doctor\n  usher doctor --stack usher-prd\n  usher doctor --pool eu-west-1_AbCd12345",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if pool := p.poolID(); pool != "" {
				return p.doctorDirect(cmd.Context(), pool)
			}
			list, err := p.examine(cmd.Context())
			if err != nil {
				return err
			}
			if err := p.writeFindings(list); err != nil {
				return err
			}
			return p.conclude(list)
		},
	}
	p.addQuotas(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

const (
	// doctorPatience is how long the doctor retries: two or three attempts, because
	// the person wants to know now what is wrong.
	doctorPatience = time.Second

	// doctorTimeout bounds one attempt. A Lambda function that has to be started
	// first answers within two seconds.
	doctorTimeout = 10 * time.Second
)

// examine makes one check after the other. It skips checks that depend on one that
// failed.
func (p *program) examine(ctx context.Context) ([]finding, error) {
	t, err := p.findTarget(ctx)
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{
		URL: t.url, Token: t.token, Agent: agent(), Patience: doctorPatience, Timeout: doctorTimeout,
	})
	if err != nil {
		return nil, err
	}
	health, err := c.Health(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	list := []finding{examineEndpoint(t, c.URL(), health, err)}
	if err != nil {
		return append(list, skipped(checkClock), skipped(checkSignIn), skipped(checkPool)), nil
	}
	pool, err := c.Pool(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	list = append(list, examineClock(health.Clock), examineSignIn(t, err))
	return append(list, examinePool(pool, err)...), nil
}

func (p *program) writeFindings(list []finding) error {
	switch p.output {
	case formJSON:
		return writeJSON(p.out, map[string][]finding{"findings": list})
	case formCSV:
		rows := [][]string{{"what", "status", "detail", "fix"}}
		for _, f := range list {
			rows = append(rows, []string{f.What, f.Status, f.Detail, f.Fix})
		}
		return writeCSV(p.out, rows)
	}
	var rows [][]string
	for _, f := range list {
		rows = append(rows, []string{f.What, f.Status, f.Detail})
		if f.Fix != "" {
			rows = append(rows, []string{"", "", "fix: " + f.Fix})
		}
	}
	return writeTable(p.out, rows, p.columnsOf(p.out))
}

// conclude sums up the findings in one line. It returns an error if something would
// stop invitations.
func (p *program) conclude(list []finding) error {
	var broken []string
	warnings := 0
	for _, f := range list {
		switch f.Status {
		case statusError:
			broken = append(broken, f.What)
		case statusWarning:
			warnings++
		}
	}
	switch {
	case len(broken) > 0:
		p.say("%s see %s above. Fix this, then run usher doctor again.", p.red("Not ready:"), strings.Join(slices.Compact(broken), ", "))
		return &ended{code: exitError}
	case warnings > 0:
		p.say("%s", p.green(fmt.Sprintf("Ready, with %s; see above.", counted(warnings, "warning", "warnings"))))
	default:
		p.say("%s", p.green("Ready: people can be invited."))
	}
	return nil
}

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
		Short: "Tell whether everything is ready to invite people",
		Long: `Tell whether everything is ready to invite people: whether usher answers, whether
the clocks agree, whether you are signed in, and whether the pool is set up well.
It asks once and does not wait; what stands in the way is told with its fix.

The exit code is 1 if something would stop invitations.`,
		Example: "  usher doctor\n  usher doctor --stack usher-prd",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := p.examine(cmd.Context())
			if err != nil {
				return err
			}
			if err := p.writeFound(list); err != nil {
				return err
			}
			return p.conclude(list)
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
}

const (
	// doctorPatience is how long the doctor tries: two or three attempts, for a
	// person who wants to know what is wrong now.
	doctorPatience = time.Second

	// doctorTimeout bounds one of them. A function of AWS Lambda that has to be
	// started first takes a second or two to answer.
	doctorTimeout = 10 * time.Second
)

// examine looks at one thing after the other. What hangs on something broken is
// not looked at.
func (p *program) examine(ctx context.Context) ([]found, error) {
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
	list := []found{examineEndpoint(t, c.URL(), health, err)}
	if err != nil {
		return append(list, unknown(seenClock), unknown(seenSignIn), unknown(seenPool)), nil
	}
	pool, err := c.Pool(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	list = append(list, examineClock(health.Clock), examineSignIn(t, err))
	return append(list, examinePool(pool, err)...), nil
}

func (p *program) writeFound(list []found) error {
	switch p.output {
	case formJSON:
		return writeJSON(p.out, map[string][]found{"findings": list})
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
	return writeTable(p.out, rows)
}

// conclude says in a line what all of it comes to. Its error stands for
// something that would stop invitations.
func (p *program) conclude(list []found) error {
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
		p.say("%s see %s above. When that is fixed, run usher doctor again.", p.red("Not ready:"), strings.Join(slices.Compact(broken), ", "))
		return &ended{code: exitError}
	case warnings > 0:
		p.say("%s", p.green(fmt.Sprintf("Ready, with %s to read first.", counted(warnings, "warning", "warnings"))))
	default:
		p.say("%s", p.green("Ready: people can be invited."))
	}
	return nil
}

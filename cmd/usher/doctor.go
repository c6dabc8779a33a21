package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

// How something stands that the doctor has looked at.
const (
	verdictOK      = "ok"
	verdictWarning = "warning"
	verdictError   = "error"
	verdictUnknown = "unknown"
)

// maxClock is how far apart two clocks may be. Tokens are good from the second
// they are made; what checks them allows for little more.
const maxClock = time.Minute

// found is what the doctor says about one thing.
type found struct {
	What    string `json:"what"`
	Verdict string `json:"verdict"`
	Detail  string `json:"detail"`
	Cure    string `json:"cure,omitempty"`
}

func (p *program) newDoctor() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether everything is ready to invite people",
		Long: `Tell whether everything is ready to invite people: whether usher answers, whether
you are signed in, whether the clocks agree, and whether the pool is set up well.
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
			for _, f := range list {
				if f.Verdict == verdictError {
					return &ended{code: exitError}
				}
			}
			return nil
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
}

// examine looks at one thing after the other. What hangs on something broken is
// unknown.
func (p *program) examine(ctx context.Context) ([]found, error) {
	t, err := p.findTarget(ctx)
	if err != nil {
		return nil, err
	}
	c, err := p.newClient(ctx)
	if err != nil {
		return nil, err
	}
	health, err := c.Health(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return []found{
			{What: "endpoint", Verdict: verdictError, Detail: err.Error()},
			{What: "clock", Verdict: verdictUnknown}, {What: "sign-in", Verdict: verdictUnknown}, {What: "pool", Verdict: verdictUnknown},
		}, nil
	}
	list := []found{
		{What: "endpoint", Verdict: verdictOK, Detail: fmt.Sprintf("%s answers in %d ms", c.URL(), health.Took.Milliseconds())},
		examineClock(health.Clock),
	}
	pool, err := c.Pool(ctx)
	list = append(list, examineSignIn(t, err))
	if err != nil {
		return append(list, found{What: "pool", Verdict: verdictUnknown}), nil
	}
	return append(list, examinePool(pool)...), nil
}

func examineClock(ahead time.Duration) found {
	if ahead.Abs() <= maxClock {
		return found{What: "clock", Verdict: verdictOK, Detail: "agrees with usher's to the minute"}
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	return found{
		What: "clock", Verdict: verdictWarning, Detail: fmt.Sprintf("this machine is %s %s usher, so sign-ins may look expired", ahead.Abs(), side),
		Cure: "set the clock of this machine",
	}
}

// examineSignIn judges by how the first call went that needs a sign-in.
func examineSignIn(t target, err error) found {
	f := found{What: "sign-in", Verdict: verdictOK, Detail: t.who}
	var refused *client.Error
	switch {
	case err == nil && t.token == nil:
		f.Detail = "this usher asks for none"
	case err == nil:
	case errors.As(err, &refused) && refused.Status == 401 && t.token == nil:
		f.Verdict, f.Detail, f.Cure = verdictError, "nobody is signed in", "usher login, or set USHER_TOKEN"
	case errors.As(err, &refused) && refused.Status == 401:
		f.Verdict, f.Detail, f.Cure = verdictError, t.who+", and it is refused: "+refused.Detail, "usher login"
	case errors.As(err, &refused) && refused.Status == 403:
		f.Verdict, f.Detail = verdictError, t.who+", and may not: "+refused.Detail
		f.Cure = "have an administrator put you into their group, then usher login"
	default:
		f.Verdict, f.Detail = verdictError, err.Error()
	}
	return f
}

func examinePool(pool client.Pool) []found {
	var list []found
	for _, f := range pool.Findings {
		list = append(list, found{What: "pool", Verdict: f.Severity, Detail: f.Effect, Cure: f.Cure})
	}
	if len(list) == 0 && pool.Setup != nil {
		list = append(list, found{What: "pool", Verdict: verdictOK, Detail: fmt.Sprintf("%s (%s) is ready", pool.Setup.Name, pool.Setup.ID)})
	}
	return list
}

func (p *program) writeFound(list []found) error {
	switch p.output {
	case formJSON:
		return writeJSON(p.out, map[string][]found{"findings": list})
	case formCSV:
		rows := [][]string{{"what", "verdict", "detail", "cure"}}
		for _, f := range list {
			rows = append(rows, []string{f.What, f.Verdict, f.Detail, f.Cure})
		}
		return writeCSV(p.out, rows)
	}
	var rows [][]string
	for _, f := range list {
		rows = append(rows, []string{f.What, f.Verdict, f.Detail})
		if f.Cure != "" {
			rows = append(rows, []string{"", "", "cure: " + f.Cure})
		}
	}
	return writeTable(p.out, rows)
}

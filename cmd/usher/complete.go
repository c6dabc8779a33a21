package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

const (
	// completePatience is how long a completion tries again to reach usher: a person has
	// pressed a key and waits.
	completePatience = time.Millisecond

	completeTimeout = 3 * time.Second
)

// completeIDs offers the ids of requests that pass, newest first, as the argument.
func (p *program) completeIDs(pass func(client.Request) bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
		defer cancel()
		c, err := p.quietClient(ctx)
		if err != nil {
			return nil, directive
		}
		var ids []cobra.Completion
		for r, err := range c.Requests(ctx, defaultLimit) {
			if err != nil {
				break
			}
			if pass(r) {
				ids = append(ids, cobra.CompletionWithDesc(r.ID, cleanLine(strings.TrimSpace(fmt.Sprintf("%s  %s  %s", dayAndTime(r.SubmittedAt), stateOf(r), r.Label)))))
			}
		}
		return ids, directive
	}
}

// quietClient is a client that says nothing: a shell reads what is printed.
func (p *program) quietClient(ctx context.Context) (*client.Client, error) {
	p.patience, p.trouble = completePatience, func(string) {}
	return p.newClient(ctx)
}

// Which requests a command is for.
func anyRequest(client.Request) bool    { return true }
func openRequest(r client.Request) bool { return !r.Done }
func pausedOnly(r client.Request) bool  { return r.State == onboard.StatePaused }
func doneRequest(r client.Request) bool { return r.Done }
func someFailed(r client.Request) bool  { return r.Counts[onboard.Failed] > 0 }

// completeGroups offers the pool's groups.
func (p *program) completeGroups(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	c, err := p.quietClient(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	pool, err := c.Pool(ctx)
	if err != nil || pool.Setup == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return pool.Setup.Groups, cobra.ShellCompDirectiveNoFileComp
}

// offerValues offers the values of a flag.
func offerValues(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // it fails only for a flag that does not exist
}

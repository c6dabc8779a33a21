package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// templateHeader names columns that every pool knows. The template has no example
// row: a person who forgets to remove it would invite a stranger.
const templateHeader = "email,given_name,family_name,groups,ref"

func (p *program) newTemplate() *cobra.Command {
	return &cobra.Command{
		Use:   "template",
		Short: "Write an empty CSV file to fill in",
		Long: `Write an empty CSV file to fill in, with one line per person. Only email is required.

  email                    the address, which is also the user name
  given_name, family_name  attributes of the pool; you may add columns for others
  groups                   groups of the pool, separated by ";"
  ref                      your own id for the row; it comes back in the results`,
		Example: "  usher template > people.csv",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			if _, err := fmt.Fprintln(p.out, templateHeader); err != nil {
				return err
			}
			p.say(`Write one line per person. Only email is required. Separate groups with ";". "ref" is your own id for the row.`)
			p.say("Then run:\n  usher check people.csv\n  usher submit people.csv")
			return nil
		},
	}
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// templateHeader holds columns that every pool knows. It has no example row:
// somebody would forget to take it out, and a stranger be invited.
const templateHeader = "email,given_name,family_name,groups,ref"

func (p *program) newTemplate() *cobra.Command {
	return &cobra.Command{
		Use:   "template",
		Short: "Write an empty CSV file to fill in",
		Long: `Write an empty CSV file to fill in, one line for each person. Only email is needed.

  email                    the address, which is also the user name
  given_name, family_name  attributes of the pool; any other may stand as a column
  groups                   groups of the pool, with ; between
  ref                      your own mark, which comes back in the results`,
		Example: "  usher template > people.csv",
		Args:    exactly(),
		RunE: func(*cobra.Command, []string) error {
			if _, err := fmt.Fprintln(p.out, templateHeader); err != nil {
				return err
			}
			p.say("One line for each person; only email is needed. groups: with ; between. ref: your own mark.")
			p.say("Then: usher check people.csv, and usher submit people.csv")
			return nil
		},
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newCheck() *cobra.Command {
	var what options
	cmd := &cobra.Command{
		Use:   "check FILE|-",
		Short: "Check a file without sending anything",
		Long: `Check a file: show what would happen to each row, and how long it would take.
Nothing is sent and nothing is stored.

The exit code is 0 if every row can be invited, else 4. The table shows the first
rows that cannot be invited; -o csv lists all of them and the duplicates; -o json
prints the whole answer of the API.`,
		Example: `  usher check people.csv
  usher check people.csv -o csv > faults.csv
  printf 'ann@example.org\n' | usher check -`,
		Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := what.read(args[0], p.in)
			if err != nil {
				return err
			}
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			return p.check(cmd.Context(), c, args[0], s)
		},
	}
	what.addTo(p, cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// options are the flags of a submission.
type options struct {
	onExisting, mail, label, typeName string
	force, keepColumns, ignorePool    bool
	columns, groups                   []string
}

func (o *options) addTo(p *program, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.onExisting, "on-existing", string(onboard.Skip), "what to do with people who have an account: skip them, or resend to those who never signed in")
	flags.StringVar(&o.mail, "mail", string(onboard.Send), "send invitations by e-mail, or suppress them")
	flags.StringVar(&o.label, "label", "", "a name to find the request by")
	flags.StringVar(&o.typeName, "type", "", "type of the file: csv, tsv, text, json, ndjson or xlsx (default: from its name or content)")
	flags.StringArrayVar(&o.columns, "column", nil, "what a column means, such as 'Vorname=given_name': email, groups, ref, none or an attribute; others are guessed")
	flags.StringArrayVar(&o.groups, "group", nil, "a group for all rows that name none; may be given again")
	offerValues(cmd, "on-existing", string(onboard.Skip), string(onboard.Resend))
	offerValues(cmd, "mail", string(onboard.Send), string(onboard.Suppress))
	offerValues(cmd, "type", typeNames...)
	_ = cmd.RegisterFlagCompletionFunc("group", p.completeGroups) // it fails only for a flag that does not exist
	flags.BoolVar(&o.keepColumns, "keep-columns", false, "store columns that are not used, so that they come back with the results")
	flags.BoolVar(&o.ignorePool, "ignore-pool", false, "submit even if the pool, as it is set up now, refuses every row")
	flags.BoolVar(&o.force, "force", false, "with --on-existing resend: also to people who were mailed less than 24 hours ago")
}

// read reads the file and adds the options.
func (o *options) read(name string, in io.Reader) (client.Submission, error) {
	err := errors.Join(
		choice("on-existing", o.onExisting, string(onboard.Skip), string(onboard.Resend)),
		choice("mail", o.mail, string(onboard.Send), string(onboard.Suppress)),
	)
	if err != nil {
		return client.Submission{}, err
	}
	columns, err := o.said()
	if err != nil {
		return client.Submission{}, err
	}
	s, err := readFile(name, o.typeName, in)
	s.OnExisting, s.Mail = onboard.OnExisting(o.onExisting), onboard.Mail(o.mail)
	s.Label, s.Force = o.label, o.force
	s.Columns, s.Groups, s.KeepColumns, s.IgnorePool = columns, o.groups, o.keepColumns, o.ignorePool
	return s, err
}

// said gives what --column says of columns. A name may have an equals sign in it.
func (o *options) said() (map[string]string, error) {
	said := map[string]string{}
	for _, flag := range o.columns {
		at := strings.LastIndexByte(flag, '=')
		if at <= 0 || at == len(flag)-1 {
			return nil, misused("--column %q must be the name of a column, = and what it means, such as 'Vorname=given_name'", flag)
		}
		said[flag[:at]] = flag[at+1:]
	}
	return said, nil
}

// check writes what would happen to a file.
func (p *program) check(ctx context.Context, c *client.Client, name string, s client.Submission) error {
	r, err := p.examined(ctx, c, name, s)
	if err != nil {
		return err
	}
	switch p.output {
	case formJSON:
		err = writeJSON(p.out, r.Check)
	case formCSV:
		err = p.exportInvitations(withState(r.Invitations, onboard.Failed, onboard.Duplicate))
	default:
		r.writeTo(p.out, p.columnsOf(p.out))
		r.writeMail(p.out, p.columnsOf(p.out))
		for _, text := range []string{r.administrators(), r.forecast()} {
			if text != "" {
				fmt.Fprintln(p.out, folded(text, p.columnsOf(p.out)))
			}
		}
	}
	if err != nil {
		return err
	}
	if r.Counts[onboard.Failed] > 0 {
		return &ended{code: exitInvalidFile}
	}
	return nil
}

// examined asks the API what would happen to a file. If the file cannot be read at
// all, it prints why and returns an error without text.
func (p *program) examined(ctx context.Context, c *client.Client, name string, s client.Submission) (report, error) {
	check, err := c.Check(ctx, s)
	var refused *client.Error
	if errors.As(err, &refused) && refused.Invalid() {
		p.writeFault(name, unitOf(s.Type), refused)
		return report{}, &ended{code: exitInvalidFile}
	}
	return report{name, unitOf(s.Type), check}, err
}

package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"usher.example/internal/local"
)

// newLocal returns the command that runs all of usher in this process.
func (p *program) newLocal() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "local",
		Short: "Run all of usher on this machine, without an AWS account",
		Long: `Run all of usher in this process: the API, the workers and a user pool in memory.
Nothing leaves this machine unless MAIL_DOMAIN_CHECK is set, and all data is lost
when the program ends. With --data, requests and rows are kept; the users of the pool
are lost in any case. To invite people into a real pool without a stack, see usher
invite and usher serve.

Settings are environment variables (default in parentheses):
  ADDR                address to listen on (127.0.0.1:8080). There is no sign-in:
                      anyone who can reach it is an administrator. On a loopback
                      address only this machine can reach it, by that address, as
                      localhost, or by the name given here
  USER_CREATION_RATE  users per second that the pool can create (50)
  MAIL_QUOTA          mails per day; 0 for no limit (0)
  MAIL_RATE           mails per second that the pool's sender takes (no limit)
  BOUNCES             share of addresses, from 0 to 1, whose mails come back (0: nothing
                      is known of mails). A request pauses itself above 5 %
  ALLOWED_GROUPS      groups that rows may name, with spaces between; empty for all
                      but the administrators'
  MAIL_DOMAIN_CHECK   true to look up in the DNS, in a check, whether the domains of
                      addresses take mail (false)
  TEMPORARY_PASSWORDS typeable for temporary passwords that can be typed (pool)
  POOL_LATENCY        duration of a call to the pool, such as 50ms (0s)
  FAULT_LOST_CALLS    share of calls, from 0 to 1, that never reach the pool (0)
  FAULT_LOST_ANSWERS  share of calls, from 0 to 1, whose answer is lost (0)
  FAULT_NOT_MAILED    share of users, from 0 to 1, whose mail is not sent (0)`,
		Example: `  usher local
  ADDR=127.0.0.1:9000 MAIL_QUOTA=50 usher local
  BOUNCES=0.06 usher local`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := local.ConfigFrom(p.getenv)
			if err != nil {
				return err
			}
			system, err := openLocal(cmd.Context(), cfg, data, slog.New(slog.NewTextHandler(p.err, nil)))
			if err != nil {
				return err
			}
			listener, err := system.Listen()
			if err != nil {
				return err
			}
			p.welcome("http://"+listener.Addr().String(), data)
			if err := system.Run(cmd.Context(), listener); err != nil {
				return err
			}
			if data == "" {
				p.say("Stopped. All its data is gone.")
			} else {
				p.say("Stopped. Requests and rows are in %s; the users and mails of the pool are gone.", data)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "keep requests and rows in this folder")
	return cmd
}

// openLocal makes a local usher that keeps its requests in a folder, or nothing.
func openLocal(ctx context.Context, cfg local.Config, folder string, log *slog.Logger) (*local.System, error) {
	if folder == "" {
		return local.New(cfg, log), nil
	}
	return local.Open(ctx, cfg, folder, log)
}

// forgotten says what is lost at the end.
func forgotten(data string) string {
	if data == "" {
		return "Everything is in memory: when it stops, all requests, users and mails are forgotten."
	}
	return "Requests and rows are kept in " + data + ". When it stops, the users and mails of the pool are forgotten."
}

// welcome says where usher runs and how to use it.
func (p *program) welcome(url, data string) {
	p.say(`usher runs at %[1]s, with a user pool in memory. To invite people in the browser:

  %[1]s/console/

On the command line, from another terminal:

  export USHER_URL=%[1]s
  printf 'ann@example.org\n' | %[2]s submit - --yes

With the API:

  curl -i %[1]s/requests -H 'Content-Type: application/json' -d '{"users":["ann@example.org","bob@example.org"]}'

Mails are not sent. See them at %[1]s/local/mailbox
%[3]s
To stop, press Ctrl-C.`, url, p.name, forgotten(data))
}

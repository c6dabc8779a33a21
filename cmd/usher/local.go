package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"usher.example/internal/local"
)

// newLocal returns the command that runs all of usher in this process.
func (p *program) newLocal() *cobra.Command {
	return &cobra.Command{
		Use:   "local",
		Short: "Run all of usher in this process, without any account",
		Long: `Run all of usher in this process: the API, the workers and a user pool in memory.
Nothing leaves the machine, and everything is forgotten when the program ends.

Settings are environment variables:
  ADDR                where to listen (127.0.0.1:8080). Whoever reaches it is the
                      administrator; on a loopback address only this machine does,
                      by that address, localhost or the name given here
  USER_CREATION_RATE  users a second that the pool allows (50)
  MAIL_QUOTA          mails a day, 0 for no limit (0)
  POOL_LATENCY        how long a call to the pool takes (0s)
  FAULT_LOST_CALLS, FAULT_LOST_ANSWERS, FAULT_NOT_MAILED
                      shares from 0 to 1 of what goes wrong at the pool (0)`,
		Example: `  usher local
  ADDR=127.0.0.1:9000 MAIL_QUOTA=50 usher local`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := local.ConfigFrom(p.getenv)
			if err != nil {
				return err
			}
			system := local.New(cfg, slog.New(slog.NewTextHandler(p.err, nil)))
			listener, err := system.Listen()
			if err != nil {
				return err
			}
			p.welcome("http://" + listener.Addr().String())
			if err := system.Run(cmd.Context(), listener); err != nil {
				return err
			}
			p.say("Stopped. Everything it held is forgotten.")
			return nil
		},
	}
}

// welcome says where usher is and what to do with it.
func (p *program) welcome(url string) {
	p.say(`usher is at %[1]s, with a user pool in memory. To invite somebody, in the browser:

  %[1]s/console/

On the command line, from another terminal:

  export USHER_URL=%[1]s
  printf 'ann@example.org\n' | %[2]s submit - --yes

By the API:

  curl -i %[1]s/requests -H 'Content-Type: application/json' -d '{"users":["ann@example.org","bob@example.org"]}'

The mails that the pool "sent": %[1]s/local/mailbox
Ctrl-C ends it.`, url, p.name)
}

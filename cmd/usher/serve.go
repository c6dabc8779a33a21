package main

import (
	"net"

	"github.com/spf13/cobra"

	"usher.example/internal/oneprocess"
)

func (p *program) newServe() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "serve --pool ID",
		Short: "Run all of usher on this machine over a real pool",
		Long: `Run all of usher in this process over a real user pool: the API, the console and the
workers, with the state on this machine. It is for a long run, or for a small team that
reaches this machine by ssh -L.

There is no sign-in: anyone who can reach the address is an administrator. So only
loopback addresses are accepted, and pages of other origins are refused.`,
		Example: `  usher serve --pool eu-west-1_AbCd12345
  ssh -L 8080:127.0.0.1:8080 admin.example.org   # from another machine`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			pool := p.poolID()
			if pool == "" {
				return misused("--pool is missing; give the id of the user pool, such as eu-west-1_AbCd12345")
			}
			listener, err := listenLoopback(address)
			if err != nil {
				return err
			}
			defer listener.Close()
			ctx := cmd.Context()
			inviting := inviting{submitting: submitting{program: p}}
			if err := inviting.openPool(ctx, pool); err != nil {
				return err
			}
			p.welcomeDirect("http://" + listener.Addr().String())
			if err := p.usher.Serve(ctx, listener, address); err != nil {
				return err
			}
			p.say("Stopped. Nothing is lost. To continue, run usher serve again, or usher invite.")
			return nil
		},
	}
	p.addQuotas(cmd)
	p.addPasswords(cmd)
	cmd.Flags().StringVar(&address, "addr", "127.0.0.1:8080", "loopback address to listen on")
	return cmd
}

// listenLoopback listens where only this machine can reach it.
func listenLoopback(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, misused("--addr %s cannot be used: %w", address, err)
	}
	if !oneprocess.IsLoopback(listener.Addr()) {
		listener.Close()
		return nil, misused("--addr %s can be reached from other machines, and there is no sign-in; use 127.0.0.1 and ssh -L", address)
	}
	return listener, nil
}

// welcomeDirect says where usher runs.
func (p *program) welcomeDirect(url string) {
	p.say(`usher runs at %[1]s, over this pool. To invite people in the browser:

  %[1]s/console/

On the command line, from another terminal:

  export USHER_URL=%[1]s

From another machine: ssh -L 8080:%[2]s, then http://127.0.0.1:8080/console/
To stop, press Ctrl-C.`, url, url[len("http://"):])
}

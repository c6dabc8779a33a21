package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/url"
	"regexp"

	"github.com/spf13/cobra"

	"usher.example/cmd/usher/signin"
)

func (p *program) newLogin() *cobra.Command {
	var (
		user, clientID string
		fromInput      bool
	)
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the user pool",
		Long: `Sign in to the user pool with user name and password. At the first sign-in the pool
wants a password of your own in place of the temporary one.

Name the stack, or the address of the API and the id of the pool's client. The
address and the token are kept in a file that only you can read, so that the other
commands need neither; the token is renewed by itself until the sign-in ends.`,
		Example: `  usher login --stack usher-prd
  usher login --url https://abc.execute-api.eu-west-1.amazonaws.com --client-id 4abc... --user ann@example.org
  printenv PASSWORD | usher login --stack usher-prd --user ann@example.org --password-stdin`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := p.whereToSignIn(cmd.Context(), clientID)
			if err != nil {
				return err
			}
			ask, done, err := p.signInAsk(cmd.Context(), fromInput)
			if err != nil {
				return err
			}
			defer done()
			return p.login(cmd.Context(), d, user, ask)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&user, "user", "u", "", "user name, which is an e-mail address")
	flags.StringVar(&clientID, "client-id", "", "id of the pool's client, if no stack is named")
	flags.BoolVar(&fromInput, "password-stdin", false, "read the password from the standard input")
	return cmd
}

// whereToSignIn finds the client of the pool to sign in to.
func (p *program) whereToSignIn(ctx context.Context, clientID string) (deployment, error) {
	if p.stack != "" {
		if p.url != "" {
			return deployment{}, misused("give --url or --stack, not both")
		}
		return p.stackOutputs(ctx)
	}
	kept, err := p.keptLogin()
	if err != nil && !errors.Is(err, signin.ErrNone) {
		return deployment{}, err
	}
	d := deployment{url: cmp.Or(p.url, p.getenv("USHER_URL"), kept.URL), clientID: clientID}
	if sameURL(d.url, kept.URL) { // again to the same
		d.clientID, d.region = cmp.Or(clientID, kept.ClientID), kept.Region
	}
	if d.url == "" || d.clientID == "" {
		return d, misused("it is not known where to sign in; give --stack, or --url and --client-id (the stack's outputs ApiEndpoint and UserPoolClientId)")
	}
	d.region = cmp.Or(p.region, d.region, regionOf(d.url))
	return d, nil
}

// gateway is the form of an address that API Gateway gives (Amazon API Gateway
// Developer Guide, "Invoke an HTTP API").
var gateway = regexp.MustCompile(`^[^.]+\.execute-api\.([^.]+)\.amazonaws\.com`)

// regionOf is the region in an address of API Gateway; "" leaves it to the AWS
// settings.
func regionOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if parts := gateway.FindStringSubmatch(parsed.Hostname()); parts != nil {
		return parts[1]
	}
	return ""
}

// signInAsk returns how to ask: at the terminal, or from the standard input,
// which holds the password and no more.
func (p *program) signInAsk(ctx context.Context, fromInput bool) (ask signin.Ask, done func(), err error) {
	if fromInput {
		return p.fromInput(), func() {}, nil
	}
	a, err := p.newAsker()
	if err != nil {
		return nil, nil, misused("login asks for the password, and %w; give --user and --password-stdin", err)
	}
	return func(about string, secret bool) (string, error) { return a.answer(ctx, about+": ", secret) }, a.close, nil
}

func (p *program) fromInput() signin.Ask {
	used := false
	return func(about string, secret bool) (string, error) {
		if used || !secret {
			return "", misused("the pool asks for more than the password (%s); sign in at a terminal", about)
		}
		used = true
		return readLine(p.in)
	}
}

func (p *program) login(ctx context.Context, d deployment, user string, ask signin.Ask) (err error) {
	if user == "" {
		if user, err = ask("User name", false); err != nil {
			return unasked(err)
		}
	}
	password, err := ask("Password", true)
	if err != nil {
		return unasked(err)
	}
	cfg, err := poolConfig(ctx, d.region)
	if err != nil {
		return err
	}
	if cfg.Region == "" {
		return misused("the region of the pool is not known; give --region")
	}
	tokens, err := signin.New(cfg, d.clientID).SignIn(ctx, user, password, ask)
	if err != nil {
		return unasked(err)
	}
	file, err := signin.DefaultFile()
	if err != nil {
		return err
	}
	err = file.Write(signin.Login{URL: d.url, Region: cfg.Region, ClientID: d.clientID, User: user, Tokens: tokens})
	if err == nil {
		p.say("Signed in as %s to %s. It is kept in %s; usher doctor tells whether all is ready.", cleanLine(user), d.url, file)
	}
	return err
}

// unasked says what the end of the input means.
func unasked(err error) error {
	if errors.Is(err, io.EOF) {
		return endsWith(exitError, "no answer was given, so nobody is signed in")
	}
	return err
}

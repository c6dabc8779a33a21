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
		secondFactor   bool
	)
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the user pool",
		Long: `Sign in to the user pool with user name and password. At the first sign-in you
choose a new password to replace the temporary one. If the pool requires a second
factor, you set up an authenticator app; --second-factor sets one up where the
pool allows it and does not require it.

Give the stack, or the address of the API and the id of the pool's client. The
address and the tokens are stored in a file that only you can read, and all other
commands use them. The token is renewed automatically until the sign-in ends.`,
		Example: `  usher login --stack usher-prd
  usher login --url https://abc.execute-api.eu-west-1.amazonaws.com \
    --client-id 4abc... --user ann@example.org
  usher login --stack usher-prd --second-factor
  printenv PASSWORD | usher login --stack usher-prd --user ann@example.org \
    --password-stdin`,
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
			return p.login(cmd.Context(), d, signingIn{user, secondFactor, ask})
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&user, "user", "u", "", "user name: your e-mail address")
	flags.StringVar(&clientID, "client-id", "", "id of the pool's client, if --stack is not given")
	flags.BoolVar(&secondFactor, "second-factor", false, "set up an authenticator app as a second factor")
	flags.BoolVar(&fromInput, "password-stdin", false, "read the password from standard input")
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
	stored, err := p.storedLogin()
	if err != nil && !errors.Is(err, signin.ErrNone) {
		return deployment{}, err
	}
	d := deployment{url: cmp.Or(p.url, p.getenv("USHER_URL"), stored.URL), clientID: clientID}
	if sameURL(d.url, stored.URL) { // again to the same usher
		d.clientID, d.region = cmp.Or(clientID, stored.ClientID), stored.Region
	}
	if d.url == "" || d.clientID == "" {
		return d, misused("cannot tell where to sign in; give --stack, or --url and --client-id (the stack's outputs ApiEndpoint and UserPoolClientId)")
	}
	d.region = cmp.Or(p.region, d.region, regionOf(d.url))
	return d, nil
}

// gateway matches the addresses that API Gateway gives (Amazon API Gateway
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

// signInAsk returns how to ask: at the terminal, or from standard input, which holds
// only the password.
func (p *program) signInAsk(ctx context.Context, fromInput bool) (ask signin.Ask, done func(), err error) {
	if fromInput {
		return p.fromInput(), func() {}, nil
	}
	a, err := p.newAsker()
	if err != nil {
		return nil, nil, misused("cannot ask for the password: %w; give --user and --password-stdin", err)
	}
	return func(about string, secret bool) (string, error) { return a.answer(ctx, about+": ", secret) }, a.close, nil
}

func (p *program) fromInput() signin.Ask {
	used := false
	return func(about string, secret bool) (string, error) {
		if used || !secret {
			return "", misused("the pool asks for more than the password (%s); run usher login at a terminal", about)
		}
		used = true
		return readLine(p.in)
	}
}

// signingIn is a person who signs in.
type signingIn struct {
	user         string // "" is asked for
	secondFactor bool   // set one up
	ask          signin.Ask
}

func (p *program) login(ctx context.Context, d deployment, who signingIn) (err error) {
	if who.user == "" {
		if who.user, err = who.ask("User name", false); err != nil {
			return unasked(err)
		}
	}
	password, err := who.ask("Password", true)
	if err != nil {
		return unasked(err)
	}
	cfg, err := poolConfig(ctx, d.region)
	if err != nil {
		return err
	}
	if cfg.Region == "" {
		return misused("cannot tell the region of the pool; give --region")
	}
	pool := signin.New(cfg, d.clientID)
	tokens, err := pool.SignIn(ctx, who.user, password, who.ask)
	if err != nil {
		return unasked(err)
	}
	file, err := signin.DefaultFile()
	if err != nil {
		return err
	}
	if err := file.Write(signin.Login{URL: d.url, Region: cfg.Region, ClientID: d.clientID, User: who.user, Tokens: tokens}); err != nil {
		return err
	}
	p.say("Signed in as %s to %s. The sign-in is stored in %s.", cleanLine(who.user), d.url, file)
	if who.secondFactor {
		if err := p.enroll(ctx, pool, tokens, who); err != nil {
			return err
		}
	}
	p.say("To check whether everything is ready:\n  usher doctor")
	return nil
}

// enroll sets up a second factor for a person who has signed in.
func (p *program) enroll(ctx context.Context, pool *signin.Cognito, tokens signin.Tokens, who signingIn) error {
	done, err := pool.Enroll(ctx, tokens.Access, who.user, who.ask)
	switch {
	case err != nil:
		return unasked(err)
	case done:
		p.say("The second factor is set up. Every sign-in asks for its code from now on.")
	default:
		p.say("You have an authenticator app as second factor already.")
	}
	return nil
}

// unasked words the end of the input for people.
func unasked(err error) error {
	if errors.Is(err, io.EOF) {
		return endsWith(exitError, "not signed in: no answer was given")
	}
	return err
}

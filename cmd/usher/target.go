package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"usher.example/cmd/usher/signin"
	"usher.example/cmd/usher/stack"
)

// target is the usher to call, and the token for it.
type target struct {
	url   string
	from  string                                // where url comes from, for people
	token func(context.Context) (string, error) // nil: without a token
	who   string                                // whose token it is, for people
	given bool                                  // the token comes from a flag or the environment
}

// findTarget takes address and token from the flags, else from the environment,
// else from the stored sign-in. A stored token is sent only to the address it was
// stored for.
func (p *program) findTarget(ctx context.Context) (target, error) {
	stored, err := p.storedLogin()
	if err != nil && !errors.Is(err, signin.ErrNone) {
		return target{}, err
	}
	t, err := p.findURL(ctx, stored)
	if err != nil {
		return target{}, err
	}
	if token := cmp.Or(p.token, p.getenv("USHER_TOKEN")); token != "" {
		t.token = func(context.Context) (string, error) { return token, nil }
		t.who, t.given = "the token that was given", true
	} else if stored.Access != "" && sameURL(stored.URL, t.url) {
		t.token, t.who = p.tokens(stored), "signed in as "+stored.User
	}
	return t, nil
}

// findURL finds the address alone.
func (p *program) findURL(ctx context.Context, stored signin.Login) (target, error) {
	variable := p.getenv("USHER_URL")
	switch {
	case p.url != "" && p.stack != "":
		return target{}, misused("give --url or --stack, not both")
	case p.url != "":
		return target{url: p.url, from: "--url"}, nil
	case p.stack != "":
		outputs, err := p.stackOutputs(ctx)
		return target{url: outputs.url, from: "the stack " + p.stack}, err
	case variable != "":
		return target{url: variable, from: "USHER_URL"}, nil
	case stored.URL != "":
		return target{url: stored.URL, from: "usher login"}, nil
	}
	return target{}, misused("the address of usher is missing; run usher login, set USHER_URL, or give --url or --stack (to try usher, run usher local)")
}

func sameURL(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// storedLogin is the sign-in that usher login stored.
func (p *program) storedLogin() (signin.Login, error) {
	file, err := signin.DefaultFile()
	if err != nil {
		return signin.Login{}, signin.ErrNone // no home folder: nothing can be stored
	}
	return file.Read()
}

// tokens returns the token of a stored sign-in, and renews it when it has expired.
func (p *program) tokens(stored signin.Login) func(context.Context) (string, error) {
	file, err := signin.DefaultFile()
	if err != nil {
		return func(context.Context) (string, error) { return "", err }
	}
	return signin.NewSource(file, stored, renew).Token
}

func renew(ctx context.Context, l signin.Login) (signin.Tokens, error) {
	cfg, err := poolConfig(ctx, l.Region)
	if err != nil {
		return signin.Tokens{}, err
	}
	return signin.New(cfg, l.ClientID).Renew(ctx, l.Refresh)
}

// poolConfig is for calls to the pool that need no AWS account.
func poolConfig(ctx context.Context, region string) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithCredentialsProvider(aws.AnonymousCredentials{}))
}

// deployment is what the outputs of a stack say.
type deployment struct{ url, clientID, region string }

func (p *program) stackOutputs(ctx context.Context) (deployment, error) {
	cfg, err := config.LoadDefaultConfig(ctx, p.inRegion()...)
	if err != nil {
		return deployment{}, fmt.Errorf("read the AWS settings: %w", err)
	}
	outputs, err := stack.Outputs(ctx, cfg, p.stack)
	if err != nil {
		return deployment{}, err
	}
	d := deployment{outputs["ApiEndpoint"], outputs["UserPoolClientId"], cfg.Region}
	if d.url == "" {
		return d, fmt.Errorf("the stack %s has no output ApiEndpoint, so it is not a stack of usher; check the name", p.stack)
	}
	return d, nil
}

func (p *program) inRegion() []func(*config.LoadOptions) error {
	if p.region == "" {
		return nil
	}
	return []func(*config.LoadOptions) error{config.WithRegion(p.region)}
}

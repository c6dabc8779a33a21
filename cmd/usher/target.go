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

// target is which usher to talk to, and as whom.
type target struct {
	url   string
	from  string                                // where url is from, for people
	token func(context.Context) (string, error) // nil: as nobody
	who   string                                // whose token it is, for people
	given bool                                  // the token is of a flag or the environment
}

// findTarget takes address and token from the flags, else from the environment,
// else from what login has kept. A kept token goes to the address it was kept
// for and to no other.
func (p *program) findTarget(ctx context.Context) (target, error) {
	kept, err := p.keptLogin()
	if err != nil && !errors.Is(err, signin.ErrNone) {
		return target{}, err
	}
	t, err := p.findURL(ctx, kept)
	if err != nil {
		return target{}, err
	}
	if token := cmp.Or(p.token, p.getenv("USHER_TOKEN")); token != "" {
		t.token = func(context.Context) (string, error) { return token, nil }
		t.who, t.given = "the token that was given", true
	} else if kept.Access != "" && sameURL(kept.URL, t.url) {
		t.token, t.who = p.tokens(kept), "signed in as "+kept.User
	}
	return t, nil
}

// findURL finds the address alone.
func (p *program) findURL(ctx context.Context, kept signin.Login) (target, error) {
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
	case kept.URL != "":
		return target{url: kept.URL, from: "usher login"}, nil
	}
	return target{}, misused("it is not known which usher to talk to; run usher login, set USHER_URL, or give --url or --stack (usher local starts one to try)")
}

func sameURL(a, b string) bool { return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/") }

// keptLogin is what login has kept.
func (p *program) keptLogin() (signin.Login, error) {
	file, err := signin.DefaultFile()
	if err != nil {
		return signin.Login{}, signin.ErrNone // no home: nothing can have been kept
	}
	return file.Read()
}

// tokens gives out the token of a kept login, renewed when it has expired.
func (p *program) tokens(kept signin.Login) func(context.Context) (string, error) {
	file, err := signin.DefaultFile()
	if err != nil {
		return func(context.Context) (string, error) { return "", err }
	}
	return signin.NewSource(file, kept, renew).Token
}

func renew(ctx context.Context, l signin.Login) (signin.Tokens, error) {
	cfg, err := poolConfig(ctx, l.Region)
	if err != nil {
		return signin.Tokens{}, err
	}
	return signin.New(cfg, l.ClientID).Renew(ctx, l.Refresh)
}

// poolConfig is for calls to the pool, which nobody needs an AWS account for.
func poolConfig(ctx context.Context, region string) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithCredentialsProvider(aws.AnonymousCredentials{}))
}

// deployment is what a stack says about itself.
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
		return d, fmt.Errorf("the stack %s has no output ApiEndpoint; it is not a stack of usher", p.stack)
	}
	return d, nil
}

func (p *program) inRegion() []func(*config.LoadOptions) error {
	if p.region == "" {
		return nil
	}
	return []func(*config.LoadOptions) error{config.WithRegion(p.region)}
}

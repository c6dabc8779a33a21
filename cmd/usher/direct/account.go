package direct

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"usher.example/internal/cognitopool"
	"usher.example/internal/sesaccount"
)

const (
	// connections is how many idle connections to Cognito are kept: as many as calls
	// are under way, so that each connects once.
	connections = 64

	// identityPatience bounds the question who we are, which is only for display, and
	// credentialsPatience finding the credentials, which may ask another program.
	identityPatience    = 5 * time.Second
	credentialsPatience = time.Minute
)

// Account is how the pool is reached.
type Account struct {
	Pool   *cognitopool.Pool
	Sender sesaccount.Senders
	Region string

	config aws.Config
}

// Connect prepares calls to a pool by the SDK's usual chain of credentials. The Region
// is the one that begins the pool's id, unless one is given. The error says that there
// are no usable credentials, or what is wrong with the id.
func Connect(ctx context.Context, pool, region, profile string) (*Account, error) {
	if region == "" {
		region, _, _ = strings.Cut(pool, "_")
	}
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*connections, connections
	})
	options := []func(*config.LoadOptions) error{config.WithRegion(region), config.WithHTTPClient(client)}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("read the AWS settings: %w", err)
	}
	p, err := cognitopool.New(cognito.NewFromConfig(cfg), pool)
	if err != nil {
		return nil, fmt.Errorf("--pool %q is not the id of a user pool; it looks like eu-west-1_AbCd12345", pool)
	}
	return &Account{Pool: p, Sender: sesaccount.New(sesv2.NewFromConfig(cfg)), Region: region, config: cfg}, nil
}

// Credentials checks that there are credentials. The error says what to do.
func (a *Account) Credentials(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, credentialsPatience)
	defer cancel()
	if _, err := a.config.Credentials.Retrieve(limited); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("there are no usable AWS credentials; sign in (aws sso login, aws configure), or give --profile (%w)", err)
	}
	return nil
}

// ARN is the pool's ARN, as far as it is known: the account is a star if neither the
// pool nor the owner of the credentials says it.
func (a *Account) ARN(ctx context.Context, pool, owner string) string {
	if name, err := a.Pool.ARN(ctx); err == nil {
		return name
	}
	return fmt.Sprintf("arn:aws:cognito-idp:%s:%s:userpool/%s", a.Region, cmp.Or(owner, "*"), pool)
}

// Who is whose credentials are used, such as user/ann, and their account; both are ""
// if AWS does not say. The call needs no right.
func (a *Account) Who(ctx context.Context) (who, account string) {
	limited, cancel := context.WithTimeout(ctx, identityPatience)
	defer cancel()
	out, err := sts.NewFromConfig(a.config).GetCallerIdentity(limited, nil)
	if err != nil {
		return "", ""
	}
	name, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return "", aws.ToString(out.Account)
	}
	return name.Resource, name.AccountID
}

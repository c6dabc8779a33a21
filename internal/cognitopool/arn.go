package cognitopool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/onboard"
)

// ARN reads the pool's Amazon Resource Name, which has its Region and account, with
// DescribeUserPool. Its errors are those of [Pool.Inspect].
func (p *Pool) ARN(ctx context.Context) (string, error) {
	var out *cognito.DescribeUserPoolOutput
	err := p.call(ctx, inspect, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: aws.String(p.id)}, opts...)
		return err
	})
	if err != nil {
		return "", err
	}
	if out.UserPool == nil || aws.ToString(out.UserPool.Arn) == "" {
		return "", unclear("answer without a pool", onboard.CauseNoAnswer)
	}
	return aws.ToString(out.UserPool.Arn), nil
}

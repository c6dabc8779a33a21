// Package stack reads the outputs of a deployed CloudFormation stack. That takes one
// call, so it needs no SDK of the service.
package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	service = "cloudformation"

	// version is that of the query API (AWS CloudFormation API Reference).
	version = "2010-05-15"

	callTimeout = 30 * time.Second

	// maxAnswer, in bytes, is longer than any description of one stack.
	maxAnswer = 8 << 20
)

// Outputs returns the outputs of the stack with that name, in the account and
// region of cfg. An error says what to do.
func Outputs(ctx context.Context, cfg aws.Config, name string) (map[string]string, error) {
	if cfg.Region == "" {
		return nil, errors.New("the AWS region is missing; give --region, set AWS_REGION or choose an AWS profile")
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := signed(ctx, cfg, url.Values{"Action": {"DescribeStacks"}, "Version": {version}, "StackName": {name}}.Encode())
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask CloudFormation for the stack %s: %w", name, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("ask CloudFormation for the stack %s: %w", name, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, refusal(name, cfg.Region, response.StatusCode, body)
	}
	return read(name, body)
}

func signed(ctx context.Context, cfg aws.Config, form string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint(cfg), strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if cfg.Credentials == nil {
		return nil, errors.New("there are no AWS credentials; sign in to AWS first, or give --url instead of --stack")
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot get AWS credentials (%w); sign in to AWS first, or give --url instead of --stack", err)
	}
	sum := sha256.Sum256([]byte(form))
	err = v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), service, cfg.Region, time.Now())
	return request, err
}

// endpoint is where the service is, unless the variables that all SDKs read say
// otherwise (AWS SDKs and Tools Reference Guide, "Service-specific endpoints").
func endpoint(cfg aws.Config) string {
	if own := os.Getenv("AWS_ENDPOINT_URL_CLOUDFORMATION"); own != "" {
		return own
	}
	if cfg.BaseEndpoint != nil {
		return *cfg.BaseEndpoint
	}
	suffix := "amazonaws.com"
	if strings.HasPrefix(cfg.Region, "cn-") {
		suffix = "amazonaws.com.cn"
	}
	return "https://" + service + "." + cfg.Region + "." + suffix + "/"
}

func read(name string, body []byte) (map[string]string, error) {
	var described struct {
		Stacks []struct {
			Outputs []struct {
				Key   string `xml:"OutputKey"`
				Value string `xml:"OutputValue"`
			} `xml:"Outputs>member"`
		} `xml:"DescribeStacksResult>Stacks>member"`
	}
	if err := xml.Unmarshal(body, &described); err != nil {
		return nil, fmt.Errorf("read the answer of CloudFormation about the stack %s: %w", name, err)
	}
	if len(described.Stacks) != 1 {
		return nil, fmt.Errorf("CloudFormation knows %d stacks named %s; give the full name of one", len(described.Stacks), name)
	}
	outputs := map[string]string{}
	for _, o := range described.Stacks[0].Outputs {
		outputs[o.Key] = o.Value
	}
	return outputs, nil
}

// refusal words an error of CloudFormation.
func refusal(name, region string, status int, body []byte) error {
	var refused struct {
		Code    string `xml:"Error>Code"`
		Message string `xml:"Error>Message"`
	}
	if err := xml.Unmarshal(body, &refused); err != nil || refused.Code == "" {
		return fmt.Errorf("CloudFormation answered with status %d for the stack %s in %s; try again in a minute", status, name, region)
	}
	return fmt.Errorf("CloudFormation cannot describe the stack %s in %s: %s (%s); check the name, the region and the AWS profile",
		name, region, refused.Message, refused.Code)
}

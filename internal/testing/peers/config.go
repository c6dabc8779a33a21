package peers

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Region is the region of every peer.
const Region = "us-east-1"

// Config returns a configuration for SDK clients that sends every call to
// endpoint, signed with credentials that no service accepts. It reads neither
// the environment nor any file, so no call can reach an account.
func Config(endpoint string) aws.Config {
	return aws.Config{
		Region:       Region,
		Credentials:  credentials.NewStaticCredentialsProvider("usher", "usher", ""),
		BaseEndpoint: aws.String(endpoint),
	}
}

// Environ returns the variables, as NAME=value, that configure a program's SDK
// like [Config].
func Environ(endpoint string) []string {
	return []string{
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=usher",
		"AWS_SECRET_ACCESS_KEY=usher",
		"AWS_ENDPOINT_URL=" + endpoint,
	}
}

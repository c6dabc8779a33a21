package runtimeapi

const (
	functionName = "usher-under-test"
	region       = "us-east-1"
	functionARN  = "arn:aws:lambda:" + region + ":000000000000:function:" + functionName
)

// lambdaEnvironment is what Lambda sets for a program, except that its
// credentials and its AWS endpoint are invalid.
//
// Source: AWS Lambda Developer Guide, "Using Lambda environment variables",
// defined runtime environment variables.
func lambdaEnvironment(apiAddress, folder string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + apiAddress,
		"AWS_LAMBDA_FUNCTION_NAME=" + functionName,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + functionName,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_ACCESS_KEY_ID=nobody",
		"AWS_SECRET_ACCESS_KEY=nothing",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"LAMBDA_TASK_ROOT=" + folder,
		"_HANDLER=bootstrap",
		"LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"TZ=:UTC",
	}
}

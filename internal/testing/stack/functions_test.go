package stack

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/iam"
)

var functions = []string{"ApiFunction", "DeadLetterFunction", "RequeueFunction", "WorkerFunction"}

// variables are what each function reads, with its value in a new stack of the
// default parameters.
var variables = map[string]map[string]string{
	"ApiFunction": {
		"LOG_LEVEL": "INFO", "TABLE_NAME": "<Table>", "QUEUE_URL": "<Queue>",
		"TOKEN_ISSUER": "https://cognito-idp.ap-northeast-1.amazonaws.com/<UserPool>",
		"USER_POOL_ID": "<UserPool>", "USER_POOL_CLIENT_ID": "<UserPoolClient>", "COGNITO_DOMAIN": "", "ADMIN_GROUP": "administrators", "ALLOWED_GROUPS": "",
		"USER_CREATION_RATE": "50", "USER_CREATION_SHARE": "0.95", "GROUP_RATE": "25", "MAIL_QUOTA": "0", "ORGANIZATION_NAME": "", "TEMPORARY_PASSWORDS": "pool",
		"TEMPORARY_PASSWORD_DAYS": "7", "RETENTION_DAYS": "90", "MAX_OPEN_DAYS": "90",
		"MAX_ROWS": "10000", "MAX_BODY_BYTES": "5000000", "DAILY_INVITATIONS_PER_ADMINISTRATOR": "20000", "MAIL_DOMAIN_CHECK": "true",
		"LOCAL_ADMINISTRATOR": "", "AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
	},
	"WorkerFunction": {
		"STAGE": "dev", "LOG_LEVEL": "INFO", "TABLE_NAME": "<Table>", "QUEUE_URL": "<Queue>", "USER_POOL_ID": "<UserPool>",
		"USER_CREATION_RATE": "50", "USER_CREATION_SHARE": "0.95", "GROUP_RATE": "25",
		"TEMPORARY_PASSWORDS": "pool", "TEMPORARY_PASSWORD_DAYS": "7", "RETENTION_DAYS": "90", "MAX_RECEIVE_COUNT": "5",
		"ADMIN_GROUP": "administrators", "ALLOWED_GROUPS": "",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
	},
	"DeadLetterFunction": {
		"STAGE": "dev", "LOG_LEVEL": "INFO", "TABLE_NAME": "<Table>", "DEAD_LETTER_QUEUE_URL": "<DeadLetterQueue>",
		"USER_POOL_ID": "<UserPool>", "TEMPORARY_PASSWORD_DAYS": "7", "RETENTION_DAYS": "90",
		"ADMIN_GROUP": "administrators", "ALLOWED_GROUPS": "",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
	},
	"RequeueFunction": {
		"STAGE": "dev", "API_URL": "<HttpApi.ApiEndpoint>", "USER_POOL_ID": "<UserPool>", "TEMPORARY_PASSWORD_DAYS": "7", "DAILY_SIGN_IN_SCAN": "true", "LOG_LEVEL": "INFO", "TABLE_NAME": "<Table>", "QUEUE_URL": "<Queue>",
		"USER_CREATION_RATE": "50", "USER_CREATION_SHARE": "0.95",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_DYNAMODB": "",
	},
}

// timeouts are the functions' limits in seconds.
var timeouts = map[string]int{
	"ApiFunction":        29, // API Gateway gives up after 30 s (Amazon API Gateway Developer Guide, "Quotas for HTTP APIs")
	"WorkerFunction":     60,
	"DeadLetterFunction": 60,
	"RequeueFunction":    50, // a run ends before the next begins
}

func TestEachFunctionIsGivenItsVariables(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, name := range functions {
		if diff := cmp.Diff(variables[name], environment(t, d, name)); diff != "" {
			t.Errorf("variables of %s (-want +got):\n%s", name, diff)
		}
	}
}

func environment(t *testing.T, d *deployment, function string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for name, value := range object(at(d.one(t, function).Properties, "Environment", "Variables")) {
		got[name] = text(value)
	}
	return got
}

func TestAnExistingPoolIsUsedThroughout(t *testing.T) {
	t.Parallel()
	const id = "ap-northeast-1_AbCdEfGhI"
	d := deploy(t, "Stage=prd", "AlarmEmail=ops@example.org", "UserPoolId="+id, "CreateAdministratorsGroup=no", "SignInDomain=login.example.org")
	for _, kind := range []string{"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolGroup", "AWS::Cognito::UserPoolDomain"} {
		if made := d.all(kind); len(made) != 0 {
			t.Errorf("%v is made for a pool that has its own", made)
		}
	}
	for _, name := range []string{"ApiFunction", "WorkerFunction", "DeadLetterFunction"} {
		if got := environment(t, d, name)["USER_POOL_ID"]; got != id {
			t.Errorf("%s works on the pool %q, want %s", name, got, id)
		}
	}
	if got := environment(t, d, "ApiFunction")["COGNITO_DOMAIN"]; got != "login.example.org" {
		t.Errorf("console signs in at %q", got)
	}
	if got := text(d.one(t, "UserPoolClient").Properties["UserPoolId"]); got != id {
		t.Errorf("client belongs to pool %q, want %s", got, id)
	}
	issuer := text(at(d.one(t, "ApiAuthorizer").Properties, "JwtConfiguration", "Issuer"))
	if want := "https://cognito-idp.ap-northeast-1.amazonaws.com/" + id; issuer != want || environment(t, d, "ApiFunction")["TOKEN_ISSUER"] != want {
		t.Errorf("tokens come from %s, to the function from %s, want %s", issuer, environment(t, d, "ApiFunction")["TOKEN_ISSUER"], want)
	}
	for _, role := range d.all("AWS::IAM::Role") {
		for _, right := range grants(t, d.one(t, role)) {
			if want := iam.Pool(d.params["AWS::Region"], id); strings.HasPrefix(right.Action, "cognito-idp:") && right.Resource != want {
				t.Errorf("%s allows %s, want it on %s", role, right, want)
			}
		}
	}
}

func TestFunctionsAreBuiltByTheMakefile(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	if diff := cmp.Diff(functions, d.all("AWS::Serverless::Function")); diff != "" {
		t.Fatalf("functions (-want +got):\n%s", diff)
	}
	global := d.Globals["Function"]
	if global["Runtime"] != "provided.al2023" || global["Handler"] != "bootstrap" {
		t.Errorf("runtime %v, handler %v", global["Runtime"], global["Handler"])
	}
	for _, name := range functions {
		f := d.one(t, name)
		if f.Metadata["BuildMethod"] != "makefile" || f.Properties["CodeUri"] != "." {
			t.Errorf("%s: BuildMethod %v, CodeUri %v, want makefile and the root", name, f.Metadata["BuildMethod"], f.Properties["CodeUri"])
		}
		if got := f.Properties["Timeout"]; got != timeouts[name] {
			t.Errorf("%s ends after %v s, want %d", name, got, timeouts[name])
		}
		if f.Properties["ReservedConcurrentExecutions"] != nil {
			t.Errorf("%s has reserved concurrency: a throttled function burns receives of messages it never saw", name)
		}
	}
}

func TestQueuesSuitTheirFunctions(t *testing.T) {
	t.Parallel()
	d := deploy(t, "WorkerConcurrency=2")
	for queue, function := range map[string]string{"Queue": "WorkerFunction", "DeadLetterQueue": "DeadLetterFunction"} {
		p := d.one(t, queue).Properties
		// Lambda takes no queue whose visibility timeout is less than its function's
		// (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"); the six times that it
		// recommends would have a row whose worker died wait for six minutes.
		if got, least := p["VisibilityTimeout"].(int), timeouts[function]; got < least || got > 2*least {
			t.Errorf("%s hides a message for %v s, want %d to %d", queue, got, least, 2*least)
		}
		if p["SqsManagedSseEnabled"] != true {
			t.Errorf("%s is not encrypted", queue)
		}
		source := object(at(d.one(t, function).Properties, "Events", "Messages", "Properties"))
		if got := source["Queue"]; got != "<"+queue+".Arn>" {
			t.Errorf("%s reads %v, want %s", function, got, queue)
		}
		if diff := cmp.Diff([]string{"ReportBatchItemFailures"}, texts(source["FunctionResponseTypes"])); diff != "" {
			t.Errorf("%s: without this one failed row loses nine others (-want +got):\n%s", function, diff)
		}
		if source["BatchSize"] != 10 {
			t.Errorf("%s takes %v messages at once, want 10", function, source["BatchSize"])
		}
		if n, err := strconv.Atoi(text(at(source, "ScalingConfig", "MaximumConcurrency"))); err != nil || n < 2 {
			t.Errorf("%s runs %d at once; Lambda allows no less than 2", function, n)
		}
	}
	if got := deploy(t).Parameters["WorkerConcurrency"]["MinValue"]; got != 2 {
		t.Errorf("WorkerConcurrency may be %v; Lambda allows no less than 2", got)
	}
}

func TestDeadLettersOutliveTheQueue(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	queue, dead := d.one(t, "Queue").Properties, d.one(t, "DeadLetterQueue").Properties
	if got := dead["MessageRetentionPeriod"]; got != 14*24*3600 {
		t.Errorf("dead letters are kept for %v s, want 14 days", got)
	}
	if queue["MessageRetentionPeriod"].(int) >= dead["MessageRetentionPeriod"].(int) {
		t.Error("a dead letter's age counts from its first sending: the queue must keep messages for less long")
	}
	if got := at(queue, "RedrivePolicy", "deadLetterTargetArn"); got != "<DeadLetterQueue.Arn>" {
		t.Errorf("dead letters go to %v", got)
	}
	receives := text(at(queue, "RedrivePolicy", "maxReceiveCount"))
	if got := environment(t, d, "WorkerFunction")["MAX_RECEIVE_COUNT"]; got != receives {
		t.Errorf("the worker counts to %s, the queue to %s", got, receives)
	}
}

func TestRequeueRunsEveryMinuteAndNeverTwiceAtOnce(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "RequeueFunction").Properties
	if got := at(p, "Events", "EveryMinute", "Properties", "Schedule"); got != "rate(1 minute)" {
		t.Errorf("schedule is %v", got)
	}
	if timeout := p["Timeout"].(int); timeout >= 60 {
		t.Errorf("a run of %d s overlaps the next", timeout)
	}
	if got := at(p, "EventInvokeConfig", "MaximumRetryAttempts"); got != 0 {
		t.Errorf("a failed run is repeated %v times; the next minute's run does that", got)
	}
}

package functions_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// aside are calls that need no right.
var aside = map[string]string{
	"dynamodb:TransactWriteItems": "the actions on its items count",
	"dynamodb:DescribeEndpoints":  "the SDK's own, only where endpoint discovery is switched on",
}

// idle are calls that a program contains and never makes.
var idle = map[string][]string{
	// It reads the password policy where passwords are to be typeable; then its role has the right.
	"WorkerFunction": {"cognito-idp:DescribeUserPool"},
	// It has the worker's code, but attempts nothing: all failures are used up.
	"DeadLetterFunction": {"cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminCreateUser", "dynamodb:GetItem", "sqs:SendMessage"},
}

// TestProgramsHoldTheCallsOfTheirRoles asks the built programs, with no service
// behind them, which calls they hold. The linker leaves out methods that nothing
// can come to, so what is there is all that a program could ever call, on paths
// that no test takes as well.
func TestProgramsHoldTheCallsOfTheirRoles(t *testing.T) {
	t.Parallel()
	for function, role := range rolesOf(t) {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			want := slices.Clone(idle[function])
			for _, right := range role.Allows {
				if !slices.Contains(role.Lambda, right) {
					want = append(want, right.Action)
				}
			}
			slices.Sort(want)
			if diff := cmp.Diff(slices.Compact(want), actionsIn(t, programs.Build(t, packages[function]))); diff != "" {
				t.Errorf("actions (-allowed by %s in template.yaml, or idle here +held by %s):\n%s", role.Name, function, diff)
			}
		})
	}
}

// operation is the name of an SDK operation in a program's table of functions.
var operation = regexp.MustCompile(`aws-sdk-go-v2/service/(\w+)\.\(\*Client\)\.([A-Z]\w+)\x00`)

// actionsIn returns the actions of the SDK's operations in a program, sorted.
func actionsIn(t *testing.T, binary string) []string {
	t.Helper()
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	prefixes := map[string]string{"cognitoidentityprovider": "cognito-idp", "dynamodb": "dynamodb", "eventbridge": "events", "sesv2": "ses", "sqs": "sqs"}
	var held []string
	for _, found := range operation.FindAllSubmatch(program, -1) {
		service, name := string(found[1]), string(found[2])
		if prefixes[service] == "" {
			t.Errorf("the program calls %s of %s, a service that this test does not know", name, service)
		}
		if service == "sqs" {
			name = strings.TrimSuffix(name, "Batch") // authorized as its parts are
		}
		if action := prefixes[service] + ":" + name; aside[action] == "" {
			held = append(held, action)
		}
	}
	slices.Sort(held)
	return slices.Compact(held)
}

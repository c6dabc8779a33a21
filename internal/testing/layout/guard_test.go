package layout_test

import (
	"strings"
	"testing"
)

// A rule that finds nothing because it is broken looks just like a tidy tree. So
// each is shown one package that keeps it and one that breaks it.
func TestRulesFindWhatBreaksThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		path    string
		imports string
		fault   string // part of it; empty where all is well
	}{
		{name: "domain on the standard library", path: "internal/onboard", imports: "log/slog"},
		{name: "domain on a third party", path: "internal/onboard", imports: "golang.org/x/sync/errgroup", fault: "standard library only"},
		{name: "domain on HTTP", path: "internal/onboard", imports: "net/http", fault: "no transport"},
		{name: "domain on ours", path: "internal/onboard", imports: module + "/internal/intake", fault: "nothing of ours"},
		{name: "adapter on the domain", path: "internal/sqsqueue", imports: module + "/internal/onboard"},
		{name: "adapter on adapter", path: "internal/sqsqueue", imports: module + "/internal/dynamostore", fault: "mayImport"},
		{name: "adapter on memory", path: "internal/dynamostore", imports: module + "/internal/memory", fault: "mayImport"},
		{name: "memory on adapter", path: "internal/memory", imports: module + "/internal/cognitopool", fault: "mayImport"},
		{name: "adapter on its service", path: "internal/dynamostore", imports: "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"},
		{name: "adapter on the core", path: "internal/dynamostore", imports: "github.com/aws/aws-sdk-go-v2/aws"},
		{name: "adapter on another service", path: "internal/dynamostore", imports: "github.com/aws/aws-sdk-go-v2/service/sqs", fault: "dynamodb only"},
		{name: "service of a longer name", path: "internal/dynamostore", imports: "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams", fault: "dynamodb only"},
		{name: "handlers on AWS", path: "internal/httpapi", imports: "github.com/aws/aws-sdk-go-v2/aws", fault: "only adapters"},
		{name: "handlers on intake", path: "internal/httpapi", imports: module + "/internal/intake"},
		{name: "intake on handlers", path: "internal/intake", imports: module + "/internal/httpapi", fault: "mayImport"},
		{name: "new package on the domain", path: "internal/brandnew", imports: module + "/internal/onboard"},
		{name: "new package on another", path: "internal/brandnew", imports: module + "/internal/memory", fault: "mayImport"},
		{name: "function on adapter", path: "functions/worker", imports: module + "/internal/cognitopool"},
		{name: "function on AWS", path: "functions/worker", imports: "github.com/aws/aws-sdk-go-v2/config"},
		{name: "function on a suite", path: "functions/worker", imports: module + "/internal/testing/onboardtest", fault: "only tests"},
		{name: "function on peers", path: "functions/api", imports: module + "/internal/testing/peers", fault: "only tests"},
		{name: "command on peers", path: "cmd/local-aws", imports: module + "/internal/testing/peers"},
		{name: "command on the harness", path: "cmd/usher", imports: module + "/internal/testing/runtimeapi", fault: "only tests"},
		{name: "suite on memory", path: "internal/testing/onboardtest", imports: module + "/internal/memory"},
		{name: "handlers on a program", path: "internal/httpapi", imports: module + "/cmd/usher/flags", fault: "imports a program"},
		{name: "shared wiring on adapter", path: "internal/deployed", imports: module + "/internal/sqsqueue"},
		{name: "shared wiring on AWS", path: "internal/deployed", imports: "github.com/aws/aws-sdk-go-v2/service/sqs"},
		{name: "shared wiring on memory", path: "internal/deployed", imports: module + "/internal/memory", fault: "mayImport"},
		{name: "shared wiring on peers", path: "internal/deployed", imports: module + "/internal/testing/peers", fault: "only tests"},
		{name: "function on sqlite", path: "functions/worker", imports: module + "/internal/sqlite", fault: "DynamoDB"},
		{name: "command on sqlite", path: "cmd/usher", imports: module + "/internal/sqlite"},
		{name: "adapter on sqlite", path: "internal/dynamostore", imports: module + "/internal/sqlite", fault: "mayImport"},
		{name: "local wiring on memory", path: "internal/local", imports: module + "/internal/memory"},
		{name: "local wiring on adapter", path: "internal/local", imports: module + "/internal/dynamostore", fault: "mayImport"},
		{name: "local wiring on AWS", path: "internal/local", imports: "github.com/aws/aws-sdk-go-v2/aws", fault: "only adapters"},
		{name: "handlers on wiring", path: "internal/httpapi", imports: module + "/internal/deployed", fault: "mayImport"},
		{name: "package named for nothing", path: "internal/utils", imports: "fmt", fault: "name it"},
		{name: "folder named for nothing", path: "internal/common/csv", imports: "fmt", fault: "name it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := faults(pkg{ImportPath: module + "/" + test.path, Doc: "Package.", Imports: []string{test.imports}})
			wantFault(t, found, test.fault)
		})
	}
}

func TestPackageCommentIsMissed(t *testing.T) {
	t.Parallel()
	wantFault(t, faults(pkg{ImportPath: module + "/internal/silent"}), "no package comment")
}

func wantFault(t *testing.T, found []string, part string) {
	t.Helper()
	switch {
	case part == "" && len(found) > 0:
		t.Errorf("got %q, want no fault", found)
	case part != "" && (len(found) != 1 || !strings.Contains(found[0], part)):
		t.Errorf("got %q, want one fault with %q", found, part)
	}
}

func TestOnlyMainsOfFunctionsAreCounted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, file string
		want       bool
	}{
		{path: "functions/api", file: "main.go", want: true},
		{path: "functions/api", file: "config.go", want: false},
		{path: "cmd/usher", file: "main.go", want: false},
		{path: "functions/api/inner", file: "main.go", want: false},
	}
	for _, test := range tests {
		if got := isFunctionMain(pkg{ImportPath: module + "/" + test.path}, test.file); got != test.want {
			t.Errorf("%s/%s: got %v, want %v", test.path, test.file, got, test.want)
		}
	}
}

package layout_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const (
	domain   = "internal/onboard"
	deployed = "internal/deployed"
	embedded = "internal/sqlite" // with a database engine of several megabytes

	// maxMainLines keeps the wiring of a function free of anything to test.
	maxMainLines = 80
)

// mayImport says which of our packages, besides the domain, a package below the
// entry points imports. Adapters over AWS have no entry on purpose: nothing but
// the domain lies under them.
var mayImport = map[string][]string{
	// A queue without Lambda beside it has a receiving side of its own, which an
	// event source drives.
	"internal/memory": {"internal/eventsource"},
	"internal/sqlite": {"internal/eventsource"},
	// A workbook is a body too.
	"internal/intake": {"internal/xlsx"},
	// Every transport delivers a body.
	"internal/httpapi": {"internal/intake"},
	// An API Gateway event is turned into a request whose caller httpapi knows.
	"internal/lambdabridge": {"internal/httpapi"},
	// What the functions share of their wiring: everything over AWS.
	deployed: {
		"internal/cognitopool", "internal/dynamostore", "internal/noticebus", "internal/sesaccount", "internal/sqsqueue",
		"internal/console", "internal/httpapi", "internal/lambdabridge", "internal/settings",
	},
	// All parts at work in one process, over whatever ports it is given.
	"internal/oneprocess": {"internal/console", "internal/eventsource", "internal/httpapi"},
	// That over a pool in memory. No adapter over AWS, so that nothing local can reach an account.
	"internal/local": {"internal/eventsource", "internal/memory", "internal/oneprocess", "internal/settings", "internal/sqlite"},
}

// adapterServices names the one AWS service that each adapter speaks to.
var adapterServices = map[string]string{
	"internal/cognitopool": "cognitoidentityprovider",
	"internal/sesaccount":  "sesv2",
	"internal/sqsqueue":    "sqs",
	"internal/dynamostore": "dynamodb",
	"internal/noticebus":   "eventbridge",
}

// testSupport has the packages that no program contains.
const testSupport = "internal/testing/"

// mayCarry names the programs that carry test support nevertheless.
var mayCarry = map[string]string{
	// What SAM local runs against.
	"internal/testing/peers":   "cmd/local-aws",
	"internal/testing/standin": "cmd/local-aws",
}

// forbiddenNames say where a thing is and not what it is.
var forbiddenNames = []string{"pkg", "models", "types", "utils", "util", "common", "mocks", "helpers"}

// pkg is one of our packages as the go command lists it.
type pkg struct {
	ImportPath string
	Dir        string
	Doc        string
	Imports    []string // of files that are not tests
	GoFiles    []string
}

// local is the import path without the module's.
func (p pkg) local() string { return localPath(p.ImportPath) }

func localPath(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

func (p pkg) isEntryPoint() bool {
	return strings.HasPrefix(p.local(), "functions/") || strings.HasPrefix(p.local(), "cmd/")
}

func (p pkg) isTestOnly() bool {
	return strings.HasPrefix(p.local(), testSupport)
}

// faults returns what is wrong with p, each with its fix.
func faults(p pkg) []string {
	var found []string
	for _, imported := range p.Imports {
		found = append(found, importFaults(p, imported)...)
	}
	for element := range strings.SplitSeq(p.local(), "/") {
		if slices.Contains(forbiddenNames, element) {
			found = append(found, fmt.Sprintf("%s: a package named %s: name it after what it has", p.local(), element))
		}
	}
	if p.Doc == "" {
		found = append(found, fmt.Sprintf("%s: no package comment: say what it is for", p.local()))
	}
	return found
}

func importFaults(p pkg, imported string) []string {
	fault := func(format string, args ...any) []string {
		return []string{fmt.Sprintf("%s imports %s: ", p.local(), localPath(imported)) + fmt.Sprintf(format, args...)}
	}
	switch {
	case isOurs(imported):
		return ourImportFaults(p, localPath(imported), fault)
	case isThirdParty(imported) && p.local() == domain:
		return fault("the domain knows the standard library only")
	case p.local() == domain && (imported == "net/http" || imported == "database/sql"):
		return fault("the domain knows no transport")
	case p.isTestOnly() || p.isEntryPoint() || p.local() == deployed:
		return nil
	case strings.HasPrefix(imported, awsSDK):
		return sdkFaults(p, imported, fault)
	}
	return nil
}

type faultFunc func(format string, args ...any) []string

func ourImportFaults(p pkg, imported string, fault faultFunc) []string {
	if strings.HasPrefix(imported, testSupport) && !p.isTestOnly() && mayCarry[imported] != p.local() {
		return fault("only tests may")
	}
	switch {
	case imported == embedded && strings.HasPrefix(p.local(), "functions/"):
		return fault("a function has DynamoDB and SQS, and starts the slower the larger it is")
	case p.isTestOnly() || p.isEntryPoint():
		return nil
	case strings.HasPrefix(imported, "functions/") || strings.HasPrefix(imported, "cmd/"):
		return fault("nothing imports a program")
	case p.local() == domain:
		return fault("the domain imports nothing of ours")
	case imported == domain || slices.Contains(mayImport[p.local()], imported):
		return nil
	}
	return fault("give what both need to the domain, or allow it in mayImport with the reason")
}

const awsSDK = "github.com/aws/aws-sdk-go-v2/"

func sdkFaults(p pkg, imported string, fault faultFunc) []string {
	service, isAdapter := adapterServices[p.local()]
	if !isAdapter {
		return fault("only adapters and the wiring over them know AWS")
	}
	called, isService := strings.CutPrefix(imported, awsSDK+"service/")
	if isService && called != service && !strings.HasPrefix(called, service+"/") {
		return fault("this adapter speaks to %s only", service)
	}
	return nil
}

func isOurs(importPath string) bool { return strings.HasPrefix(importPath, module+"/") }

// isThirdParty goes by the rule that only paths of the standard library have no
// dot in their first element.
func isThirdParty(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".") && !isOurs(importPath)
}

// isFunctionMain reports whether file of p is the wiring of a Lambda function.
func isFunctionMain(p pkg, file string) bool {
	matched, _ := path.Match("functions/*", p.local()) // the pattern is well formed
	return matched && file == "main.go"
}

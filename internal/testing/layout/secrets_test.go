package layout_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inArguments is a command whose arguments have a token or a password. Everyone on
// the machine can see those while it runs; -H @FILE and standard input are not shown.
var inArguments = regexp.MustCompile(`(?i)-H\s*["']Authorization:|--token[= ]["']?(?:\$|ey)|PASSWORD["']?\s*[=:]\s*["']?\$\w+[^<]*--|--(?:temporary-|proposed-)?password[= ]`)

func TestNoPageShowsASecretInArguments(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]bool{
		`curl "$api" -H "Authorization: Bearer $token"`: true, `curl "$api" -H @<(auth)`: false,
		`aws cognito-idp initiate-auth --auth-parameters USERNAME="$me",PASSWORD="$password" --query X`: true,
		`usher check --token eyJ`: true, "the flags `--url` and `--token`, else": false,
		`aws cognito-idp admin-set-user-password --password "$p"`: true, `usher login --password-stdin`: false,
		`{"AuthParameters":{"USERNAME":"$me","PASSWORD":"$password"}}`: false,
	} {
		if got := inArguments.MatchString(command); got != want {
			t.Errorf("%s: found %t, want %t", command, got, want)
		}
	}
	texts := documents(t)
	for _, pattern := range []string{"cmd/usher/*.go", "cmd/*/*.go", ".ci/*", "Makefile"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing is %s: %v", pattern, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(path, "_test.go") {
				texts[path] = string(text)
			}
		}
	}
	for path, text := range texts {
		for line := range strings.Lines(text) {
			if inArguments.MatchString(line) {
				t.Errorf("%s: everyone on the machine can see the secret in the arguments of\n%s", path, line)
			}
		}
	}
}

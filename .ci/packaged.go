// Packaged turns template.yaml into one that CloudFormation takes as it is: where the
// functions' zips are is a parameter, so that people who deploy it need neither Go nor SAM
// nor make.
//
//	go run .ci/packaged.go < template.yaml > build/release/template.yaml
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

const parameters = `Parameters:
  CodeBucket:
    Type: String
    Description: S3 bucket in this Region with the zips of the functions
  CodePrefix:
    Type: String
    Default: ""
    Description: What the keys of the zips in that bucket begin with, such as usher/0.2.0/
`

const code = `      CodeUri:
        Bucket: !Ref CodeBucket
        Key: !Sub ${CodePrefix}%s.zip
`

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		var out string
		if out, err = packaged(string(text)); err == nil {
			_, err = os.Stdout.WriteString(out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "packaged:", err)
		os.Exit(1)
	}
}

var resource = regexp.MustCompile(`^  (\w+):`)

func packaged(template string) (string, error) {
	var out strings.Builder
	name, functions, placed, opened := "", 0, 0, false
	for line := range strings.Lines(template) {
		if found := resource.FindStringSubmatch(line); found != nil {
			name = found[1]
		}
		switch strings.TrimRight(line, "\n") {
		case "Parameters:":
			out.WriteString(parameters)
			opened = true
		case "    Type: AWS::Serverless::Function":
			functions++
			out.WriteString(line)
		case "    Metadata: { BuildMethod: makefile }":
		case "      CodeUri: .":
			fmt.Fprintf(&out, code, name)
			placed++
		default:
			out.WriteString(line)
		}
	}
	if !opened || functions == 0 || placed != functions {
		return "", errors.New("the template has another form than this program knows")
	}
	return out.String(), nil
}

package stack

import (
	"strings"
	"testing"

	"usher.example/internal/testing/iam"
)

// Role is what a function may do. What only an account knows appears in its
// resources as <Table.Arn> or <UserPool>, by the names of template.yaml.
type Role struct {
	Name   string      // its name in template.yaml
	Allows []iam.Right // in the template's order
	Lambda []iam.Right // what Lambda itself does for the function
}

// Roles returns the role of each function, by the function's name in
// template.yaml, of a stack whose parameters, CloudFormation's own among them,
// are given as Name=value; the others keep their defaults. Anything but a
// plain permission fails t.
func Roles(t testing.TB, parameters ...string) map[string]Role {
	t.Helper()
	d := deploy(t, parameters...)
	roles := map[string]Role{}
	for _, function := range d.all("AWS::Serverless::Function") {
		p := d.one(t, function).Properties
		name := strings.TrimSuffix(strings.TrimPrefix(text(p["Role"]), "<"), ".Arn>")
		roles[function] = Role{Name: name, Allows: grants(t, d.one(t, name)), Lambda: lambdaDoes(p)}
	}
	return roles
}

// grants collects a role's permissions.
func grants(t testing.TB, role resource) []iam.Right {
	t.Helper()
	var rights []iam.Right
	policies, _ := role.Properties["Policies"].([]any)
	for _, p := range policies {
		for _, s := range statements(at(p, "PolicyDocument")) {
			if s["Effect"] != "Allow" || s["NotAction"] != nil || s["NotResource"] != nil || s["Condition"] != nil {
				t.Errorf("statement %v: only plain Allow", s)
			}
			for _, on := range texts(s["Resource"]) {
				for _, action := range texts(s["Action"]) {
					rights = append(rights, iam.Right{Action: action, Resource: on})
				}
			}
		}
	}
	return rights
}

func statements(policy any) []map[string]any {
	var out []map[string]any
	list, _ := at(policy, "Statement").([]any)
	for _, s := range list {
		out = append(out, s.(map[string]any))
	}
	return out
}

// lambdaDoes returns what Lambda does for a function with these properties: it
// writes the function's log into the stack's log group, and takes messages off
// its queue (AWS Lambda Developer Guide, "Defining Lambda function permissions
// with an execution role" and "Creating and configuring an Amazon SQS event
// source mapping").
func lambdaDoes(function map[string]any) []iam.Right {
	logs := strings.Replace(text(at(function, "LoggingConfig", "LogGroup")), ">", ".Arn>", 1)
	rights := []iam.Right{{Action: "logs:CreateLogStream", Resource: logs}, {Action: "logs:PutLogEvents", Resource: logs}}
	for _, event := range object(function["Events"]) {
		if at(event, "Type") != "SQS" {
			continue
		}
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			rights = append(rights, iam.Right{Action: action, Resource: text(at(event, "Properties", "Queue"))})
		}
	}
	return rights
}

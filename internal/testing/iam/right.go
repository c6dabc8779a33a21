package iam

import (
	"fmt"
	"strings"
)

// Account is the number of the account in which every call is made.
const Account = "123456789012"

// Right is the right to one action on one resource.
type Right struct {
	Action   string // "dynamodb:PutItem"
	Resource string // an ARN
}

// isAllowedBy reports whether a permission covers r. A star in its resource stands for
// any text (AWS Identity and Access Management User Guide, "IAM JSON policy elements:
// Resource").
func (r Right) isAllowedBy(permission Right) bool {
	if r.Action != permission.Action {
		return false
	}
	rest, parts := r.Resource, strings.Split(permission.Resource, "*")
	for i, part := range parts {
		at := strings.Index(rest, part)
		if last := i == len(parts)-1; last {
			at = len(rest) - len(part)
		}
		if at < 0 || i == 0 && at > 0 || !strings.HasPrefix(rest[at:], part) {
			return false
		}
		rest = rest[at+len(part):]
	}
	return rest == ""
}

func (r Right) String() string { return r.Action + " on " + r.Resource }

// Table returns the ARN of a table.
func Table(region, name string) string { return arn("dynamodb", region, "table/"+name) }

// Index returns the ARN of a table's index.
func Index(region, table, name string) string { return Table(region, table) + "/index/" + name }

// Queue returns the ARN of a queue.
func Queue(region, name string) string { return arn("sqs", region, name) }

// Bus returns the ARN of an event bus.
func Bus(region, name string) string { return arn("events", region, "event-bus/"+name) }

// Pool returns the ARN of a user pool.
func Pool(region, id string) string { return arn("cognito-idp", region, "userpool/"+id) }

// Identity returns the ARN of an SES identity.
func Identity(region, name string) string { return arn("ses", region, "identity/"+name) }

func arn(service, region, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, Account, resource)
}

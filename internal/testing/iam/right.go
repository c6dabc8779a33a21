package iam

import "fmt"

// Account is the number of the account in which every call is made.
const Account = "123456789012"

// Right is the right to one action on one resource.
type Right struct {
	Action   string // "dynamodb:PutItem"
	Resource string // an ARN
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

func arn(service, region, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, Account, resource)
}

package iam

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// call is one request to a service, read from its headers and its body.
type call struct {
	key       string // the access key that signed it
	region    string
	service   string // by its prefix in actions
	operation string
	on        target
}

// target is what a call names as its resources.
type target struct {
	TableName, IndexName string
	RequestItems         map[string]json.RawMessage              // DynamoDB's batches, by table
	TransactItems        []map[string]struct{ TableName string } // by kind of action
	QueueURL             string                                  `json:"QueueUrl"`
	UserPoolID           string                                  `json:"UserPoolId"`
	Identity             string                                  `json:"-"` // of SES
}

// signed finds key, region and service in an Authorization header (AWS General
// Reference, "Elements of an AWS API request signature": credential scope). The
// service's name there is the prefix of its actions.
var signed = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request`)

// readCall reads a request in one of the AWS JSON protocols, or of Amazon SES.
func readCall(r *http.Request, body []byte) (call, error) {
	by := signed.FindStringSubmatch(r.Header.Get("Authorization"))
	_, operation, named := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if by == nil || !named && by[3] != "ses" {
		return call{}, fmt.Errorf("no signed call in an AWS JSON protocol: %q", r.Header.Get("X-Amz-Target"))
	}
	c := call{key: by[1], region: by[2], service: by[3], operation: operation}
	if c.service == "ses" {
		return c.ofSES(r)
	}
	if err := json.Unmarshal(body, &c.on); err != nil {
		return call{}, fmt.Errorf("%s sent no JSON: %w", operation, err)
	}
	return c, nil
}

// ofSES reads a call of Amazon SES from method and path (Amazon SES API v2 Reference,
// "GetAccount" and "GetEmailIdentity").
func (c call) ofSES(r *http.Request) (call, error) {
	const account, identity = "/v2/email/account", "/v2/email/identities/"
	switch {
	case r.Method == http.MethodGet && r.URL.Path == account:
		c.operation = "GetAccount"
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, identity):
		c.operation, c.on.Identity = "GetEmailIdentity", strings.TrimPrefix(r.URL.Path, identity)
	default:
		return call{}, fmt.Errorf("an unknown call of SES: %s %s", r.Method, r.URL.Path)
	}
	return c, nil
}

// rights returns what the caller must be allowed. A call without a known
// resource needs its action on everything.
//
// Source: Service Authorization Reference, "Actions, resources, and condition
// keys" for Amazon DynamoDB, Amazon SQS, Amazon SES v2, Amazon EventBridge and Amazon
// Cognito User Pools.
func (c call) rights() []Right {
	action := c.service + ":" + c.operation
	switch {
	case c.on.TableName != "" && c.on.IndexName != "":
		return []Right{{action, Index(c.region, c.on.TableName, c.on.IndexName)}}
	case c.on.TableName != "":
		return []Right{{action, Table(c.region, c.on.TableName)}}
	case len(c.on.RequestItems) > 0:
		var rights []Right
		for table := range c.on.RequestItems {
			rights = append(rights, Right{action, Table(c.region, table)})
		}
		return rights
	case len(c.on.TransactItems) > 0:
		return c.transactionRights()
	case c.on.QueueURL != "":
		// A batch is authorized as its parts are (Amazon SQS Developer Guide,
		// "Amazon SQS API permissions: actions and resource reference").
		return []Right{{strings.TrimSuffix(action, "Batch"), Queue(c.region, path.Base(c.on.QueueURL))}}
	case c.on.Identity != "":
		return []Right{{action, Identity(c.region, c.on.Identity)}}
	case c.on.UserPoolID != "":
		return []Right{{action, Pool(c.region, c.on.UserPoolID)}}
	case c.service == "events" && c.operation == "PutEvents":
		return []Right{{action, Bus(c.region, "default")}} // usher names no other bus
	}
	return []Right{{action, "*"}}
}

// transactionRights returns the rights of a transaction: it is authorized by the
// actions on its items, Put as PutItem and so on (Amazon DynamoDB Developer
// Guide, "Using IAM with DynamoDB transactions").
func (c call) transactionRights() []Right {
	var rights []Right
	for _, item := range c.on.TransactItems {
		for kind, on := range item {
			rights = append(rights, Right{c.service + ":" + kind + "Item", Table(c.region, on.TableName)})
		}
	}
	return rights
}

package standin

import "maps"

// Administrator is the caller of the API function where there is no sign-in.
const Administrator = "local-administrator"

// ExampleIssuer and ExampleClient are the pool and the client of the tokens of the
// events under events/; the API function refuses others.
const (
	ExampleIssuer = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_EXAMPLE01"
	ExampleClient = "4example4client4id4example"
)

// Environment returns the variables of each function, by its name in
// template.yaml, for endpoints of Cognito and SQS (services) and of DynamoDB
// (database).
func (s Stack) Environment(services, database string) map[string]map[string]string {
	shared := map[string]string{
		"AWS_ENDPOINT_URL": services, "AWS_ENDPOINT_URL_DYNAMODB": database,
		"TABLE_NAME": s.TableName, "LOG_LEVEL": "DEBUG",
	}
	with := func(own map[string]string) map[string]string {
		all := maps.Clone(shared)
		maps.Copy(all, own)
		return all
	}
	return map[string]map[string]string{
		"ApiFunction": with(map[string]string{
			"QUEUE_URL": s.QueueURL, "USER_POOL_ID": s.UserPoolID,
			"TOKEN_ISSUER": ExampleIssuer, "USER_POOL_CLIENT_ID": ExampleClient,
			"ADMIN_GROUP": AdminGroup, "LOCAL_ADMINISTRATOR": Administrator,
		}),
		"WorkerFunction": with(map[string]string{
			"QUEUE_URL": s.QueueURL, "USER_POOL_ID": s.UserPoolID, "STAGE": "local", "ADMIN_GROUP": AdminGroup,
		}),
		"DeadLetterFunction": with(map[string]string{
			"DEAD_LETTER_QUEUE_URL": s.DeadLetterQueueURL, "USER_POOL_ID": s.UserPoolID, "STAGE": "local",
			"ADMIN_GROUP": AdminGroup,
		}),
		"RequeueFunction": with(map[string]string{"QUEUE_URL": s.QueueURL, "STAGE": "local", "USER_POOL_ID": s.UserPoolID, "DAILY_SIGN_IN_SCAN": "true"}),
	}
}

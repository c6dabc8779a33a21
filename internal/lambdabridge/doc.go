// Package lambdabridge turns Lambda's events into what the rest of usher works
// with: an API Gateway event into a call of an http.Handler ([API]), an SQS
// event into deliveries ([Messages]), a scheduled event into a run ([Schedule]).
//
// Each type is a lambda.Handler: hand a pointer to it to lambda.Start. They
// check the event, so that one of another shape is a clear error rather than a
// half-empty value, and no panic leaves them. No error and no log line repeats
// what is in an event.
package lambdabridge

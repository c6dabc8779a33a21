// Package sesevents reads what Amazon SES says about mails: the events that it gives
// to EventBridge, as they come in messages of a queue.
package sesevents

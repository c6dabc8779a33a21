// Package eventsource drives a worker from a queue where no Lambda does: it
// receives messages in batches, hands them to a handler, and deletes those that are
// done.
package eventsource

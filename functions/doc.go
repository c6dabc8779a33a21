// Package functions holds usher's Lambda programs, each in its own folder, and
// tests that run the built programs: through Lambda's Runtime API, under their
// roles of template.yaml, against stand-ins of the services.
package functions

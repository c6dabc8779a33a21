// Package functions holds usher's Lambda programs, each in a folder of its own,
// and the tests that drive them as they are built: through Lambda's Runtime API,
// each under its role of template.yaml, with stand-ins of the services behind them.
package functions

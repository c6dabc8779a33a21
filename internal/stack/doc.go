// Package stack holds nothing but tests: they read template.yaml,
// samconfig.toml, events and the runbook, and hold them to each other, to the
// rules of security that the project promises, and to the code.
//
// The template is read as CloudFormation reads it: parameters filled in,
// conditions decided, functions such as !If and !Sub carried out. What only an
// account can know, such as the name of a table, stands as <Table> or
// <Table.Arn>. So a test can look at one deployment (production with its own
// sender, say) as plain values.
package stack

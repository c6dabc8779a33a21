// Package stack reads template.yaml. Its tests check the template,
// samconfig.toml, events and the runbook against each other, against the security
// rules that the project promises, and against the code.
//
// The template is read as CloudFormation reads it: parameters filled in,
// conditions decided, functions such as !If and !Sub evaluated. What only an
// account knows, such as the name of a table, appears as <Table> or
// <Table.Arn>. So a test can look at one deployment (production with its own
// sender, say) as plain values.
//
// Only the roles are exported: other tests run the functions under them.
package stack

// Package stack reads template.yaml; its tests hold the template, samconfig.toml,
// events and the runbook to each other, to the rules of security that the
// project promises, and to the code.
//
// The template is read as CloudFormation reads it: parameters filled in,
// conditions decided, functions such as !If and !Sub carried out. What only an
// account can know, such as the name of a table, stands as <Table> or
// <Table.Arn>. So a test can look at one deployment (production with its own
// sender, say) as plain values.
//
// The reader is not exported, save for the roles: other tests run the functions
// under them.
package stack

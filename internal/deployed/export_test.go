package deployed

// NewAudit is the audit's log to another place than standard output.
var NewAudit = newAudit

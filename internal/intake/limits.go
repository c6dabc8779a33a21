package intake

import (
	"cmp"

	"usher.example/internal/onboard"
)

// The default limits of one body.
const (
	maxRows = 10_000

	// maxBytes keeps a body, its headers and its JSON escapes under the 6 MB that
	// Lambda takes for a synchronous call (AWS Lambda Developer Guide, "Lambda
	// quotas").
	maxBytes = 5_000_000

	maxAttributes = 50  // custom attributes a pool (Amazon Cognito Developer Guide, "Quotas")
	maxGroups     = 100 // groups a user (the same)

	maxRef   = 256
	maxLabel = 256

	maxCellBytes = 8 << 10

	// maxRowBytes keeps a row, which travels in one message, small enough for ten
	// of them to share a batch of 1 MiB (Amazon SQS message quotas).
	maxRowBytes = 64 << 10

	maxColumns = 512 // the widest export seen has 92
	maxDepth   = 32
)

// Limits bound what one body may contain. A field that is zero means its default: see
// [Limits.OrDefaults].
type Limits struct {
	Rows  int // rows a body; 10,000
	Bytes int // bytes a body, as sent; 5,000,000

	AttributeValue int // characters; 2,048
	Attributes     int // attributes a row; 50
	GroupName      int // characters; 128
	Groups         int // groups a row; 100
	Ref            int // characters; 256
	Label          int // characters; 256

	CellBytes int // bytes of one CSV cell, one address, one attribute name; 8 KiB
	RowBytes  int // bytes of one row, all its values together, and of a CSV's header; 64 KiB
	Columns   int // columns of a table; 512
	Depth     int // objects and arrays inside one another in JSON; 32
}

// OrDefaults returns l with the default in place of every zero.
func (l Limits) OrDefaults() Limits {
	return Limits{
		Rows:           cmp.Or(l.Rows, maxRows),
		Bytes:          cmp.Or(l.Bytes, maxBytes),
		AttributeValue: cmp.Or(l.AttributeValue, onboard.MaxAttributeLength),
		Attributes:     cmp.Or(l.Attributes, maxAttributes),
		GroupName:      cmp.Or(l.GroupName, onboard.MaxGroupLength),
		Groups:         cmp.Or(l.Groups, maxGroups),
		Ref:            cmp.Or(l.Ref, maxRef),
		Label:          cmp.Or(l.Label, maxLabel),
		CellBytes:      cmp.Or(l.CellBytes, maxCellBytes),
		RowBytes:       cmp.Or(l.RowBytes, maxRowBytes),
		Columns:        cmp.Or(l.Columns, maxColumns),
		Depth:          cmp.Or(l.Depth, maxDepth),
	}
}

package client

import (
	"encoding/json"
	"slices"
)

// document is JSON of the API, to be passed on complete, including fields that this
// version of the client does not know.
type document []byte

// kept reads b into fields and returns a copy to pass on.
func kept(b []byte, fields any) (document, error) {
	if err := json.Unmarshal(b, fields); err != nil {
		return nil, err
	}
	return slices.Clone(b), nil
}

// sent is the document as it came; null if there is none.
func (d document) sent() ([]byte, error) {
	if d == nil {
		return []byte("null"), nil
	}
	return d, nil
}

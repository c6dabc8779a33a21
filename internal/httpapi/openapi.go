package httpapi

import (
	_ "embed" // for the description of the API
	"net/http"
)

// description is the API's OpenAPI document, written by hand; tests hold every
// route and every answer to it.
//
//go:embed openapi.json
var description []byte

func (a *api) openAPI(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(description)
	return nil
}

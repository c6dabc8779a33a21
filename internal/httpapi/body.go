package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"usher.example/internal/intake"
)

// readBody reads the whole body, at most limit bytes of it.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &problem{
			Status: http.StatusUnsupportedMediaType, Code: codeEncoding,
			Detail: "Compressed bodies are not accepted. Send the body as it is, without Content-Encoding.",
		}
	}
	if r.ContentLength > int64(limit) {
		return nil, tooManyBytes(limit)
	}
	body := http.MaxBytesReader(w, r.Body, int64(limit))
	if r.ContentLength < 0 {
		all, err := io.ReadAll(body)
		return all, bodyFault(err, limit)
	}
	all := make([]byte, r.ContentLength)
	_, err := io.ReadFull(body, all)
	return all, bodyFault(err, limit)
}

func bodyFault(err error, limit int) error {
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &over):
		return tooManyBytes(limit)
	}
	return &problem{Status: http.StatusBadRequest, Code: codeBodyLost, Detail: "The body ended early. Send it again."}
}

func tooManyBytes(limit int) error {
	return &problem{
		Status: http.StatusRequestEntityTooLarge, Code: intake.CodeTooManyBytes,
		Detail: fmt.Sprintf("The body has more than %d bytes, which is the limit. Split it into several requests.", limit),
	}
}

// maxKeyLength is the longest idempotency key in characters.
const maxKeyLength = 255

// idempotencyKey returns the call's key, "" if it has none.
func idempotencyKey(h http.Header) (string, error) {
	keys := h.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	switch n := utf8.RuneCountInString(keys[0]); {
	case len(keys) > 1:
		return "", keyFault("The header Idempotency-Key is given more than once. Send one key.")
	case !utf8.ValidString(keys[0]):
		return "", keyFault("The Idempotency-Key is not UTF-8. Use letters and digits.")
	case n == 0 || n > maxKeyLength:
		return "", keyFault(fmt.Sprintf("The Idempotency-Key has %d characters; 1 to %d are allowed.", n, maxKeyLength))
	}
	return keys[0], nil
}

func keyFault(detail string) error {
	return &problem{Status: http.StatusBadRequest, Code: codeKeyInvalid, Detail: detail}
}

// bodyHash covers all that makes two calls the same submission: the route,
// the type, the query and the body.
func bodyHash(r *http.Request, body []byte) string {
	sum := sha256.New()
	for _, part := range []string{r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.URL.RawQuery} {
		writePart(sum, part)
	}
	sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

// writePart adds a part with its length, so that no two lists of parts look the same.
func writePart(sum hash.Hash, part string) {
	fmt.Fprintf(sum, "%d %s", len(part), part)
}

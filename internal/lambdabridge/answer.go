package lambdabridge

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"usher.example/internal/httpapi"
)

const (
	// maxAnswer is the largest answer that Lambda takes for a synchronous call, in
	// bytes: 6 MB, less a margin for what is around the body (AWS Lambda Developer
	// Guide, "Lambda quotas").
	maxAnswer = 6*1024*1024 - 64*1024

	// compressOver is the size in bytes of a body from which it is compressed for
	// callers who read gzip. Below it the time is better spent otherwise.
	compressOver = 1 << 20
)

// answer is an http.ResponseWriter that keeps the whole answer.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// apiAnswer is the answer as API Gateway wants it, payload format 2.0.
type apiAnswer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// encode gives the answer to API Gateway, compressed where it is large and the
// caller reads gzip. One that is too large even so becomes a problem that says
// so: Lambda would only fail.
func (a *answer) encode(acceptEncoding string) ([]byte, error) {
	if a.body.Len() > compressOver && readsGzip(acceptEncoding) {
		a.compress()
	}
	out, err := a.plain()
	if err == nil && len(out) > maxAnswer {
		var tooLarge answer
		httpapi.WriteProblem(&tooLarge, http.StatusInternalServerError, "answer_too_large",
			"the answer is larger than Lambda can send; ask for less (a state, a limit), or send Accept-Encoding: gzip")
		return tooLarge.plain()
	}
	return out, err
}

func (a *answer) plain() ([]byte, error) {
	out := apiAnswer{StatusCode: a.status, Headers: map[string]string{}, Cookies: a.Header().Values("Set-Cookie")}
	if out.StatusCode == 0 {
		out.StatusCode = http.StatusOK
	}
	for name, values := range a.Header() {
		if name != "Set-Cookie" {
			out.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	out.Body = a.body.String()
	if !utf8.ValidString(out.Body) {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(a.body.Bytes()), true
	}
	var encoded bytes.Buffer
	enc := json.NewEncoder(&encoded)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(encoded.Bytes(), []byte("\n")), nil
}

func (a *answer) compress() {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(a.body.Bytes()) // into memory: it cannot fail
	_ = w.Close()
	a.body = packed
	a.Header().Set("Content-Encoding", "gzip")
	a.Header().Add("Vary", "Accept-Encoding")
}

func readsGzip(acceptEncoding string) bool {
	for coding := range strings.SplitSeq(acceptEncoding, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

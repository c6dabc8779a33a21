package lambdabridge

import (
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
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
	// callers who read gzip. Below it compressing takes more time than it saves.
	compressOver = 1 << 20
)

// answer is an http.ResponseWriter that keeps the whole answer.
type answer struct {
	header http.Header
	status int
	body   strings.Builder
}

func newAnswer() *answer { return &answer{header: http.Header{}} }

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// encode gives the answer to API Gateway, compressed where it is large and the
// caller reads gzip, in base64 where escapes would make it too large. One that is
// still too large becomes a problem that says so: Lambda would only fail.
func (a *answer) encode(acceptEncoding string) []byte {
	body := a.body.String()
	if len(body) > compressOver && readsGzip(acceptEncoding) {
		body = compressed(body)
		a.header.Set("Content-Encoding", "gzip")
		a.header.Add("Vary", "Accept-Encoding")
	}
	text := utf8.ValidString(body)
	out := a.withBody(body, text)
	if len(out) > maxAnswer && text {
		out = a.withBody(body, false)
	}
	if len(out) > maxAnswer {
		tooLarge := newAnswer()
		httpapi.WriteProblem(tooLarge, http.StatusNotAcceptable, "answer_too_large",
			"The answer is larger than Lambda can send uncompressed. Send Accept-Encoding: gzip.")
		return tooLarge.withBody(tooLarge.body.String(), true)
	}
	return out
}

// withBody is the answer as API Gateway wants it, payload format 2.0: its body as
// text, or else in base64.
func (a *answer) withBody(body string, text bool) []byte {
	if !text {
		body = base64.StdEncoding.EncodeToString([]byte(body))
	}
	headers := make(map[string]string, len(a.header))
	for name, values := range a.header {
		if name != "Set-Cookie" { // cookies have a list of their own
			headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	out, _ := json.Marshal(apiAnswer{
		StatusCode: cmp.Or(a.status, http.StatusOK), Headers: headers,
		Cookies: a.header["Set-Cookie"], Body: body, IsBase64: !text,
	})
	return out
}

// apiAnswer is what API Gateway reads (Amazon API Gateway Developer Guide, "Working
// with AWS Lambda proxy integrations for HTTP APIs"). It can always be encoded.
type apiAnswer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Cookies    []string          `json:"cookies,omitempty"`
	Body       string            `json:"body"`
	IsBase64   bool              `json:"isBase64Encoded"`
}

func compressed(body string) string {
	var packed strings.Builder
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, body) // into memory: it cannot fail
	_ = w.Close()
	return packed.String()
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

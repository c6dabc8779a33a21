package awsstub

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Answer is what comes back for a call. The zero value is a 200 with an empty
// JSON object.
type Answer struct {
	Status int           // 0 means 200
	Body   any           // sent as JSON; []byte is sent as it is
	Header http.Header   // further headers
	After  time.Duration // how long the answer takes
	Err    error         // the transport fails with this instead
	Silent bool          // no answer ever: the call ends with its context
}

// OK is a successful answer with body as its JSON.
func OK(body any) Answer { return Answer{Body: body} }

// Refusal is an error answer in the form of the AWS JSON protocols (smithy.io,
// "AWS JSON 1.1 protocol", operation error serialization).
func Refusal(status int, code, message string) Answer {
	return Answer{
		Status: status,
		Header: http.Header{"X-Amzn-Errortype": {code}},
		Body:   map[string]string{"__type": code, "message": message},
	}
}

// QueryRefusal is a refusal of a service that moved from the query protocol and
// still sends its old code in a header (smithy.io, "awsQueryCompatible trait").
// Amazon SQS is one.
func QueryRefusal(status int, code, fault string) Answer {
	answer := Refusal(status, "com.amazonaws.sqs#"+code, "refused by the stub")
	answer.Header.Set("X-Amzn-Query-Error", code+";"+fault)
	return answer
}

// Lost fails the transport with err after the call was handed to it.
func Lost(err error) Answer { return Answer{Err: err} }

// Silence never answers.
func Silence() Answer { return Answer{Silent: true} }

// In delays the answer by d.
func (a Answer) In(d time.Duration) Answer {
	a.After = d
	return a
}

// Script gives the answers in order, and repeats the last one.
func Script(answers ...Answer) func(Call) Answer {
	var next atomic.Int64
	return func(Call) Answer {
		return answers[min(int(next.Add(1))-1, len(answers)-1)]
	}
}

// wait delays the answer.
func (a Answer) wait(ctx context.Context) error {
	if a.Silent {
		<-ctx.Done()
		return ctx.Err()
	}
	if a.After > 0 {
		timer := time.NewTimer(a.After)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	return a.Err
}

func (a Answer) response(request *http.Request) (*http.Response, error) {
	body, err := a.encoded()
	if err != nil {
		return nil, err
	}
	header := a.Header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: request,
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

func (a Answer) encoded() ([]byte, error) {
	switch body := a.Body.(type) {
	case nil:
		return []byte("{}"), nil
	case []byte:
		return body, nil
	default:
		return json.Marshal(body)
	}
}

package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/httpapi"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

const adminGroup = "administrators"

// bundle is the handler over memory, with what the tests look into.
type bundle struct {
	t       *testing.T
	handler http.Handler
	store   *memory.Store
	queue   *memory.Queue
	pool    *memory.Pool
	log     *bytes.Buffer
	caller  *httpapi.Caller // nil: nobody has signed in
}

func eve() *httpapi.Caller {
	return &httpapi.Caller{Name: "eve", Sub: "sub-eve", Groups: []string{adminGroup}, TokenUse: "access"}
}

// setup makes a fresh handler. Each change may adjust its configuration.
func setup(t *testing.T, changes ...func(*httpapi.Config)) *bundle {
	t.Helper()
	b := &bundle{
		t: t, store: memory.NewStore(), log: &bytes.Buffer{}, caller: eve(),
		pool:  memory.NewPool(memory.PoolConfig{Groups: []string{"staff", adminGroup}}),
		queue: memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures}),
	}
	cfg := httpapi.Config{
		System: b.system(), AdminGroup: adminGroup,
	}
	cfg.Inspector, cfg.Directory = b.pool, b.pool
	cfg.NewID, cfg.Log = newIDs(), slog.New(slog.NewJSONHandler(b.log, nil))
	for _, change := range changes {
		change(&cfg)
	}
	b.handler = httpapi.New(cfg)
	return b
}

// system is usher over the bundle's ports, with the default settings.
func (b *bundle) system() onboard.System {
	return onboard.System{Pool: b.pool, Queue: b.queue, Store: b.store}
}

// newIDs gives ids that sort by time.
func newIDs() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("01TEST%08d", n.Add(1)) }
}

// call is one HTTP call.
type call struct {
	method, target string
	body           string
	header         map[string]string
}

func get(target string) call { return call{method: "GET", target: target} }

func post(target, contentType, body string) call {
	return call{method: "POST", target: target, body: body, header: map[string]string{"Content-Type": contentType}}
}

func postJSON(target, body string) call { return post(target, "application/json", body) }

func (c call) with(name, value string) call {
	header := map[string]string{name: value}
	for n, v := range c.header {
		if _, ok := header[n]; !ok {
			header[n] = v
		}
	}
	c.header = header
	return c
}

// do makes the call and returns the answer.
func (b *bundle) do(c call) *httptest.ResponseRecorder {
	b.t.Helper()
	ctx := context.Background()
	if b.caller != nil {
		ctx = httpapi.WithCaller(ctx, *b.caller)
	}
	r := httptest.NewRequestWithContext(ctx, c.method, c.target, strings.NewReader(c.body))
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	holdToDescription(b.t, r, w)
	return w
}

// want makes the call, wants a status and returns the answer's JSON.
func (b *bundle) want(status int, c call) map[string]any {
	b.t.Helper()
	w := b.do(c)
	if w.Code != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", c.method, c.target, w.Code, status, w.Body)
	}
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		b.t.Fatalf("%s %s: answer is no JSON object: %v: %s", c.method, c.target, err, w.Body)
	}
	return v
}

// problem makes the call, wants a problem document and returns its code.
func (b *bundle) problem(status int, c call) string {
	b.t.Helper()
	v := b.want(status, c)
	code, _ := v["code"].(string)
	if v["type"] != "urn:usher:problem:"+code || v["status"] != float64(status) || v["title"] == "" || v["detail"] == "" {
		b.t.Errorf("%s %s: not a whole problem document: %v", c.method, c.target, v)
	}
	return code
}

// id returns the id of a request in an answer.
func id(v map[string]any) string { return v["request_id"].(string) }

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// work runs the worker for the given time. In a bubble only.
func (b *bundle) work(d time.Duration) {
	b.t.Helper()
	worker := b.system().Worker()
	ctx, stop := context.WithTimeout(b.t.Context(), d)
	defer stop()
	eventsource.New(eventsource.Config{
		Queue: b.queue, Concurrency: 2, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) ([]string, error) {
			var batch []onboard.Delivery
			for _, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					return nil, err
				}
				batch = append(batch, d)
			}
			return worker.Deliver(ctx, batch), nil
		},
	}).Run(ctx)
}

// rows lists a request's invitations by row, as "state code".
func (b *bundle) rows(target string) map[int]string {
	b.t.Helper()
	rows := map[int]string{}
	for _, v := range b.want(200, get(target))["invitations"].([]any) {
		inv := v.(map[string]any)
		code, _ := inv["code"].(string)
		rows[int(inv["row"].(float64))] = strings.TrimSpace(inv["state"].(string) + " " + code)
	}
	return rows
}

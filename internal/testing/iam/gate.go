package iam

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Gate is in front of services and knows who may do what.
type Gate struct {
	roles map[string]*Role
}

// NewGate returns a gate for callers with these roles, by the access key that
// they sign with. All other callers are refused.
func NewGate(roles map[string]*Role) *Gate { return &Gate{roles} }

// Before returns a handler that passes on to the service what the caller's role
// allows and answers the rest itself.
func (g *Gate) Before(service *url.URL) http.Handler {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(service)
		r.Out.Host = r.In.Host // a stand-in may build addresses from it
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller has gone
		}
		if problem := g.judge(r, body); problem != "" {
			deny(w, problem)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})
}

// judge returns why a call is refused, "" if it is not.
func (g *Gate) judge(r *http.Request, body []byte) string {
	c, err := readCall(r, body)
	if err != nil {
		return err.Error()
	}
	role, known := g.roles[c.key]
	if !known {
		return c.key + " has no role"
	}
	if lacking := role.Use(c.rights()...); len(lacking) > 0 {
		return c.key + " is not authorized to perform: " + lacking[0].Action + " on resource: " + lacking[0].Resource
	}
	return ""
}

// deny answers as the services do (Amazon DynamoDB and Amazon Cognito API
// References, "Common Errors"; smithy.io, "AWS JSON 1.1 protocol").
func deny(w http.ResponseWriter, why string) {
	const code = "AccessDeniedException"
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Errortype", code)
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": why}) // a caller that is gone fails by itself
}

package httpapi

import (
	"context"
	"net/http"

	"usher.example/internal/onboard"
)

// Route is one route of the API as the outside sees it.
type Route struct {
	Method string
	Path   string // with {id} for a request's id
	Open   bool   // needs no sign-in
}

// route is one route with its rule and what serves it.
type route struct {
	method string
	path   string
	rule   rule
	action string // what the audit calls it; "": it is not audited
	serve  func(*api, http.ResponseWriter, *http.Request) error
}

// routes is the one table of all routes and who may call them.
func routes() []route {
	return []route{
		{"POST", "/requests", administrator, "submit", (*api).submit},
		{"GET", "/requests", administrator, "list", (*api).listRequests},
		{"GET", "/requests/{id}", administrator, "", (*api).getRequest}, // a poll, without any row
		{"GET", "/requests/{id}/invitations", administrator, "list_rows", (*api).listInvitations},
		{"POST", "/requests/{id}/retry", administrator, "retry", (*api).retry},
		{"POST", "/requests/{id}/resend", administrator, "resend", (*api).resend},
		{"POST", "/requests/{id}/cancel", administrator, "cancel", (*api).cancel},
		{"POST", "/requests/{id}/resume", administrator, "resume", (*api).resume},
		{"POST", "/requests/{id}/scan", administrator, "scan", (*api).scan},
		{"POST", "/requests/{id}/erase", administrator, "erase", (*api).erase},
		{"POST", "/people/lookup", administrator, "person_lookup", (*api).lookUp},
		{"POST", "/people/resend", administrator, "person_resend", (*api).resendPerson},
		{"POST", "/people/cancel", administrator, "person_cancel", (*api).cancelPerson},
		{"POST", "/people/export", administrator, "person_export", (*api).exportPerson},
		{"POST", "/people/erase", administrator, "person_erase", (*api).erasePerson},
		{"POST", "/owner/create", administrator, "submit", (*api).createOwner},
		{"GET", "/pool", administrator, "doctor", (*api).getPool},
		{"GET", "/health", open, "", (*api).health},
		{"GET", "/openapi.json", open, "", (*api).openAPI},
		{"GET", "/console", open, "", (*api).toConsole},
		{"GET", "/console/{file...}", open, "", (*api).console},
	}
}

// Routes lists every route of the API.
func Routes() []Route {
	var list []Route
	for _, r := range routes() {
		list = append(list, Route{Method: r.method, Path: r.path, Open: r.rule == open})
	}
	return list
}

// api is the handler behind the mux.
type api struct {
	Config

	submitter      *onboard.Submitter
	administration *onboard.Administration
	people         *onboard.People
	scanner        *onboard.Scanner
	doctor         *onboard.Doctor
}

// New returns the handler of all routes. It is safe for concurrent use.
func New(cfg Config) http.Handler {
	a := &api{Config: cfg.withDefaults()}
	a.administration = a.Administration()
	a.submitter = a.administration.Submitter
	a.people = a.People(a.administration)
	a.scanner = a.Scanner()
	a.doctor = a.Doctor(a.submitter.Pool, a.groupInPool())
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.Handle(r.method+" "+r.path, a.endpoint(r))
	}
	return a.guarded(mux)
}

// endpoint serves one route to those whom its rule allows.
func (a *api) endpoint(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		err := a.audited(req.Context(), r.action, func(ctx context.Context) error {
			req = req.WithContext(ctx)
			if err := a.allow(r.rule, req); err != nil {
				return err
			}
			deedOf(ctx).requestID = pathID(req)
			return r.serve(a, w, req)
		})
		if err != nil {
			a.refuse(w, req, err)
		}
	})
}

func (a *api) health(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

func (a *api) toConsole(w http.ResponseWriter, r *http.Request) error {
	if a.Console == nil {
		return notFound()
	}
	http.Redirect(w, r, "/console/", http.StatusPermanentRedirect)
	return nil
}

func (a *api) console(w http.ResponseWriter, r *http.Request) error {
	if a.Console == nil {
		return notFound()
	}
	a.Console.ServeHTTP(w, r)
	return nil
}

// caller is who calls a route that only signed-in people reach.
func caller(ctx context.Context) Caller {
	c, _ := callerOf(ctx)
	return c
}

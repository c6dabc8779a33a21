package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// ownerMissing is what the single-address route has always said without one.
const ownerMissing = "email is a required field."

// createOwner is the single-address route that usher's callers had before: its
// answers keep their old shapes, byte for byte. What fails around the address
// (sign-in, limits, our own faults) is a problem document as everywhere.
func (a *api) createOwner(w http.ResponseWriter, r *http.Request) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	order, body, err := a.order(w, r, onboard.Options{OnExisting: onboard.Skip, Mail: onboard.Send})
	if err != nil {
		return err
	}
	limits := a.Limits
	limits.Rows = 1
	order.Submission, err = intake.Read(ownerType(r), body, limits)
	if refusal, ok := errors.AsType[*intake.Error](err); ok && refusal.Kind != intake.Unsupported {
		return writeOwnerError(w, ownerFault(refusal))
	}
	if err != nil {
		return err
	}
	judged := a.submitter.Judge(r.Context(), order)
	request, replayed, err := a.submitter.Accept(r.Context(), judged)
	deedOf(r.Context()).ofSubmission(judged, request, replayed)
	if refusal, ok := errors.AsType[*onboard.NoValidRowError](err); ok {
		return writeOwnerError(w, ownerOutcome(refusal))
	}
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/requests/"+request.ID)
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	return writeOwner(w, http.StatusAccepted, ownerAccepted{Status: "000", ResponseData: ownerData{request.ID}})
}

type ownerAccepted struct {
	Status       string    `json:"status"`
	ResponseData ownerData `json:"responseData"`
}

type ownerData struct {
	RequestID string `json:"requestId"`
}

type ownerRefused struct {
	Status    string `json:"status"`
	ErrorInfo string `json:"errorInfo"`
}

// ownerType is the body's type; JSON where the caller names none, as it was.
func ownerType(r *http.Request) string {
	if t := r.Header.Get("Content-Type"); t != "" {
		return t
	}
	return "application/json"
}

func ownerFault(e *intake.Error) string {
	switch e.Code {
	case intake.CodeEmptyBody, intake.CodeNoRows:
		return ownerMissing
	case intake.CodeTooManyRows:
		return "there is more than one address; send them to POST /requests, or one at a time"
	}
	return e.Detail
}

func ownerOutcome(e *onboard.NoValidRowError) string {
	if len(e.Messages) == 0 || e.Messages[0].Code == onboard.CodeEmailMissing {
		return ownerMissing
	}
	return e.Messages[0].Reason
}

func writeOwnerError(w http.ResponseWriter, info string) error {
	return writeOwner(w, http.StatusBadRequest, ownerRefused{Status: "400", ErrorInfo: info})
}

// writeOwner answers without the line break that other answers end with.
func writeOwner(w http.ResponseWriter, status int, v any) error {
	var body strings.Builder
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(strings.TrimSuffix(body.String(), "\n")))
	return nil
}

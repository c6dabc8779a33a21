package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher.example/internal/client"
)

// finding is the result of one check of the doctor.
type finding struct {
	What   string `json:"what"`
	Status string `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// The checks of the doctor.
const (
	checkEndpoint = "endpoint"
	checkClock    = "clock"
	checkSignIn   = "sign-in"
	checkPool     = "pool"
	checkMail     = "mail"
)

// Results of a check. Warning and error are also severities of the API.
const (
	statusOK      = "ok"
	statusWarning = "warning"
	statusError   = "error"
	statusUnknown = "unknown"
)

// maxClockSkew is how far apart two clocks may be. A token is valid from the second
// it is issued, and its checks tolerate little more than this.
const maxClockSkew = time.Minute

// skipped is the result of a check that was not made.
func skipped(what string) finding {
	return finding{What: what, Status: statusUnknown, Detail: "not checked, because of the error above"}
}

func examineEndpoint(t target, url string, health client.Health, err error) finding {
	if err != nil {
		return finding{
			What: checkEndpoint, Status: statusError, Detail: err.Error(),
			Fix: fmt.Sprintf("correct the address (it comes from %s), or start usher; usher local runs one on this machine to try", t.from),
		}
	}
	return finding{What: checkEndpoint, Status: statusOK, Detail: fmt.Sprintf("%s answers in %d ms", url, health.Took.Milliseconds())}
}

func examineClock(ahead time.Duration) finding {
	if ahead.Abs() <= maxClockSkew {
		return finding{What: checkClock, Status: statusOK, Detail: "within 1 minute of usher's clock"}
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	return finding{
		What: checkClock, Status: statusWarning, Detail: fmt.Sprintf("this machine's clock is %s %s usher's, so sign-ins may appear expired", ahead.Abs(), side),
		Fix: "correct the clock of this machine",
	}
}

// examineSignIn checks the sign-in by the result of a call that needs one.
func examineSignIn(t target, err error) finding {
	f := finding{What: checkSignIn, Status: statusOK, Detail: t.who}
	var refused *client.Error
	switch {
	case err == nil && t.token == nil:
		f.Detail = "this usher needs no sign-in"
	case err == nil:
	case errors.As(err, new(*client.LostError)):
		f.Status, f.Detail = statusUnknown, "not known: a call that needs a sign-in got no answer"
	case !errors.As(err, &refused):
		f.Status, f.Detail = statusError, err.Error() // of the sign-in itself; it says how to fix it
	case refused.Status == http.StatusUnauthorized && t.token == nil:
		f.Status, f.Detail, f.Fix = statusError, "you are not signed in", "run usher login, or set USHER_TOKEN"
	case refused.Status == http.StatusUnauthorized && t.given:
		f.Status, f.Detail = statusError, t.who+", but this is refused: "+refused.Detail
		f.Fix = "give a new token, or remove USHER_TOKEN and --token and run usher login"
	case refused.Status == http.StatusUnauthorized:
		f.Status, f.Detail, f.Fix = statusError, t.who+", but this is refused: "+refused.Detail, "run usher login"
	case refused.Status == http.StatusForbidden:
		f.Status, f.Detail = statusError, t.who+", but not allowed: "+refused.Detail
		f.Fix = "ask an administrator to add you to the administrators' group, then run usher login"
	default:
		f.Status, f.Detail = statusUnknown, "not known: a call that needs a sign-in failed"
	}
	return f
}

// examinePool returns the findings of the API, or why they could not be read.
func examinePool(pool client.Pool, err error) []finding {
	if err != nil {
		return []finding{poolUnreadable(err)}
	}
	var list []finding
	for _, f := range pool.Findings {
		list = append(list, finding{What: checkPool, Status: f.Severity, Detail: f.Effect, Fix: f.Fix})
	}
	if len(list) == 0 && pool.Setup != nil {
		list = append(list, finding{What: checkPool, Status: statusOK, Detail: setUpOf(*pool.Setup)})
	}
	if pool.Setup != nil && pool.Setup.Sender.Known && pool.Setup.Sender.CanSend() { // else a finding says why not
		list = append(list, finding{What: checkMail, Status: statusOK, Detail: senderOf(pool.Setup.Sender)})
	}
	return list
}

// poolUnreadable is for a failed call about the pool. A failed sign-in is reported
// elsewhere; any other refusal is a fault of usher.
func poolUnreadable(err error) finding {
	var refused *client.Error
	faulty := errors.As(err, &refused) && refused.Status != http.StatusUnauthorized && refused.Status != http.StatusForbidden
	if !faulty && !errors.As(err, new(*client.LostError)) {
		return skipped(checkPool)
	}
	return finding{
		What: checkPool, Status: statusError, Detail: err.Error(),
		Fix: "run usher doctor again in a minute; if this persists, the operator of usher finds the reason in its log",
	}
}

func setUpOf(pool client.PoolSetup) string {
	text := fmt.Sprintf("%s (%s) is ready", pool.Name, pool.ID)
	if len(pool.Groups) > 0 {
		text += "; groups: " + strings.Join(pool.Groups, ", ")
	}
	return text
}

// senderOf says through which account the pool mails, and how much that sends.
func senderOf(s client.Sender) string {
	return fmt.Sprintf("Amazon SES in %s as %s, %s", cleanLine(s.Region), cleanLine(s.From), limitsOf(s.Quota, s.Sent, s.Rate))
}

// limitsOf says how much an account sends: of a quota for any 24 hours what is left, and
// mails a second.
func limitsOf(quota, sent int, rate float64) string {
	text := "without a daily limit"
	if quota > 0 {
		text = fmt.Sprintf("%d of %d in 24 hours left", max(0, quota-sent), quota)
	}
	if rate > 0 {
		text += fmt.Sprintf(", %.4g per second", rate)
	}
	return text
}

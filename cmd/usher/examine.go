package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher.example/internal/client"
)

// found is what the doctor says about one thing.
type found struct {
	What   string `json:"what"`
	Status string `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// What the doctor looks at.
const (
	seenEndpoint = "endpoint"
	seenClock    = "clock"
	seenSignIn   = "sign-in"
	seenPool     = "pool"
)

// How it stands. Warning and error are also the API's words.
const (
	statusOK      = "ok"
	statusWarning = "warning"
	statusError   = "error"
	statusUnknown = "unknown"
)

// maxClock is how far apart two clocks may be. Tokens are good from the second
// they are made; what checks them allows for little more.
const maxClock = time.Minute

// unknown says that something was not looked at.
func unknown(what string) found {
	return found{What: what, Status: statusUnknown, Detail: "not looked at, because of what is above"}
}

func examineEndpoint(t target, url string, health client.Health, err error) found {
	if err != nil {
		return found{
			What: seenEndpoint, Status: statusError, Detail: err.Error(),
			Fix: fmt.Sprintf("correct the address, which is from %s, or start usher; usher local runs one to try on this machine", t.from),
		}
	}
	return found{What: seenEndpoint, Status: statusOK, Detail: fmt.Sprintf("%s answers in %d ms", url, health.Took.Milliseconds())}
}

func examineClock(ahead time.Duration) found {
	if ahead.Abs() <= maxClock {
		return found{What: seenClock, Status: statusOK, Detail: "agrees with usher's to the minute"}
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	return found{
		What: seenClock, Status: statusWarning, Detail: fmt.Sprintf("this machine is %s %s usher, so sign-ins may look expired", ahead.Abs(), side),
		Fix: "set the clock of this machine",
	}
}

// examineSignIn judges by how the first call went that needs a sign-in.
func examineSignIn(t target, err error) found {
	f := found{What: seenSignIn, Status: statusOK, Detail: t.who}
	var refused *client.Error
	switch {
	case err == nil && t.token == nil:
		f.Detail = "this usher asks for none"
	case err == nil:
	case errors.As(err, new(*client.LostError)):
		f.Status, f.Detail = statusUnknown, "the call that needs it got no answer"
	case !errors.As(err, &refused):
		f.Status, f.Detail = statusError, err.Error() // of the sign-in itself, with its fix
	case refused.Status == http.StatusUnauthorized && t.token == nil:
		f.Status, f.Detail, f.Fix = statusError, "nobody is signed in", "usher login, or set USHER_TOKEN"
	case refused.Status == http.StatusUnauthorized && t.given:
		f.Status, f.Detail = statusError, t.who+", and it is refused: "+refused.Detail
		f.Fix = "give a fresh token, or leave out USHER_TOKEN and --token and run usher login"
	case refused.Status == http.StatusUnauthorized:
		f.Status, f.Detail, f.Fix = statusError, t.who+", and it is refused: "+refused.Detail, "usher login"
	case refused.Status == http.StatusForbidden:
		f.Status, f.Detail = statusError, t.who+", and may not: "+refused.Detail
		f.Fix = "have an administrator put you into their group, then usher login"
	default:
		f.Status, f.Detail = statusUnknown, "the call that needs it was not answered"
	}
	return f
}

// examinePool tells what the API found, or err, for which it could not be asked.
func examinePool(pool client.Pool, err error) []found {
	if err != nil {
		return []found{poolNotTold(err)}
	}
	var list []found
	for _, f := range pool.Findings {
		list = append(list, found{What: seenPool, Status: f.Severity, Detail: f.Effect, Fix: f.Fix})
	}
	if len(list) == 0 && pool.Setup != nil {
		list = append(list, found{What: seenPool, Status: statusOK, Detail: setUpOf(*pool.Setup)})
	}
	return list
}

// poolNotTold judges a call that did not tell about the pool: only if nothing
// was wrong with the sign-in is it usher that is in trouble.
func poolNotTold(err error) found {
	var refused *client.Error
	inTrouble := errors.As(err, &refused) && refused.Status != http.StatusUnauthorized && refused.Status != http.StatusForbidden
	if !inTrouble && !errors.As(err, new(*client.LostError)) {
		return unknown(seenPool)
	}
	return found{
		What: seenPool, Status: statusError, Detail: err.Error(),
		Fix: "run usher doctor again in a minute; if it stays so, whoever runs usher finds the reason in its log",
	}
}

func setUpOf(pool client.PoolSetup) string {
	text := fmt.Sprintf("%s (%s) is ready", pool.Name, pool.ID)
	if len(pool.Groups) > 0 {
		text += "; its groups: " + strings.Join(pool.Groups, ", ")
	}
	return text
}

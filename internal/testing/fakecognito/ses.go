package fakecognito

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// Identity is the name of the SES identity that the pool mails as.
const Identity = "example.org"

// identityPath is where an identity is read (Amazon SES API v2 Reference,
// "GetEmailIdentity").
const identityPath = "/v2/email/identities/"

// enforcements are what GetAccount says of one.
var enforcements = map[onboard.Enforcement]string{onboard.Healthy: "HEALTHY", onboard.Probation: "PROBATION", onboard.Shutdown: "SHUTDOWN"}

// serveSES answers GetAccount and GetEmailIdentity of Amazon SES, about the account that
// the pool mails through.
func (f *Fake) serveSES(w http.ResponseWriter, r *http.Request) {
	operation, identity := "GetAccount", memory.SenderIdentity
	if name, ok := strings.CutPrefix(r.URL.EscapedPath(), identityPath); ok {
		operation = "GetEmailIdentity"
		if name, err := url.PathUnescape(name); err == nil && name != Identity {
			identity = "arn:aws:ses:" + memory.SenderRegion + ":" + Account + ":identity/" + name
		}
	}
	f.mu.Lock()
	denied := f.denied[operation]
	f.mu.Unlock()
	if denied {
		refuseREST(w, http.StatusForbidden, "AccessDeniedException")
		return
	}
	account, err := f.Pool.InspectSender(r.Context(), identity)
	var fault *onboard.PoolError
	switch {
	case errors.As(err, &fault):
		refuseREST(w, http.StatusBadRequest, fault.Detail)
	case err != nil:
		refuseREST(w, http.StatusInternalServerError, "InternalFailure")
	case operation == "GetEmailIdentity" && identity != memory.SenderIdentity:
		refuseREST(w, http.StatusNotFound, "NotFoundException")
	case operation == "GetEmailIdentity":
		verified := account.Identity == onboard.IdentityVerified
		status := map[bool]string{false: "PENDING", true: "SUCCESS"}[verified]
		writeREST(w, http.StatusOK, map[string]any{"IdentityType": "DOMAIN", "VerifiedForSendingStatus": verified, "VerificationStatus": status})
	default:
		quota := map[string]any{"Max24HourSend": float64(account.DailyQuota), "SentLast24Hours": float64(account.SentToday), "MaxSendRate": account.Rate}
		if account.DailyQuota == 0 {
			quota["Max24HourSend"] = -1.0
		}
		writeREST(w, http.StatusOK, map[string]any{
			"ProductionAccessEnabled": !account.Sandbox, "SendingEnabled": !account.Paused,
			"EnforcementStatus": enforcements[account.Enforcement], "SendQuota": quota,
		})
	}
}

// refuseREST answers with an error code in the protocol of SES.
func refuseREST(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Amzn-Errortype", code)
	writeREST(w, status, map[string]string{"message": "refused"})
}

func writeREST(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

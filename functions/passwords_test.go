package functions_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/iam"
	"usher.example/internal/testing/peers"
	"usher.example/internal/testing/stack"
)

// wire records what functions send to services.
type wire struct {
	mu     sync.Mutex
	bodies []string
	made   []string // temporary passwords in calls that create users
}

func (w *wire) before(services http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return // the caller has gone
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		var in struct{ TemporaryPassword string }
		_ = json.Unmarshal(body, &in) // calls in other forms carry none
		w.mu.Lock()
		w.bodies = append(w.bodies, string(body))
		if in.TemporaryPassword != "" {
			w.made = append(w.made, in.TemporaryPassword)
		}
		w.mu.Unlock()
		services.ServeHTTP(answer, request)
	})
}

// The worker makes such passwords with the rights that its role has for it, and a
// password is nowhere but in the one call to the pool: not in the table, not on the
// queue, not in the log, not in the answer.
func TestATypeablePasswordIsInOneCallAlone(t *testing.T) {
	t.Parallel()
	var w wire
	s := newSystemBehind(t, w.before)
	allowed := stack.Roles(t, "AWS::Region="+peers.Region, "TemporaryPasswords=typeable")["WorkerFunction"].Allows
	s.roles["WorkerFunction"] = iam.NewRole(s.placed(allowed)...)
	s.env["WorkerFunction"] = append(s.env["WorkerFunction"], "TEMPORARY_PASSWORDS=typeable", "LOG_LEVEL=DEBUG")
	const id = "two-to-invite"
	s.plant(t, id, 2)
	worker := s.start(t, "WorkerFunction")
	list := messages(
		onboard.Message{RequestID: id, Row: 1, Person: onboard.Person{Email: "ann@example.org"}},
		onboard.Message{RequestID: id, Row: 2, Person: onboard.Person{Email: "bob@example.org", Groups: []string{"no such group"}}},
	)
	answer, err := worker.Invoke(list, invokeTimeout)
	if err != nil {
		t.Fatalf("%v\n%s", err, worker.Logs())
	}
	s.counts(t, id, map[onboard.State]int{onboard.Invited: 2})
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.made) != 2 || w.made[0] == w.made[1] {
		t.Fatalf("%d passwords were sent, want two that differ\n%s", len(w.made), worker.Logs())
	}
	form := regexp.MustCompile(`^([A-Za-z3-9]{5}-){2}[A-Za-z3-9]{5}$`)
	for _, password := range w.made {
		if !form.MatchString(password) {
			t.Errorf("a password has not the form: %q", password)
		}
		sent := 0
		for _, body := range w.bodies {
			sent += strings.Count(body, password)
		}
		if sent != 1 || strings.Contains(worker.Logs()+string(answer), password) {
			t.Errorf("a password was sent %d times, or is in the log or the answer", sent)
		}
	}
}

package direct

import (
	"net/http"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
)

// transport makes calls to a handler without a socket.
type transport struct{ http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return roundTrip(t.Handler, r), nil
}

// WithoutState makes calls of an API over the pool that keeps nothing: for questions
// about the pool.
func (a *Account) WithoutState(mailQuota int) http.RoundTripper {
	queue := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	return transport{oneprocess.New(oneprocess.Config{
		Queue: queue, DeadLetters: queue.DeadLetters(),
		System: onboard.System{
			Pool: a.Pool, Inspector: a.Pool, Sender: a.Sender, Queue: queue, DeadLetters: queue.DeadLetters(), Store: memory.NewStore(),
			Settings: onboard.Settings{MailQuota: mailQuota, NewID: func() string { return "" }},
		},
	}).Handler()}
}

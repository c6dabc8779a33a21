package client_test

import (
	"context"
	"fmt"
	"log/slog"

	"usher.example/internal/client"
	"usher.example/internal/local"
	"usher.example/internal/onboard"
)

// Submit may be repeated after an error: the same file with the same options
// continues the same request.
func ExampleClient_Submit() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	usher := local.New(local.Config{Addr: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	listener, err := usher.Listen()
	if err != nil {
		fmt.Println(err)
		return
	}
	go usher.Run(ctx, listener)

	c, err := client.New(client.Config{URL: "http://" + listener.Addr().String()})
	if err != nil {
		fmt.Println(err)
		return
	}
	file := client.Submission{Type: "text/plain", Body: []byte("ann@example.org\nbob@example.org\nANN@example.org\n")}
	sent, err := c.Submit(ctx, file)
	if err != nil {
		fmt.Println(err)
		return
	}
	var last client.Request
	for r, err := range c.Watch(ctx, sent.Request.ID) {
		if err != nil {
			fmt.Println(err)
			return
		}
		last = r
	}
	fmt.Println(last.State, last.Counts[onboard.Invited], "invited", last.Counts[onboard.Duplicate], "duplicate")
	// Output: completed 2 invited 1 duplicate
}

package oneprocess

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	// drainTimeout bounds how long open HTTP requests may take once the program
	// is asked to end.
	drainTimeout = 10 * time.Second

	// headerTimeout and bodyTimeout bound how long a caller may take to send the head
	// of a call, and all of it: 5 MB at 100 kB a second. Who sends half a body and stops
	// would else keep its connection, and what was read of it, for good.
	headerTimeout = 10 * time.Second
	bodyTimeout   = time.Minute
)

// Serve serves the handler behind the [Door] and runs the engine until ctx ends. Then
// it accepts no more requests, lets open requests and deliveries finish, and returns
// nil. Name is the address that was asked for, whose host may be called by name.
func (e *Engine) Serve(ctx context.Context, listener net.Listener, name string, handler http.Handler) error {
	return ServeWith(ctx, listener, name, handler, e.Run)
}

// ServeWith is [Engine.Serve] with other work than an engine's; it has to end when its
// ctx does.
func ServeWith(ctx context.Context, listener net.Listener, name string, handler http.Handler, work func(context.Context)) error {
	server := &http.Server{Handler: Door(handler, name, listener.Addr()), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		work(working)
	}()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		err = server.Shutdown(drain)
		cancel()
	}
	stop()
	<-ended
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

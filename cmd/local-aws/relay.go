package main

import (
	"io"
	"net"
	"sync"
)

// relay copies bytes both ways until both sides have ended.
func relay(from net.Conn, target string) {
	defer from.Close()
	to, err := net.Dial("tcp", target)
	if err != nil {
		return // the caller sees its connection closed, as with any server that is down
	}
	defer to.Close()
	var both sync.WaitGroup
	both.Go(func() { pipe(to, from) })
	both.Go(func() { pipe(from, to) })
	both.Wait()
}

// pipe copies one way and says to the receiver that no more will come.
func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either side may go away at any time
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite()
	}
}

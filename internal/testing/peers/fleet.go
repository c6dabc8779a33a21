package peers

import (
	"context"
	"os"
	"sync"
)

// RequireEnv is the variable that, set to 1, makes a missing peer fail tests
// instead of skipping them.
const RequireEnv = "USHER_REQUIRE_PEERS"

// TB is the part of [testing.TB] that this package calls. Naming it here keeps
// package testing out of programs that start peers.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// DynamoDB starts a DynamoDB Local for t and its subtests and returns its
// endpoint. Tests that would start many share one through a [Fleet].
func DynamoDB(t TB) (endpoint string) {
	t.Helper()
	return ownFleet(t).DynamoDB(t)
}

// Moto starts a moto server for t and its subtests and returns its endpoint. See
// [StartMoto] for what it can take.
func Moto(t TB) (endpoint string) {
	t.Helper()
	return ownFleet(t).Moto(t)
}

func ownFleet(t TB) *Fleet {
	fleet := new(Fleet)
	t.Cleanup(fleet.Stop)
	return fleet
}

// Fleet is a set of peers that all tests of a package share: each is started
// when the first test asks for it, and all end with the package's tests. The
// zero value is ready. It is safe for concurrent use. Use it so:
//
//	var fleet peers.Fleet
//
//	func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }
//
// Tests that share a peer share its tables and queues: each uses its own names.
type Fleet struct {
	dynamodb shared
	moto     shared
}

// Run runs m's tests, stops the peers that they started and returns the code to
// exit with.
func (f *Fleet) Run(m interface{ Run() int }) int {
	defer f.Stop()
	return m.Run()
}

// DynamoDB returns the endpoint of the fleet's DynamoDB Local. If it is not
// installed, t is skipped or fails, as [RequireEnv] says; if it does not start,
// t fails.
func (f *Fleet) DynamoDB(t TB) (endpoint string) {
	t.Helper()
	return f.dynamodb.endpoint(t, StartDynamoDB)
}

// Moto returns the endpoint of the fleet's moto server, under the same
// conditions as [Fleet.DynamoDB].
func (f *Fleet) Moto(t TB) (endpoint string) {
	t.Helper()
	return f.moto.endpoint(t, StartMoto)
}

// Stop ends the peers of the fleet. It may be called more than once. A stopped
// fleet starts nothing again.
func (f *Fleet) Stop() {
	f.dynamodb.stop()
	f.moto.stop()
}

// shared is a server that the first caller starts.
type shared struct {
	once   sync.Once
	server *Server
	err    error
}

func (s *shared) endpoint(t TB, start func(context.Context) (*Server, error)) string {
	t.Helper()
	// Not the test's context: the peer outlives the test that came first.
	s.once.Do(func() { s.server, s.err = start(context.Background()) })
	if s.err != nil {
		giveUp(t, s.err)
		return ""
	}
	return s.server.Endpoint
}

func (s *shared) stop() {
	s.once.Do(func() { s.err = errStopped })
	if s.server != nil {
		s.server.Stop()
	}
}

// giveUp ends t: skipped where the peer is not installed and not required,
// failed otherwise.
func giveUp(t TB, err error) {
	t.Helper()
	if IsMissing(err) && os.Getenv(RequireEnv) != "1" {
		t.Skipf("NOT TESTED, peer missing: %v", err)
		return
	}
	t.Fatalf("start peer: %v", err)
}

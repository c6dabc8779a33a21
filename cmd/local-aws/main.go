// Local-aws starts stand-ins of the services that the functions call, makes
// usher's pool, queues and table on them, and writes the variables for
// `sam local --env-vars` into a file. On Ctrl-C it stops and removes everything.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"

	"usher.example/internal/testing/peers"
	"usher.example/internal/testing/standin"
)

// region is the one that example events and samconfig.toml name.
const region = "ap-northeast-1"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv("BRIDGE"), "env.json", os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "local-aws:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, and prints on out when it is ready. Bridge is the
// host's address as containers see it; "" means that no container will call.
func run(ctx context.Context, bridge, file string, out io.Writer) error {
	moto, err := peers.StartMoto(ctx)
	if err != nil {
		return err
	}
	defer moto.Stop()
	database, err := peers.StartDynamoDB(ctx)
	if err != nil {
		return err
	}
	defer database.Stop()

	services, tables := at(moto.Endpoint), at(database.Endpoint)
	stack, err := standin.Create(ctx, services, tables, "usher-local")
	if err != nil {
		return err
	}
	if err := stack.Seed(ctx, tables); err != nil {
		return err
	}
	servicesURL, tablesURL := moto.Endpoint, database.Endpoint
	if bridge != "" {
		if servicesURL, err = forward(ctx, bridge, moto.Endpoint); err != nil {
			return err
		}
		if tablesURL, err = forward(ctx, bridge, database.Endpoint); err != nil {
			return err
		}
		stack.QueueURL = strings.Replace(stack.QueueURL, moto.Endpoint, servicesURL, 1)
		stack.DeadLetterQueueURL = strings.Replace(stack.DeadLetterQueueURL, moto.Endpoint, servicesURL, 1)
	}
	if err := write(file, stack.Environment(servicesURL, tablesURL)); err != nil {
		return err
	}
	defer os.Remove(file)
	fmt.Fprintf(out, `The stand-ins are running: Cognito and SQS at %s, DynamoDB at %s.
The variables of the functions are in %s. In another terminal, run:

  make invoke EVENT=events/worker-one.json

To stop them and delete their data, press Ctrl-C.
`, servicesURL, tablesURL, file)
	<-ctx.Done()
	return nil
}

// at is the configuration of clients that call a stand-in.
func at(endpoint string) aws.Config {
	config := peers.Config(endpoint)
	config.Region = region
	return config
}

func write(file string, environment map[string]map[string]string) error {
	text, err := json.MarshalIndent(environment, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// listenAddress is where a forwarder listens: on the bridge itself if that is an IP
// address, or on all addresses if it is a name that only containers know.
func listenAddress(bridge string) string {
	if net.ParseIP(bridge) == nil {
		return ":0"
	}
	return net.JoinHostPort(bridge, "0")
}

// forward passes connections that come over the bridge on to a stand-in, which
// listens on loopback only, and returns its address as a container sees it.
func forward(ctx context.Context, bridge, endpoint string) (string, error) {
	listener, err := net.Listen("tcp", listenAddress(bridge))
	if err != nil {
		return "", fmt.Errorf("listen on BRIDGE=%s: %w; check that it is an address of this machine", bridge, err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	target := strings.TrimPrefix(endpoint, "http://")
	go func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go relay(conn, target)
			}
		}
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return "http://" + net.JoinHostPort(bridge, port), err
}

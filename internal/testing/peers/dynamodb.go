package peers

import (
	"context"
	"os/exec"
	"path/filepath"
)

const dynamoDBName = "DynamoDB Local"

// StartDynamoDB starts a DynamoDB Local that keeps its tables in memory, one set
// for all credentials and regions. It returns once the server answers. The error
// is one for [IsMissing] if the server or Java is not installed.
//
// The server listens on every address of the machine; it offers no other way.
func StartDynamoDB(ctx context.Context) (*Server, error) {
	found, err := findDynamoDB()
	if err != nil {
		return nil, err
	}
	return start(ctx, found.command)
}

// dynamoDB is an installed DynamoDB Local.
type dynamoDB struct {
	java string
	jar  string
}

func findDynamoDB() (dynamoDB, error) {
	jar, err := cached(dynamoDBName, filepath.Join("dynamodb", "DynamoDBLocal.jar"))
	if err != nil {
		return dynamoDB{}, err
	}
	java, err := onPath(dynamoDBName, "java", "install a Java runtime, version 11 or newer")
	return dynamoDB{java, jar}, err
}

func (d dynamoDB) command(port string) *exec.Cmd {
	cmd := exec.Command(d.java,
		// The quick compiler and the simple collector: for the minute that a
		// test takes they halve the processor time of the start.
		"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-Djava.library.path=DynamoDBLocal_lib", "-jar", d.jar,
		"-inMemory", "-sharedDb", "-disableTelemetry", "-port", port)
	cmd.Dir = filepath.Dir(d.jar)
	return cmd
}

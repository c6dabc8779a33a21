package peers

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// Boto3 returns the path of a Python that has boto3, which comes with moto. If there is
// none, t is skipped or fails, as [RequireEnv] says.
func Boto3(t TB) (python string) {
	t.Helper()
	return found(t, findBoto3)
}

// AWSCLI returns the path of the AWS CLI, under the same conditions as [Boto3].
func AWSCLI(t TB) (aws string) {
	t.Helper()
	return found(t, findAWSCLI)
}

func found(t TB, find func() (string, error)) string {
	t.Helper()
	path, err := find()
	if err != nil {
		giveUp(t, err)
	}
	return path
}

const (
	boto3Name  = "boto3"
	awsCLIName = "the AWS CLI"
)

// Both prefer what make peers installed, whose version is known.

func findBoto3() (string, error) {
	if path, err := cached(boto3Name, filepath.Join("python", "bin", "python3")); err == nil {
		return path, nil
	}
	path, err := onPath(boto3Name, "python3", "run make peers")
	if err != nil {
		return "", err
	}
	if err := exec.Command(path, "-c", "import boto3").Run(); err != nil {
		return "", &missingError{boto3Name, fmt.Sprintf("%s cannot import it: %v", path, err), "run make peers"}
	}
	return path, nil
}

func findAWSCLI() (string, error) {
	if path, err := cached(awsCLIName, filepath.Join("python", "bin", "aws")); err == nil {
		return path, nil
	}
	return onPath(awsCLIName, "aws", "run make peers")
}

package runtimeapi

import (
	"errors"
	"fmt"
)

// ErrTimeout says that a program had not answered at its deadline. It has been
// killed.
var ErrTimeout = errors.New("function timed out")

// FunctionError is an error that a program reported to Lambda. To an SQS event
// source it means that the whole batch failed; to API Gateway, a 500.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("function error %s: %s", e.Type, e.Message)
}

// ExitError says that a program ended although it should continue.
type ExitError struct {
	Code  int            // the exit code, -1 if it was killed
	Fault *FunctionError // what it reported as an error of its init, or nil
	Logs  string
}

func (e *ExitError) Error() string {
	if e.Fault != nil {
		return fmt.Sprintf("function ended with code %d: %v", e.Code, e.Fault)
	}
	return fmt.Sprintf("function ended with code %d: %s", e.Code, e.Logs)
}

// Unwrap returns the fault that the program reported, if any.
func (e *ExitError) Unwrap() error {
	if e.Fault == nil {
		return nil
	}
	return e.Fault
}

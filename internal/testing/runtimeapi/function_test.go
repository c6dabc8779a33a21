package runtimeapi_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"usher.example/internal/testing/runtimeapi"
)

// ample is a timeout that no event of these tests comes near.
const ample = 30 * time.Second

type order struct {
	Do   string
	Size int
}

func TestFunction(t *testing.T) {
	t.Parallel()
	echo := runtimeapi.Build(t, "./testdata/echo")
	tests := map[string]func(*testing.T, string){
		"AnswersEventAfterEvent":     answersEventAfterEvent,
		"PassesBytesAsTheyAre":       passesBytesAsTheyAre,
		"TellsIDAndDeadline":         tellsIDAndDeadline,
		"HidesTestsEnvironment":      hidesTestsEnvironment,
		"ReportsFunctionError":       reportsFunctionError,
		"ReportsPanicThenEnd":        reportsPanicThenEnd,
		"ReportsExitDuringEvent":     reportsExitDuringEvent,
		"ReportsExitDuringInit":      reportsExitDuringInit,
		"KillsAtDeadline":            killsAtDeadline,
		"RefusesTooLongAnswer":       refusesTooLongAnswer,
		"CollectsLogs":               collectsLogs,
		"MeasuresInit":               measuresInit,
		"MeasuresMemoryOfTheProgram": measuresMemoryOfTheProgram,
		"StopsMoreThanOnce":          stopsMoreThanOnce,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, echo)
		})
	}
}

func answersEventAfterEvent(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	for i := range 20 {
		got, err := f.Invoke(order{Size: i}, ample)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := json.Marshal(order{Size: i}); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func passesBytesAsTheyAre(t *testing.T, echo string) {
	const event = `{"Do":"nothing",  "spaced": "ü"}`
	got, err := runtimeapi.Start(t, echo, nil).Invoke([]byte(event), ample)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != `{"Do":"nothing","spaced":"ü"}` { // encoding/json compacts a raw answer
		t.Errorf("got %s, want the event", got)
	}
}

type report struct {
	RequestID string
	ARN       string
	Left      time.Duration
	Env       []string
}

func askReport(t *testing.T, f *runtimeapi.Function, timeout time.Duration) report {
	t.Helper()
	answer, err := f.Invoke(order{Do: "report"}, timeout)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func tellsIDAndDeadline(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	one, two := askReport(t, f, ample), askReport(t, f, ample)
	if len(one.RequestID) != 36 || one.RequestID == two.RequestID {
		t.Errorf("got request ids %q and %q, want two different UUIDs", one.RequestID, two.RequestID)
	}
	if !strings.HasPrefix(one.ARN, "arn:aws:lambda:") {
		t.Errorf("got ARN %q, want a function's", one.ARN)
	}
	if one.Left <= 0 || one.Left > ample {
		t.Errorf("got %v left, want up to %v", one.Left, ample)
	}
}

func hidesTestsEnvironment(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, []string{"GREETING=hello", "AWS_REGION=ap-northeast-1"})
	got := askReport(t, f, ample).Env
	for _, want := range []string{"GREETING=hello", "AWS_REGION=ap-northeast-1", "AWS_ENDPOINT_URL=http://127.0.0.1:1"} {
		if !slices.Contains(got, want) {
			t.Errorf("got environment %q, want %s in it", got, want)
		}
	}
	if home := "HOME=" + os.Getenv("HOME"); slices.Contains(got, home) {
		t.Errorf("got %s of the test in the program's environment", home)
	}
}

func reportsFunctionError(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	_, err := f.Invoke(order{Do: "fail"}, ample)
	var fault *runtimeapi.FunctionError
	if !errors.As(err, &fault) || fault.Message != "as ordered" || fault.Type != "errorString" {
		t.Fatalf("got %v, want the function's error", err)
	}
	if _, err := f.Invoke(order{}, ample); err != nil {
		t.Errorf("the next event: got %v, want an answer", err)
	}
}

func reportsPanicThenEnd(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	_, err := f.Invoke(order{Do: "panic"}, ample)
	var fault *runtimeapi.FunctionError
	if !errors.As(err, &fault) || fault.Message != "as ordered" {
		t.Fatalf("got %v, want the panic", err)
	}
	wantExit(t, f, order{}, 1)
}

func reportsExitDuringEvent(t *testing.T, echo string) {
	wantExit(t, runtimeapi.Start(t, echo, nil), order{Do: "exit"}, 7)
}

func wantExit(t *testing.T, f *runtimeapi.Function, event order, code int) {
	t.Helper()
	_, err := f.Invoke(event, ample)
	var exit *runtimeapi.ExitError
	if !errors.As(err, &exit) || exit.Code != code {
		t.Errorf("got %v, want exit code %d", err, code)
	}
}

func reportsExitDuringInit(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, []string{"REFUSE=1"})
	_, err := f.Init()
	var exit *runtimeapi.ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || !strings.Contains(exit.Logs, "REFUSE is set") {
		t.Errorf("got %v, want exit code 3 with its reason", err)
	}
}

func killsAtDeadline(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	if _, err := f.Invoke(order{Do: "hang"}, 200*time.Millisecond); !errors.Is(err, runtimeapi.ErrTimeout) {
		t.Fatalf("got %v, want a timeout", err)
	}
	wantExit(t, f, order{}, -1)
}

func refusesTooLongAnswer(t *testing.T, echo string) {
	const longest = 6_291_556 // quotes included
	f := runtimeapi.Start(t, echo, nil)
	got, err := f.Invoke(order{Do: "answer", Size: longest - 2}, ample)
	if err != nil || len(got) != longest {
		t.Fatalf("at the limit: got %d bytes and %v, want %d", len(got), err, longest)
	}
	_, err = f.Invoke(order{Do: "answer", Size: longest - 1}, ample)
	var fault *runtimeapi.FunctionError
	if !errors.As(err, &fault) || fault.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("over the limit: got %v, want it refused", err)
	}
}

func collectsLogs(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	if _, err := f.Invoke(order{Do: "log"}, ample); err != nil {
		t.Fatal(err)
	}
	f.Stop() // what was written is complete only then
	for _, want := range []string{"to standard output\n", "to standard error\n"} {
		if got := f.Logs(); !strings.Contains(got, want) {
			t.Errorf("got logs %q, want %q in them", got, want)
		}
	}
}

func measuresInit(t *testing.T, echo string) {
	before := time.Now()
	took, err := runtimeapi.Start(t, echo, nil).Init()
	if err != nil {
		t.Fatal(err)
	}
	if took <= 0 || took > time.Since(before) {
		t.Errorf("got %v, want more than nothing and at most %v", took, time.Since(before))
	}
	t.Logf("init took %v", took)
}

func measuresMemoryOfTheProgram(t *testing.T, echo string) {
	const used = 100 << 20
	f := runtimeapi.Start(t, echo, nil)
	before := peakMemory(t, f)
	if before > used/2 {
		t.Errorf("got %d MiB for a program that did nothing: is it the test's memory?", before>>20)
	}
	if _, err := f.Invoke(order{Do: "use memory", Size: used}, ample); err != nil {
		t.Fatal(err)
	}
	if after := peakMemory(t, f); after < used || after > used+before+used/2 {
		t.Errorf("got %d MiB after using %d MiB, %d MiB before", after>>20, used>>20, before>>20)
	}
}

func peakMemory(t *testing.T, f *runtimeapi.Function) int64 {
	t.Helper()
	if _, err := f.Init(); err != nil {
		t.Fatal(err)
	}
	peak, err := f.PeakMemory()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("peak memory can be read on Linux only")
	}
	if err != nil {
		t.Fatal(err)
	}
	return peak
}

func stopsMoreThanOnce(t *testing.T, echo string) {
	f := runtimeapi.Start(t, echo, nil)
	f.Stop()
	f.Stop()
	if _, err := f.Invoke(order{}, ample); err == nil {
		t.Error("a stopped function answered")
	}
}

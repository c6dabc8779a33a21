package sim_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// String names an execution for the flag -small: its world, its order, and what
// goes wrong at which call. It holds nothing that a shell reads between single
// quotes.
func (r run) String() string {
	var wrong []string
	for _, n := range slices.Sorted(maps.Keys(r.wrong)) {
		wrong = append(wrong, fmt.Sprintf("%d %s", n, r.wrong[n]))
	}
	return strings.TrimSuffix(strings.Join([]string{r.world, r.order, strings.Join(wrong, ", ")}, "; "), "; ")
}

// parseRun reads what String writes.
func parseRun(text string) (run, error) {
	parts := strings.Split(text, ";")
	if len(parts) < 2 || len(parts) > 3 {
		return run{}, fmt.Errorf("%q is not a world, an order and faults with ; in between", text)
	}
	r := run{world: strings.TrimSpace(parts[0]), order: strings.TrimSpace(parts[1])}
	if err := oneNamed("world", r.world, smallWorlds()); err != nil {
		return run{}, err
	}
	if err := oneNamed("order", r.order, turnOrders); err != nil {
		return run{}, err
	}
	if len(parts) == 2 {
		return r, nil
	}
	r.wrong = map[int]fault{}
	for one := range strings.SplitSeq(parts[2], ",") {
		n, f, err := parseFault(strings.TrimSpace(one))
		if err != nil {
			return run{}, err
		}
		if _, twice := r.wrong[n]; twice {
			return run{}, fmt.Errorf("call %d goes wrong twice", n)
		}
		r.wrong[n] = f
	}
	return r, nil
}

// parseFault reads the number of a call and what goes wrong with it.
func parseFault(text string) (int, fault, error) {
	number, name, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 {
		return 0, none, fmt.Errorf("%q does not begin with the number of a call", text)
	}
	var names []string
	for f := none + 1; f < faults; f++ {
		if f.String() == name {
			return n, f, nil
		}
		names = append(names, f.String())
	}
	return 0, none, fmt.Errorf("there is no fault %q; there are: %s", name, strings.Join(names, ", "))
}

func oneNamed[V any](what, name string, of map[string]V) error {
	if _, ok := of[name]; ok {
		return nil
	}
	return fmt.Errorf("there is no %s %q; there are: %s", what, name, strings.Join(slices.Sorted(maps.Keys(of)), " | "))
}

// failure says what an execution breaks and how to see it again.
func (r run) failure(w *world) string {
	return fmt.Sprintf("%s breaks:\n\t%s\nreplay: go test ./internal/testing/sim -run TestEveryFault -small '%s'\nits trace:\n%s",
		r, strings.Join(w.audit.broken, "\n\t"), r, strings.Join(w.trace, ""))
}

// replay runs the one execution that text names and shows its trace.
func replay(t *testing.T, text string) {
	t.Helper()
	r, err := parseRun(text)
	if err != nil {
		t.Fatalf("-small: %v", err)
	}
	w, could := r.play(t, traced)
	fmt.Fprint(os.Stderr, strings.Join(w.trace, ""))
	if len(w.audit.broken) > 0 {
		t.Errorf("%s breaks:\n\t%s", r, strings.Join(w.audit.broken, "\n\t"))
	}
	if err := r.happened(could); err != nil {
		t.Errorf("-small: %v; the program has changed since: look for the failure with -run TestEveryFault alone", err)
	}
}

// happened says which of the execution's faults did not happen, given what
// could have.
func (r run) happened(could [][]fault) error {
	var errs []error
	for _, n := range slices.Sorted(maps.Keys(r.wrong)) {
		if f := r.wrong[n]; n >= len(could) {
			errs = append(errs, fmt.Errorf("there are %d calls, none with number %d", len(could), n))
		} else if !slices.Contains(could[n], f) {
			errs = append(errs, fmt.Errorf("call %d cannot go wrong like this: %s", n, f))
		}
	}
	return errors.Join(errs...)
}

// TestFailureInTheSmallWorldIsReplayed takes the command out of a failure, as a
// person would, and holds what it runs to be the same, to the last step.
func TestFailureInTheSmallWorldIsReplayed(t *testing.T) {
	t.Parallel()
	all := bugs()
	forgetful := all[slices.IndexFunc(all, func(b bug) bool { return b.name == "trails are not looked at" })]
	set := func(w *world) { w.bug, w.tracing = &forgetful, true }

	first, broken := firstBroken(t, set)
	flag := regexp.MustCompile(`(?m)^replay: go test \./internal/testing/sim -run TestEveryFault -small '(.*)'$`).FindStringSubmatch(first.failure(broken))
	if flag == nil {
		t.Fatalf("no command in\n%s", first.failure(broken))
	}
	r, err := parseRun(flag[1])
	if err != nil {
		t.Fatal(err)
	}
	again, could := r.play(t, set)
	if diff := cmp.Diff(broken.audit.broken, again.audit.broken); diff != "" {
		t.Errorf("-small '%s' breaks (-at first +again):\n%s", flag[1], diff)
	}
	if diff := cmp.Diff(broken.trace, again.trace); diff != "" {
		t.Errorf("-small '%s' goes (-at first +again):\n%s", flag[1], diff)
	}
	if err := r.happened(could); err != nil {
		t.Error(err)
	}
}

// firstBroken returns an execution with one fault that breaks a promise.
func firstBroken(t *testing.T, set func(*world)) (run, *world) {
	t.Helper()
	well := run{world: "two rows of one request", order: "in turns"}
	_, could := well.play(t, set)
	for _, r := range then(well, could) {
		if w, _ := r.play(t, set); len(w.audit.broken) > 0 {
			return r, w
		}
	}
	t.Fatal("no single fault breaks anything, for all that is wrong with the program")
	return run{}, nil
}

func TestNamesOfExecutions(t *testing.T) {
	t.Parallel()
	for world := range smallWorlds() {
		for order := range turnOrders {
			for f := none; f < faults; f++ {
				want := run{world: world, order: order}
				if f != none {
					want.wrong = map[int]fault{7: f, 130: lostAnswer}
				}
				got, err := parseRun(want.String())
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(run{})); err != nil || diff != "" || strings.Contains(want.String(), "'") {
					t.Errorf("%s: %v (-want +got):\n%s", want, err, diff)
				}
			}
		}
	}
	for text, says := range map[string]string{
		"":                                   "is not a world, an order",
		"two rows of one request":            "is not a world, an order",
		"three rows; in turns":               "there are: invited, and to be mailed too | one address in two requests | two rows of one request",
		"two rows of one request; at random": "there are: in turns | one after the other",
		"two rows of one request; in turns; 5 on fire":              "killed before, killed during",
		"two rows of one request; in turns; x conflict":             "the number of a call",
		"two rows of one request; in turns; -1 conflict":            "the number of a call",
		"two rows of one request; in turns; 5 conflict, 5 slow":     "goes wrong twice",
		"two rows of one request; in turns; 5 conflict; 6 conflict": "is not a world, an order",
	} {
		if _, err := parseRun(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want an error that says %q", text, err, says)
		}
	}
}

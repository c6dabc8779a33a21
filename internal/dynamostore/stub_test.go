package dynamostore_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// What DynamoDB Local never answers. The forms of the answers are those of the
// Amazon DynamoDB API Reference: "TransactWriteItems" (cancellation reasons),
// "BatchGetItem" (UnprocessedKeys), "Query" (LastEvaluatedKey), "Common Errors".

// stubbed returns a store whose calls are answered in turn, the last answer for ever.
func stubbed(answers ...awsstub.Answer) (*dynamostore.Store, *awsstub.Client) {
	stub := awsstub.New(awsstub.Script(answers...))
	return dynamostore.New(dynamodb.NewFromConfig(stub.Config()), "the-table"), stub
}

// canceled is the answer to a transaction that was canceled for the given
// reasons, one for each action.
func canceled(codes ...string) awsstub.Answer {
	answer := awsstub.Refusal(400, "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "")
	var reasons []map[string]any
	for _, code := range codes {
		reasons = append(reasons, map[string]any{"Code": code, "Message": "about ada@example.com"})
	}
	answer.Body = map[string]any{
		"__type":              "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
		"Message":             "Transaction cancelled, please refer cancellation reasons for specific reasons",
		"CancellationReasons": reasons,
	}
	return answer
}

func refused(code string) awsstub.Answer {
	return awsstub.Refusal(400, "com.amazonaws.dynamodb.v20120810#"+code, "about ada@example.com")
}

// settling is a write of all three kinds of item.
func settling() onboard.Write {
	return onboard.Write{
		Invitation: onboard.Invitation{RequestID: "r1", Row: 5, Version: 1},
		Claim:      &onboard.Claim{Address: "ada@example.com", Version: 1},
		Tally:      one(onboard.Invited, anyTime),
	}
}

func TestCanceledTransactionIsRepeatedWithItsToken(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, stub := stubbed(canceled("None", code, "None"), canceled(code, code, "None"), awsstub.OK(nil))
				must(t, store.Save(t.Context(), settling()))
				calls := stub.Calls()
				if len(calls) != 3 {
					t.Fatalf("%d calls, want 3", len(calls))
				}
				for _, again := range calls[1:] {
					if diff := cmp.Diff(calls[0].Fields(), again.Fields()); token(again) == "" || diff != "" {
						t.Errorf("repeated with token %q (-first +again):\n%s", token(again), diff)
					}
				}
				must(t, store.Save(t.Context(), settling()))
				if all := stub.Calls(); token(all[3]) == token(calls[0]) {
					t.Error("another write has the same token")
				}
			})
		})
	}
}

func token(c awsstub.Call) string {
	s, _ := c.Fields()["ClientRequestToken"].(string)
	return s
}

func TestOneThatMetATransactionIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stub := stubbed(refused("TransactionConflictException"), awsstub.OK(nil))
		must(t, store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "r1", Row: 1}}))
		calls := stub.Calls()
		if len(calls) != 2 || calls[0].Operation != "PutItem" {
			t.Fatalf("%d calls, the first %s; want PutItem twice", len(calls), calls[0].Operation)
		}
		if diff := cmp.Diff(calls[0].Fields(), calls[1].Fields()); diff != "" {
			t.Errorf("repeated (-first +again):\n%s", diff)
		}
	})
}

func TestConflictThatStaysIsAnErrorWithoutAClass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stub := stubbed(canceled("TransactionConflict", "None", "None"))
		begun := time.Now()
		err := store.Save(t.Context(), settling())
		unclassified(t, err, "saving row 5 of request r1", "the-table", "TransactionCanceledException [TransactionConflict None None]")
		if calls, took := len(stub.Calls()), time.Since(begun); calls != 10 || took > 5*time.Second {
			t.Errorf("%d calls in %v, want 10 within 5 s", calls, took)
		}
	})
}

func TestRefusedTransactionIsAConflictAtOnce(t *testing.T) {
	t.Parallel()
	for _, reasons := range [][]string{
		{"ConditionalCheckFailed", "None", "None"},
		{"None", "ConditionalCheckFailed", "None"},
		{"TransactionConflict", "ConditionalCheckFailed", "None"},
		{"ConditionalCheckFailed", "None", "ConditionalCheckFailed"},
	} {
		t.Run(strings.Join(reasons, ","), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, stub := stubbed(canceled(reasons...))
				if err := store.Save(t.Context(), settling()); !errors.Is(err, onboard.ErrConflict) {
					t.Errorf("got %v, want a conflict", err)
				}
				if n := len(stub.Calls()); n != 1 {
					t.Errorf("%d calls, want 1", n)
				}
			})
		})
	}
}

// tallyUpdate is the action of a transaction that adds to a tally, as it was sent.
type tallyUpdate struct {
	UpdateExpression, ConditionExpression string
	ExpressionAttributeNames              map[string]string
	ExpressionAttributeValues             map[string]map[string]string
}

// actionsOf returns the puts of a transaction and its addition to the tally.
func actionsOf(t *testing.T, c awsstub.Call) (puts []any, tally tallyUpdate) {
	t.Helper()
	var in struct {
		TransactItems []struct {
			Put    any
			Update *tallyUpdate
		}
	}
	c.Decode(&in)
	if n := len(in.TransactItems); n != 3 || in.TransactItems[2].Update == nil {
		t.Fatalf("%d actions, want two puts and an update: %s", n, c.Body)
	}
	return []any{in.TransactItems[0].Put, in.TransactItems[1].Put}, *in.TransactItems[2].Update
}

// A tally has the time of its latest change: an update sets its time, and where
// a later one is stored it adds its counts and leaves the stored time.
func TestLaterTimeInTheTallyIsLeftThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stub := stubbed(
			canceled("None", "None", "ConditionalCheckFailed"), canceled("TransactionConflict", "None", "None"), awsstub.OK(nil))
		must(t, store.Save(t.Context(), settling()))
		calls := stub.Calls()
		if len(calls) != 3 {
			t.Fatalf("%d calls, want 3", len(calls))
		}
		puts, first := actionsOf(t, calls[0])
		again, second := actionsOf(t, calls[1])
		counts := map[string]map[string]string{":n0": {"N": "1"}}
		names := map[string]string{"#n0": "s_invited"}
		at := map[string]string{"N": strconv.FormatInt(anyTime.UnixNano(), 10)}
		want := tallyUpdate{
			UpdateExpression:          "ADD #n0 :n0 SET updated_at = :at",
			ConditionExpression:       "attribute_not_exists(updated_at) OR updated_at <= :at",
			ExpressionAttributeNames:  names,
			ExpressionAttributeValues: map[string]map[string]string{":n0": counts[":n0"], ":at": at},
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("addition as the latest (-want +got):\n%s", diff)
		}
		want = tallyUpdate{UpdateExpression: "ADD #n0 :n0", ExpressionAttributeNames: names, ExpressionAttributeValues: counts}
		if diff := cmp.Diff(want, second); diff != "" {
			t.Errorf("addition where there is a later one (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(puts, again); diff != "" || token(calls[1]) == token(calls[0]) {
			t.Errorf("second transaction, want the same puts under a new token (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(calls[1].Fields(), calls[2].Fields()); diff != "" {
			t.Errorf("repeated (-second +third):\n%s", diff)
		}
	})
}

// A request is put together with its tally, and a tally without a time has none
// to compare.
func TestTallyOfARequestIsTimedLikeARows(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{anyTime, {}} {
		synctest.Test(t, func(t *testing.T) {
			store, stub := stubbed(canceled("None", "ConditionalCheckFailed"), awsstub.OK(nil))
			must(t, store.SaveRequest(t.Context(), onboard.Request{ID: "r1", Version: 1}, one(onboard.Failed, at)))
			calls := stub.Calls()
			if len(calls) != 2 {
				t.Fatalf("%d calls, want 2", len(calls))
			}
			timed := strings.Contains(string(calls[0].Body), "updated_at <= :at")
			if timed == at.IsZero() || strings.Contains(string(calls[1].Body), "updated_at") || !strings.Contains(string(calls[1].Body), "s_failed") {
				t.Errorf("at %v\nfirst  %s\nsecond %s", at, calls[0].Body, calls[1].Body)
			}
		})
	}
}

// The version that did not match is what counts, regardless of the tally's
// time.
func TestAnEarlierVersionIsAConflictBesideALaterTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stub := stubbed(canceled("ConditionalCheckFailed", "ConditionalCheckFailed"), awsstub.OK(nil))
		err := store.SaveRequest(t.Context(), onboard.Request{ID: "r1", Version: 1}, one(onboard.Failed, anyTime))
		if n := len(stub.Calls()); err == nil || n != 1 {
			t.Errorf("%v after %d calls, want a refusal after one", err, n)
		}
	})
}

// A spend that is repeated, by the SDK or here, carries one token: nothing else
// distinguishes it from another.
func TestSpendIsRepeatedWithItsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, stub := stubbed(canceled("TransactionConflict"), awsstub.Lost(errLost), awsstub.OK(nil))
		must(t, store.Spend(t.Context(), "ada", 3, 10, anyTime))
		must(t, store.Spend(t.Context(), "ada", 3, 10, anyTime))
		calls := stub.Calls()
		if len(calls) != 4 || token(calls[0]) == "" {
			t.Fatalf("%d calls, the first with token %q; want 4", len(calls), token(calls[0]))
		}
		for _, again := range calls[1:3] {
			if diff := cmp.Diff(calls[0].Fields(), again.Fields()); diff != "" {
				t.Errorf("repeated (-first +again):\n%s", diff)
			}
		}
		if token(calls[3]) == token(calls[0]) {
			t.Error("another spend has the same token")
		}
	})
}

func TestSpendingFromADamagedCounterSaysSo(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]object{
		"spent":   {"pk": object{"S": "COUNT#ada"}, "spent": object{"S": "9"}},
		"expires": {"pk": object{"S": "COUNT#ada"}, "spent": object{"N": "9"}, "expires": object{"S": "9"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			answer := canceled("ConditionalCheckFailed")
			answer.Body.(map[string]any)["CancellationReasons"].([]map[string]any)[0]["Item"] = wrong
			store, stub := stubbed(answer)
			damaged(t, store.Spend(t.Context(), "ada", 3, 10, anyTime), "spending from a counter", "attribute "+name+" is not")
			if n := len(stub.Calls()); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

func TestOtherReasonsAreNeitherRepeatedNorConflicts(t *testing.T) {
	t.Parallel()
	for _, answer := range []awsstub.Answer{
		canceled("ValidationError", "TransactionConflict", "None"),
		canceled("None", "ItemCollectionSizeLimitExceeded", "None"),
		refused("ValidationException"),
		awsstub.OK([]byte("not JSON about ada@example.com")),
	} {
		synctest.Test(t, func(t *testing.T) {
			store, stub := stubbed(answer)
			unclassified(t, store.Save(t.Context(), settling()), "saving row 5 of request r1", "the-table")
			if n := len(stub.Calls()); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

func TestTableThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, _ := stubbed(awsstub.Refusal(400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "Requested resource not found"))
		_, err := store.Request(t.Context(), "r1")
		unclassified(t, err, "reading request r1", "the-table", "ResourceNotFoundException: Requested resource not found")
	})
}

// unclassified checks that err has no class, says what was being done where,
// and does not name the address.
func unclassified(t *testing.T, err error, says ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, class := range []error{onboard.ErrConflict, onboard.ErrNotFound, onboard.ErrDamaged} {
		if errors.Is(err, class) {
			t.Errorf("%v has class %v", err, class)
		}
	}
	saying(t, err, says...)
}

// damaged checks that err says that what is stored cannot be read, and where, and
// does not name the address.
func damaged(t *testing.T, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, onboard.ErrDamaged) || errors.Is(err, onboard.ErrConflict) || errors.Is(err, onboard.ErrNotFound) {
		t.Fatalf("got %v, want the class %v", err, onboard.ErrDamaged)
	}
	saying(t, err, says...)
}

func saying(t *testing.T, err error, says ...string) {
	t.Helper()
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "ada@") {
		t.Errorf("%q names an address", err)
	}
}

func TestEndedContextEndsTheRepetitions(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]awsstub.Answer{
		"canceled":  canceled("TransactionConflict", "None", "None"),
		"silent":    awsstub.Silence(),
		"throttled": refused("ThrottlingException"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, _ := stubbed(answer)
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				if err := store.Save(ctx, settling()); err != context.DeadlineExceeded {
					t.Errorf("got %v, want the context's own error", err)
				}
			})
		})
	}
}

package dynamostore_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/testing/awsstub"
)

// batchCall is the body of a BatchGetItem.
type batchCall struct {
	RequestItems map[string]struct {
		Keys []struct{ PK, SK struct{ S string } }
	}
}

func keysOf(call awsstub.Call) []string {
	var in batchCall
	call.Decode(&in)
	var keys []string
	for _, key := range in.RequestItems["the-table"].Keys {
		keys = append(keys, key.PK.S)
	}
	return keys
}

// claimAt is a stored claim by its partition key.
func claimAt(pk string) object {
	return object{"pk": object{"S": pk}, "sk": object{"S": "#"}, "version": object{"N": "1"}}
}

// A dry run of ten thousand rows waits for their claims.
func TestTenThousandClaimsAreReadSideBySide(t *testing.T) {
	t.Parallel()
	const slow = 100 * time.Millisecond // DynamoDB answers such a batch in 10 to 30 ms
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			keys := keysOf(call)
			if len(keys) > 100 || len(slices.Compact(slices.Sorted(slices.Values(keys)))) != len(keys) {
				t.Errorf("a batch of %d keys, want at most 100, each once", len(keys))
			}
			for n := under.Add(1); n > most.Load(); n = under.Load() {
				most.Store(n)
			}
			time.AfterFunc(slow-time.Millisecond, func() { under.Add(-1) })
			var items list
			for _, key := range keys {
				items = append(items, claimAt(key))
			}
			return awsstub.OK(batch(items...)).In(slow)
		})
		store := dynamostore.New(dynamodb.NewFromConfig(stub.Config()), "the-table")
		var addresses []string
		for i := range 10_000 {
			addresses = append(addresses, fmt.Sprintf("a%d@example.com", i), "a0@example.com", "")
		}
		begun := time.Now()
		claims, err := store.Claims(t.Context(), addresses)
		must(t, err)
		took := time.Since(begun)
		t.Logf("%d claims in %d calls, at most %d at once, within %v", len(claims), len(stub.Calls()), most.Load(), took)
		if len(claims) != 10_000 || len(stub.Calls()) != 100 || took > 2*time.Second {
			t.Errorf("%d claims in %d calls within %v, want 10000 in 100 within 2 s", len(claims), len(stub.Calls()), took)
		}
		if most.Load() < 2 || most.Load() > 16 {
			t.Errorf("%d calls at once, want 2 to 16", most.Load())
		}
	})
}

func TestUnprocessedClaimsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := object{"the-table": object{"Keys": list{object{"pk": object{"S": "ADDR#bob@example.com"}, "sk": object{"S": "#"}}}}}
		store, stub := stubbed(
			awsstub.OK(object{"Responses": object{"the-table": list{storedClaim}}, "UnprocessedKeys": left}),
			awsstub.OK(batch(claimAt("ADDR#bob@example.com"))),
		)
		claims, err := store.Claims(t.Context(), []string{"ada@example.com", "bob@example.com"})
		must(t, err)
		calls := stub.Calls()
		if len(claims) != 2 || len(calls) != 2 || !slices.Equal(keysOf(calls[1]), []string{"ADDR#bob@example.com"}) {
			t.Errorf("%d claims after %d calls, want 2 after 2, the second for what was left", len(claims), len(calls))
		}
	})
}

func TestClaimsThatStayUnprocessedAreAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, _ := stubbed(awsstub.OK(object{"UnprocessedKeys": object{"the-table": object{
			"Keys": list{object{"pk": object{"S": "ADDR#ada@example.com"}, "sk": object{"S": "#"}}},
		}}}))
		_, err := store.Claims(t.Context(), []string{"ada@example.com"})
		unclassified(t, err, "reading claims", "too busy")
	})
}

// One damaged claim hides no other.
func TestADamagedClaimHidesNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := claimAt("ADDR#bob@example.com")
		broken["user_sub"] = object{"N": "5"}
		store, _ := stubbed(awsstub.OK(batch(broken, storedClaim)))
		claims, err := store.Claims(t.Context(), []string{"ada@example.com", "bob@example.com"})
		damaged(t, err, "reading claims", "attribute user_sub is not")
		if _, ok := claims["ada@example.com"]; !ok || len(claims) != 1 {
			t.Errorf("%d claims, want the one that can be read", len(claims))
		}
	})
}

// One batch that fails fails the whole: half of what is known would read as all of it.
func TestAFailedBatchFailsTheWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		stub := awsstub.New(func(awsstub.Call) awsstub.Answer {
			if calls.Add(1) == 2 {
				return refused("ValidationException")
			}
			return awsstub.OK(batch(storedClaim))
		})
		store := dynamostore.New(dynamodb.NewFromConfig(stub.Config()), "the-table")
		var addresses []string
		for i := range 300 {
			addresses = append(addresses, fmt.Sprintf("a%d@example.com", i))
		}
		claims, err := store.Claims(t.Context(), addresses)
		unclassified(t, err, "reading claims", "ValidationException")
		if claims != nil {
			t.Errorf("%d claims beside the error, want none", len(claims))
		}
	})
}

package dynamostore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

// Items as DynamoDB's JSON has them.
type (
	object map[string]any
	list   []any
)

func storedRow(row int) object {
	return object{
		"pk": object{"S": "REQ#r1"}, "sk": object{"S": fmt.Sprintf("INV#%010d", row)}, "version": object{"N": "3"},
	}
}

var storedClaim = object{"pk": object{"S": "ADDR#ada@example.com"}, "sk": object{"S": "#"}, "version": object{"N": "2"}}

func TestUnprocessedKeysAreAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left := object{"the-table": object{
			"ConsistentRead": true,
			"Keys":           list{object{"pk": object{"S": "ADDR#ada@example.com"}, "sk": object{"S": "#"}}},
		}}
		store, stub := stubbed(
			awsstub.OK(object{"Responses": object{"the-table": list{storedRow(5)}}, "UnprocessedKeys": left}),
			awsstub.OK(object{"Responses": object{"the-table": list{}}, "UnprocessedKeys": left}),
			awsstub.OK(object{"Responses": object{"the-table": list{storedClaim}}}),
		)
		inv, claim, err := store.Load(t.Context(), "r1", 5, "ada@example.com")
		must(t, err)
		if inv.Row != 5 || inv.Version != 3 || claim.Address != "ada@example.com" || claim.Version != 2 {
			t.Errorf("got %+v and %+v, want versions 3 and 2", inv, claim)
		}
		calls := stub.Calls()
		if len(calls) != 3 {
			t.Fatalf("%d calls, want 3", len(calls))
		}
		var want any
		decode(t, object{"RequestItems": left}, &want)
		for _, again := range calls[1:] {
			if diff := cmp.Diff(want, any(again.Fields())); diff != "" {
				t.Errorf("asked again (-want +got):\n%s", diff)
			}
		}
	})
}

func decode(t *testing.T, from, into any) {
	t.Helper()
	body, err := json.Marshal(from)
	must(t, err)
	must(t, json.Unmarshal(body, into))
}

func TestKeysThatStayUnprocessedAreAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		key := object{"pk": object{"S": "ADDR#ada@example.com"}, "sk": object{"S": "#"}}
		store, stub := stubbed(awsstub.OK(object{"UnprocessedKeys": object{"the-table": object{"Keys": list{key}}}}))
		_, _, err := store.Load(t.Context(), "r1", 5, "ada@example.com")
		unclassified(t, err, "loading row 5 of request r1", "too busy")
		if n := len(stub.Calls()); n != 10 {
			t.Errorf("%d calls, want 10", n)
		}
	})
}

func TestPagesEndWithoutALastKeyOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		last := object{"pk": object{"S": "REQ#r1"}, "sk": object{"S": "INV#0000000002"}}
		store, stub := stubbed(
			awsstub.OK(object{"Items": list{storedRow(1), storedRow(2)}, "LastEvaluatedKey": last}),
			awsstub.OK(object{"Items": list{}, "LastEvaluatedKey": last}),
			awsstub.OK(object{"Items": list{storedRow(3)}}),
		)
		got, err := store.ListInvitations(t.Context(), "r1", 0, 10)
		must(t, err)
		if len(got) != 3 || got[2].Row != 3 {
			t.Errorf("%d invitations, want 3", len(got))
		}
		calls := stub.Calls()
		if len(calls) != 3 || calls[0].Fields()["ExclusiveStartKey"] != nil || calls[2].Fields()["ExclusiveStartKey"] == nil {
			t.Errorf("%d calls, want 3, each from where the one before ended", len(calls))
		}
	})
}

func TestTallySpreadOverPagesIsOneSum(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		head := object{"pk": object{"S": "REQ#r1"}, "sk": object{"S": "#"}, "version": object{"N": "1"}}
		shard := func(n int) object {
			return object{
				"pk": object{"S": "REQ#r1"}, "sk": object{"S": fmt.Sprintf("#tally#%02d", n)},
				"s_failed": object{"N": "2"}, "c_email_invalid": object{"N": "1"}, "updated_at": object{"N": fmt.Sprint(n)},
			}
		}
		store, _ := stubbed(
			awsstub.OK(object{"Items": list{head, shard(3)}, "LastEvaluatedKey": head}),
			awsstub.OK(object{"Items": list{shard(9)}, "LastEvaluatedKey": head}),
			awsstub.OK(object{"Items": list{shard(4)}}),
		)
		got, err := store.Request(t.Context(), "r1")
		must(t, err)
		want := onboard.Tally{
			States: map[onboard.State]int{onboard.Failed: 6}, Codes: map[onboard.Code]int{onboard.CodeEmailInvalid: 3},
			UpdatedAt: time.Unix(0, 9),
		}
		if diff := cmp.Diff(want, got.Tally); diff != "" {
			t.Errorf("tally (-want +got):\n%s", diff)
		}
	})
}

func TestMalformedItemIsAnErrorThatNamesTheAttribute(t *testing.T) {
	t.Parallel()
	for attribute, wrong := range map[string]object{
		"version":    {"S": "ada@example.com"},
		"sk":         {"S": "INV#ada@example.com"},
		"email":      {"N": "5"},
		"groups":     {"L": list{object{"N": "5"}}},
		"attributes": {"M": object{"name": object{"BOOL": true}}},
		"cells":      {"M": object{}},
		"round":      {"N": "1.5"},
		"due_at":     {"N": "99999999999999999999"},
		"expires":    {"BOOL": true},
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				row := storedRow(5)
				row[attribute] = wrong
				store, _ := stubbed(awsstub.OK(object{"Items": list{row}}))
				_, err := store.ListInvitations(t.Context(), "r1", 0, 10)
				damaged(t, err, "listing invitations of request r1", "the-table", "attribute "+attribute+" is not", "repair or delete")
			})
		})
	}
}

func TestMalformedItemsOfOtherKinds(t *testing.T) {
	t.Parallel()
	key := func(pk, sk string, attributes object) object {
		item := object{"pk": object{"S": pk}, "sk": object{"S": sk}, "version": object{"N": "1"}}
		for name, value := range attributes {
			item[name] = value
		}
		return item
	}
	number := object{"N": "5"}
	for name, c := range map[string]struct {
		answer object
		call   func(context.Context, *dynamostore.Store) error
		says   string
	}{
		"no version": {
			answer: object{"Items": list{object{"pk": object{"S": "REQ#r1"}, "sk": object{"S": "#"}}}}, call: request, says: "attribute version is not",
		},
		"pause":  {answer: object{"Items": list{key("REQ#r1", "#", object{"pause": object{"M": object{"code": number}}})}}, call: request, says: "attribute code is not"},
		"audit":  {answer: object{"Items": list{key("REQ#r1", "#", object{"audit": object{"L": list{number}}})}}, call: request, says: "attribute audit is not"},
		"act":    {answer: object{"Items": list{key("REQ#r1", "#", object{"audit": object{"L": list{object{"M": object{"by": number}}}}})}}, call: request, says: "attribute by is not"},
		"shard":  {answer: object{"Items": list{key("REQ#r1", "#tally#01", object{"s_failed": object{"S": "x"}})}}, call: request, says: "attribute s_failed is not"},
		"holder": {answer: batch(key("ADDR#ada@example.com", "#", object{"holder": object{"M": object{"row": object{"S": "1"}}}})), call: load, says: "attribute row is not"},
		"trail":  {answer: batch(key("ADDR#ada@example.com", "#", object{"trail": object{"M": object{"unmailed": number}}})), call: load, says: "attribute unmailed is not"},
		"kind":   {answer: batch(key("OTHER#ada@example.com", "#", nil)), call: load, says: "attribute pk is not"},
		"key":    {answer: object{"Item": key("KEY#k1", "#", object{"body_hash": number})}, call: keyOf, says: "attribute body_hash is not"},
		"cell":   {answer: object{"Item": key("PACE#invite", "#", object{"cut_to": object{"N": "much"}})}, call: cellOf, says: "attribute cut_to is not"},
		"sum":    {answer: object{"Item": key("COUNT#ada", "#", object{"spent": object{"S": "9"}})}, call: spentOf, says: "attribute spent is not"},
		"part":   {answer: object{"Items": list{key("REQ#r1", "ROWS#0000000009", object{"data": object{"S": "9"}})}}, call: partOf, says: "attribute data is not"},
		"due":    {answer: object{"Items": list{key("REQ#r1", "INV#0000000009", object{"round": object{"S": "9"}})}}, call: dueOf, says: "attribute round is not"},
		"open":   {answer: object{"Items": list{key("OTHER#r1", "#", nil)}}, call: openOf, says: "attribute pk is not"},
		"listed": {answer: object{"Items": list{key("OTHER#r1", "#", nil)}}, call: listOf, says: "attribute pk is not"},
		"lane":   {answer: object{"Attributes": key("PACE#invite", "#", object{"reserved": object{"S": "9"}})}, call: reserve, says: "attribute reserved is not"},
		"expiry": {answer: object{"Item": key("COUNT#ada", "#", object{"expires": object{"S": "9"}})}, call: spentOf, says: "attribute expires is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, _ := stubbed(awsstub.OK(c.answer))
				damaged(t, c.call(t.Context(), store), c.says, "the-table")
			})
		})
	}
}

// One damaged request in a list must stop neither the requeuer nor submissions,
// which count what is in flight: the others are returned with the error.
func TestListsLeaveOutWhatIsDamaged(t *testing.T) {
	t.Parallel()
	head := func(id string) object {
		return object{"pk": object{"S": "REQ#" + id}, "sk": object{"S": "#"}, "version": object{"N": "1"}}
	}
	broken := object{"pk": object{"S": "REQ#r2"}, "sk": object{"S": "#"}, "version": object{"S": "ada@example.com"}}
	stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
		switch body := string(call.Body); {
		case strings.Contains(body, "index1") && strings.Contains(body, "OPEN") && !strings.Contains(body, ":after"):
			return awsstub.OK(object{"Items": list{head("r1"), head("r2"), head("r3")}})
		case strings.Contains(body, "index1"):
			return awsstub.OK(object{"Items": list{}})
		case strings.Contains(body, "REQ#r2"):
			return awsstub.OK(object{"Items": list{broken}})
		case strings.Contains(body, "REQ#r1"):
			return awsstub.OK(object{"Items": list{head("r1")}})
		}
		return awsstub.OK(object{"Items": list{head("r3")}})
	})
	store := dynamostore.New(dynamodb.NewFromConfig(stub.Config()), "the-table")
	for name, read := range map[string]func(context.Context, string, int) ([]onboard.Request, error){"open": store.OpenRequests, "all": store.ListRequests} {
		found, err := read(t.Context(), "", 3)
		damaged(t, err, "reading request r2", "attribute version is not")
		var ids []string
		for _, r := range found {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, []string{"r1", "r3"}) {
			t.Errorf("%s: %q, want r1 and r3", name, ids)
		}
	}
}

func TestRowsComeBesideWhatIsDamaged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := storedRow(2)
		broken["due_at"] = object{"N": "99999999999999999999"}
		store, _ := stubbed(awsstub.OK(object{"Items": list{storedRow(1), broken, storedRow(3)}}))
		got, err := store.DueInvitations(t.Context(), anyTime, onboard.Due{}, 10)
		damaged(t, err, "listing due invitations", "attribute due_at is not")
		if len(got) != 2 || got[0].Row != 1 || got[1].Row != 3 {
			t.Errorf("%d invitations, want rows 1 and 3", len(got))
		}
	})
}

func batch(items ...any) object { return object{"Responses": object{"the-table": items}} }

func request(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Request(ctx, "r1")
	return err
}

func load(ctx context.Context, s *dynamostore.Store) error {
	_, _, err := s.Load(ctx, "r1", 5, "ada@example.com")
	return err
}

func claimsOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Claims(ctx, []string{"ada@example.com"})
	return err
}

func keyOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Key(ctx, "k1")
	return err
}

func spentOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Spent(ctx, "ada")
	return err
}

func partOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.ManifestPart(ctx, "r1", 0)
	return err
}

func dueOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.DueInvitations(ctx, anyTime, onboard.Due{}, 1)
	return err
}

func openOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.OpenRequests(ctx, "", 1)
	return err
}

func listOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.ListRequests(ctx, "", 1)
	return err
}

func reserve(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Reserve(ctx, "invite", onboard.Want{Span: time.Second})
	return err
}

func cellOf(ctx context.Context, s *dynamostore.Store) error {
	_, err := s.Cell(ctx, "invite")
	return err
}

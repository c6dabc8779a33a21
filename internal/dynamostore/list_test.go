package dynamostore_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

func TestTenThousandRowsAreListedInPages(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	const rows, page = 10_000, 1_000
	must(t, store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{
		RequestID: "r1", Row: 1, Person: onboard.Person{Cells: []string{strings.Repeat("x", 1100)}}, // a page is more than DynamoDB's 1 MB
	}}))
	wire.copyRow(t, rows)
	wire.take()
	after := 0
	for after < rows {
		list, err := store.ListInvitations(t.Context(), "r1", after, page)
		must(t, err)
		if len(list) != page {
			t.Fatalf("%d invitations after row %d, want %d", len(list), after, page)
		}
		for _, inv := range list {
			if after++; inv.Row != after || len(inv.Cells) != 1 {
				t.Fatalf("row %d with %d cells, want row %d with 1", inv.Row, len(inv.Cells), after)
			}
		}
	}
	if rest, err := store.ListInvitations(t.Context(), "r1", after, page); err != nil || len(rest) != 0 {
		t.Errorf("after the last: %d invitations, %v; want none", len(rest), err)
	}
	if calls := len(wire.take()); calls != 2*rows/page+1 {
		t.Errorf("%d calls, want two for each page of 1.1 MB and one that finds nothing", calls)
	}
}

// copyRow writes the table's only item again as each of the other rows, in
// batches: ten thousand saves would take the better part of a minute.
func (w *wire) copyRow(t *testing.T, rows int) {
	t.Helper()
	all, err := w.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &w.table})
	must(t, err)
	const perCall = 25 // Amazon DynamoDB API Reference, "BatchWriteItem"
	var puts []types.WriteRequest
	for row := 2; row <= rows; row++ {
		item := maps.Clone(all.Items[0])
		item["sk"] = &types.AttributeValueMemberS{Value: fmt.Sprintf("INV#%010d", row)}
		puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for batch := range slices.Chunk(puts, perCall) {
		out, err := w.client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{w.table: batch},
		})
		must(t, err)
		if len(out.UnprocessedItems) > 0 {
			t.Fatal("DynamoDB Local left items unprocessed")
		}
	}
}

func TestManyRequestsAreListedWithTheirTallies(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	var want []string
	for n := range 30 {
		id := fmt.Sprintf("r%02d", n)
		must(t, store.CreateRequest(t.Context(), onboard.Request{ID: id, Total: n}, nil))
		must(t, store.Save(t.Context(), onboard.Write{
			Invitation: onboard.Invitation{RequestID: id, Row: 1},
			Tally:      onboard.Tally{States: map[onboard.State]int{onboard.Invited: n + 1}},
		}))
		want = append([]string{id}, want...)
	}
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page, err := store.ListRequests(t.Context(), after, 7)
		must(t, err)
		for _, r := range page {
			if r.Tally.States[onboard.Invited] != r.Total+1 {
				t.Errorf("%s: %d counted, want %d", r.ID, r.Tally.States[onboard.Invited], r.Total+1)
			}
			got = append(got, r.ID)
		}
		if len(page) < 7 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
}

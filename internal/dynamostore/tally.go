package dynamostore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// tallyShards is how many items share the tally of one request. Transactions
// that meet on an item cancel each other. At 50 settled rows a second, 10 ms
// each, two meet on one of 16 items 3 times in 100; on a single item 50 times.
const tallyShards = 16

// tallyKept is how much longer than its rows a shard is kept. Nothing reads it
// once its request is gone, but a write cannot raise its expiry without
// sometimes lowering it, so the latest write leaves room for all the others.
const tallyKept = 30 * 24 * time.Hour

// A shard's attributes: a count for each state and code, and the latest change.
const (
	statePrefix   = "s_"
	codePrefix    = "c_"
	updatedAtName = "updated_at"
)

// addition is what a change adds to a request's tally.
type addition struct {
	key     item
	delta   onboard.Tally
	expires time.Time // of the row or request that changes with it
}

// addTo returns what adding delta for a row means. Neighboring rows, which one
// worker settles at one time, fall to different shards.
func addTo(id string, row int, delta onboard.Tally, expires time.Time) addition {
	return addition{tallyKey(id, row%tallyShards), delta, expires}
}

// empty reports whether no count changes.
func (a addition) empty() bool { return len(a.counts()) == 0 }

// counts returns the changes by attribute.
func (a addition) counts() map[string]int {
	counts := map[string]int{}
	for state, n := range a.delta.States {
		counts[statePrefix+string(state)] = n
	}
	for code, n := range a.delta.Codes {
		counts[codePrefix+string(code)] = n
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

// timing is whether an addition is the latest change to its shard.
type timing bool

const (
	latest    timing = true
	notLatest timing = false
)

// action returns the update that adds to the shard. As the latest change it also
// sets the shard's time, under the condition that the stored one is not later.
func (a addition) action(table string, when timing) types.TransactWriteItem {
	update := &types.Update{
		TableName: aws.String(table), Key: a.key,
		ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{},
	}
	var adds, sets []string
	counts := a.counts()
	for i, name := range slices.Sorted(maps.Keys(counts)) {
		update.ExpressionAttributeNames[fmt.Sprintf("#n%d", i)] = name
		update.ExpressionAttributeValues[fmt.Sprintf(":n%d", i)] = numberValue(int64(counts[name]))
		adds = append(adds, fmt.Sprintf("#n%d :n%d", i, i))
	}
	if !a.expires.IsZero() {
		update.ExpressionAttributeValues[":ttl"] = ttlValue(a.expires.Add(tallyKept))
		sets = append(sets, TTLAttribute+" = :ttl")
	}
	if when == latest && !a.delta.UpdatedAt.IsZero() {
		update.ExpressionAttributeValues[":at"] = timeValue(a.delta.UpdatedAt)
		update.ConditionExpression = aws.String("attribute_not_exists(updated_at) OR updated_at <= :at")
		sets = append(sets, updatedAtName+" = :at")
	}
	expression := "ADD " + strings.Join(adds, ", ")
	if len(sets) > 0 {
		expression += " SET " + strings.Join(sets, ", ")
	}
	update.UpdateExpression = aws.String(expression)
	return types.TransactWriteItem{Update: update}
}

// readShard returns the part of a tally that one shard keeps.
func readShard(f *fields) onboard.Tally {
	t := onboard.Tally{
		States: map[onboard.State]int{}, Codes: map[onboard.Code]int{},
		UpdatedAt: get(f, updatedAtName, instant),
	}
	for name := range f.item {
		if state, ok := strings.CutPrefix(name, statePrefix); ok {
			t.States[onboard.State(state)] = get(f, name, number)
		}
		if code, ok := strings.CutPrefix(name, codePrefix); ok {
			t.Codes[onboard.Code(code)] = get(f, name, number)
		}
	}
	return t
}

// trim drops counts that are zero again.
func trim(t onboard.Tally) onboard.Tally {
	maps.DeleteFunc(t.States, func(_ onboard.State, n int) bool { return n == 0 })
	maps.DeleteFunc(t.Codes, func(_ onboard.Code, n int) bool { return n == 0 })
	return t
}

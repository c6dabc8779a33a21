package dynamostore

import (
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item, or a map within one, as it is written. What is zero is left out.
type item map[string]types.AttributeValue

// Names of attributes that more than one file speaks of.
const (
	versionName = "version"
	expiresName = "expires"
	writeIDName = "write_id"
)

func (it item) text(name, value string) {
	if value != "" {
		it[name] = textValue(value)
	}
}

func (it item) bytes(name string, value []byte) {
	if len(value) > 0 {
		it[name] = &types.AttributeValueMemberB{Value: value}
	}
}

func (it item) number(name string, n int) {
	if n != 0 {
		it[name] = numberValue(int64(n))
	}
}

func (it item) real(name string, f float64) {
	if f != 0 {
		it[name] = realValue(f)
	}
}

func (it item) flag(name string, set bool) {
	if set {
		it[name] = &types.AttributeValueMemberBOOL{Value: true}
	}
}

func (it item) instant(name string, t time.Time) {
	if !t.IsZero() {
		it[name] = timeValue(t)
	}
}

// texts leaves out a nil list, not an empty one.
func (it item) texts(name string, list []string) {
	if list == nil {
		return
	}
	values := make([]types.AttributeValue, len(list))
	for i, s := range list {
		values[i] = textValue(s)
	}
	it[name] = &types.AttributeValueMemberL{Value: values}
}

// dict leaves out a nil map, not an empty one.
func (it item) dict(name string, dict map[string]string) {
	if dict == nil {
		return
	}
	values := make(item, len(dict))
	for k, s := range dict {
		values[k] = textValue(s)
	}
	it[name] = &types.AttributeValueMemberM{Value: values}
}

// nested leaves out a map without attributes.
func (it item) nested(name string, inner item) {
	if len(inner) > 0 {
		it[name] = &types.AttributeValueMemberM{Value: inner}
	}
}

// expiry sets when the item is gone, for us and for DynamoDB.
func (it item) expiry(t time.Time) {
	if !t.IsZero() {
		it[expiresName] = timeValue(t)
		it[TTLAttribute] = ttlValue(t)
	}
}

// index puts the item into the index.
func (it item) index(pk, sk string) {
	it.text(gsiPart, pk)
	it.text(gsiSort, sk)
}

// with returns a copy of it that has all attributes of other too.
func (it item) with(other item) item {
	joined := maps.Clone(it)
	maps.Copy(joined, other)
	return joined
}

func textValue(s string) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: s}
}

func numberValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func realValue(f float64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatFloat(f, 'f', -1, 64)}
}

func timeValue(t time.Time) types.AttributeValue { return numberValue(t.UnixNano()) }

// ttlValue rounds up, so that nothing is deleted before it has expired.
func ttlValue(t time.Time) types.AttributeValue {
	return numberValue(t.Add(time.Second - time.Nanosecond).Unix())
}

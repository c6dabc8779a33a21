package dynamostore

import (
	"maps"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item, or a map within one, as it is stored.
type item = map[string]types.AttributeValue

// Names of attributes that more than one file uses.
const (
	versionName = "version"
	expiresName = "expires"
	writeIDName = "write_id"
)

// with returns a copy of it that has all attributes of other too.
func with(it, other item) item {
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

func mapValue(m item) types.AttributeValue { return &types.AttributeValueMemberM{Value: m} }

func timeValue(t time.Time) types.AttributeValue { return numberValue(t.UnixNano()) }

// ttlValue rounds up, so that nothing is deleted before it has expired.
func ttlValue(t time.Time) types.AttributeValue {
	return numberValue(t.Add(time.Second - time.Nanosecond).Unix())
}

package dynamostore

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// kind is how values of one Go type are stored.
type kind[T any] struct {
	name  string                               // for error texts
	write func(T) types.AttributeValue         // nil for what is left out
	read  func(types.AttributeValue) (T, bool) // zero and false for what is stored otherwise
}

var text = kind[string]{
	name:  "a string",
	write: func(s string) types.AttributeValue { return unless(s == "", textValue(s)) },
	read: func(v types.AttributeValue) (string, bool) {
		s, ok := v.(*types.AttributeValueMemberS)
		if !ok {
			return "", false
		}
		return s.Value, true
	},
}

var binary = kind[[]byte]{
	name: "binary",
	write: func(b []byte) types.AttributeValue {
		return unless(len(b) == 0, &types.AttributeValueMemberB{Value: b})
	},
	read: func(v types.AttributeValue) ([]byte, bool) {
		b, ok := v.(*types.AttributeValueMemberB)
		if !ok {
			return nil, false
		}
		return b.Value, true
	},
}

var flag = kind[bool]{
	name:  "a boolean",
	write: func(set bool) types.AttributeValue { return unless(!set, &types.AttributeValueMemberBOOL{Value: true}) },
	read: func(v types.AttributeValue) (bool, bool) {
		b, ok := v.(*types.AttributeValueMemberBOOL)
		return ok && b.Value, ok
	},
}

var number = kind[int]{
	name:  "a whole number in range",
	write: func(n int) types.AttributeValue { return unless(n == 0, numberValue(int64(n))) },
	read: func(v types.AttributeValue) (int, bool) {
		n, ok := integer(v)
		return int(n), ok
	},
}

// numbers is a set of numbers, which are not in order.
var numbers = kind[[]int]{
	name: "a set of whole numbers",
	write: func(set []int) types.AttributeValue {
		values := make([]string, len(set))
		for i, n := range set {
			values[i] = strconv.Itoa(n)
		}
		return unless(len(set) == 0, &types.AttributeValueMemberNS{Value: values})
	},
	read: func(v types.AttributeValue) ([]int, bool) {
		stored, ok := v.(*types.AttributeValueMemberNS)
		if !ok {
			return nil, false
		}
		set := make([]int, len(stored.Value))
		for i, n := range stored.Value {
			var err error
			if set[i], err = strconv.Atoi(n); err != nil {
				return nil, false
			}
		}
		return set, true
	},
}

// instant is a time in nanoseconds since 1970.
var instant = kind[time.Time]{
	name:  number.name,
	write: func(t time.Time) types.AttributeValue { return unless(t.IsZero(), timeValue(t)) },
	read: func(v types.AttributeValue) (time.Time, bool) {
		n, ok := integer(v)
		if !ok {
			return time.Time{}, false
		}
		return time.Unix(0, n).UTC(), true
	},
}

var realNumber = kind[float64]{
	name:  "a number in range",
	write: func(x float64) types.AttributeValue { return unless(x == 0, realValue(x)) },
	read: func(v types.AttributeValue) (float64, bool) {
		n, ok := v.(*types.AttributeValueMemberN)
		if !ok {
			return 0, false
		}
		x, err := strconv.ParseFloat(n.Value, 64)
		return x, err == nil
	},
}

// texts leaves out a nil list, not an empty one.
var texts = kind[[]string]{
	name:  "a list of strings",
	write: func(list []string) types.AttributeValue { return listOf(list, textValue) },
	read:  func(v types.AttributeValue) ([]string, bool) { return elements(v, text.read) },
}

// items leaves out a nil list, not an empty one.
var items = kind[[]item]{
	name:  "a list of maps",
	write: func(list []item) types.AttributeValue { return listOf(list, mapValue) },
	read:  func(v types.AttributeValue) ([]item, bool) { return elements(v, attributes.read) },
}

// attributes leaves out a map that is empty.
var attributes = kind[item]{
	name:  "a map",
	write: func(m item) types.AttributeValue { return unless(len(m) == 0, mapValue(m)) },
	read: func(v types.AttributeValue) (item, bool) {
		m, ok := v.(*types.AttributeValueMemberM)
		switch {
		case !ok:
			return nil, false
		case m.Value == nil:
			return item{}, true
		}
		return m.Value, true
	},
}

var (
	dict    = dictOf[string]()
	notices = dictOf[onboard.NoticeKind]()
)

// dictOf is a map of strings. It leaves out a nil map, not an empty one.
func dictOf[K ~string]() kind[map[K]string] {
	return kind[map[K]string]{
		name: "a map of strings",
		write: func(dict map[K]string) types.AttributeValue {
			m := make(item, len(dict))
			for k, s := range dict {
				m[string(k)] = textValue(s)
			}
			return unless(dict == nil, mapValue(m))
		},
		read: func(v types.AttributeValue) (map[K]string, bool) {
			m, ok := attributes.read(v)
			dict := make(map[K]string, len(m))
			for k, v := range m {
				s, isText := text.read(v)
				dict[K(k)], ok = s, ok && isText
			}
			if !ok {
				return nil, false
			}
			return dict, true
		},
	}
}

// unless returns v, or nil where it is zero.
func unless(zero bool, v types.AttributeValue) types.AttributeValue {
	if zero {
		return nil
	}
	return v
}

func listOf[T any](list []T, write func(T) types.AttributeValue) types.AttributeValue {
	values := make([]types.AttributeValue, len(list))
	for i, each := range list {
		values[i] = write(each)
	}
	return unless(list == nil, &types.AttributeValueMemberL{Value: values})
}

func elements[T any](v types.AttributeValue, read func(types.AttributeValue) (T, bool)) ([]T, bool) {
	stored, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return nil, false
	}
	list := make([]T, len(stored.Value))
	for i, each := range stored.Value {
		if list[i], ok = read(each); !ok {
			return nil, false
		}
	}
	return list, true
}

func integer(v types.AttributeValue) (int64, bool) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	whole, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0, false
	}
	return whole, true
}

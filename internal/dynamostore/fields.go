package dynamostore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// fields reads an item. What is not there reads as zero; the first attribute of
// a wrong type is kept as err. Its text names the attribute and never a value.
type fields struct {
	item map[string]types.AttributeValue
	err  error
}

func read(stored map[string]types.AttributeValue) *fields { return &fields{item: stored} }

// gone reports whether there is no such item, or none any more.
func (f *fields) gone(now time.Time) bool {
	expires := f.instant(expiresName)
	return len(f.item) == 0 || !expires.IsZero() && !expires.After(now)
}

// version is the version of an item that must have one.
func (f *fields) version() int {
	v := f.number(versionName)
	if v < 1 {
		f.fault(versionName, "a version, which counts from 1")
	}
	return v
}

func (f *fields) text(name string) string {
	v, _ := value[*types.AttributeValueMemberS](f, name, "a string")
	if v == nil {
		return ""
	}
	return v.Value
}

func (f *fields) bytes(name string) []byte {
	v, _ := value[*types.AttributeValueMemberB](f, name, "binary")
	if v == nil {
		return nil
	}
	return v.Value
}

func (f *fields) number(name string) int {
	n, _ := f.integer(name)
	return int(n)
}

func (f *fields) real(name string) float64 {
	v, _ := value[*types.AttributeValueMemberN](f, name, "a number")
	if v == nil {
		return 0
	}
	n, err := strconv.ParseFloat(v.Value, 64)
	if err != nil {
		f.fault(name, "a number in range")
	}
	return n
}

func (f *fields) flag(name string) bool {
	v, _ := value[*types.AttributeValueMemberBOOL](f, name, "a boolean")
	return v != nil && v.Value
}

func (f *fields) instant(name string) time.Time {
	n, ok := f.integer(name)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func (f *fields) texts(name string) []string {
	values := f.list(name)
	if values == nil {
		return nil
	}
	texts := make([]string, len(values))
	for i, v := range values {
		s, ok := v.(*types.AttributeValueMemberS)
		if !ok {
			f.fault(name, "a list of strings")
			return nil
		}
		texts[i] = s.Value
	}
	return texts
}

func (f *fields) dict(name string) map[string]string {
	inner := f.nested(name)
	if inner.item == nil {
		return nil
	}
	dict := make(map[string]string, len(inner.item))
	for k, v := range inner.item {
		s, ok := v.(*types.AttributeValueMemberS)
		if !ok {
			f.fault(name, "a map of strings")
			return nil
		}
		dict[k] = s.Value
	}
	return dict
}

func (f *fields) list(name string) []types.AttributeValue {
	v, _ := value[*types.AttributeValueMemberL](f, name, "a list")
	if v == nil {
		return nil
	}
	if v.Value == nil {
		return []types.AttributeValue{}
	}
	return v.Value
}

// nested returns the map of that name; its item is nil where there is none.
func (f *fields) nested(name string) *fields {
	v, ok := value[*types.AttributeValueMemberM](f, name, "a map")
	switch {
	case !ok:
		return read(nil)
	case v.Value == nil:
		return read(item{})
	}
	return read(v.Value)
}

// integer returns a whole number; ok is false where there is none.
func (f *fields) integer(name string) (n int64, ok bool) {
	v, _ := value[*types.AttributeValueMemberN](f, name, "a number")
	if v == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		f.fault(name, "a whole number in range")
		return 0, false
	}
	return n, true
}

// suffix is what follows the prefix in a key.
func (f *fields) suffix(name, prefix string) string {
	rest, ok := strings.CutPrefix(f.text(name), prefix)
	if !ok {
		f.fault(name, "a key that begins with "+prefix)
	}
	return rest
}

func (f *fields) fault(name, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("attribute %s is not %s", name, want)
	}
}

// inherit keeps the fault of a map within f.
func (f *fields) inherit(inner *fields) {
	if f.err == nil {
		f.err = inner.err
	}
}

// value returns the attribute if it is there and of type T.
func value[T types.AttributeValue](f *fields, name, want string) (T, bool) {
	var none T
	stored, ok := f.item[name]
	if !ok {
		return none, false
	}
	v, ok := stored.(T)
	if !ok {
		f.fault(name, want)
		return none, false
	}
	return v, true
}

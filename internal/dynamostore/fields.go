package dynamostore

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// fields goes over the attributes of an item, or of a map within one, and either
// writes or reads them. So each type has one list of its attributes: a function
// that takes fields and a pointer to the value.
//
// Writing leaves out what is zero. Reading begins with a zero value, and what is
// not there stays zero; the first attribute of a wrong type is kept as err, whose
// text names the attribute and never a value.
type fields struct {
	item    item
	writing bool
	absent  []string // what writing left out
	err     error
}

// onto writes to an item.
func onto(it item) *fields { return &fields{item: it, writing: true} }

// from reads an item.
func from(stored item) *fields { return &fields{item: stored} }

func (f *fields) text(name string, v *string)            { field(f, name, v, text) }
func (f *fields) bytes(name string, v *[]byte)           { field(f, name, v, binary) }
func (f *fields) number(name string, v *int)             { field(f, name, v, number) }
func (f *fields) real(name string, v *float64)           { field(f, name, v, realNumber) }
func (f *fields) flag(name string, v *bool)              { field(f, name, v, flag) }
func (f *fields) instant(name string, v *time.Time)      { field(f, name, v, instant) }
func (f *fields) texts(name string, v *[]string)         { field(f, name, v, texts) }
func (f *fields) dict(name string, v *map[string]string) { field(f, name, v, dict) }
func (f *fields) attributes(name string, v *item)        { field(f, name, v, attributes) }

func field[T any](f *fields, name string, v *T, k kind[T]) {
	if f.writing {
		f.set(name, k.write(*v))
	} else {
		*v = get(f, name, k)
	}
}

// version is the version of an item that must have one. It is written as the next.
func (f *fields) version(v *int) {
	if f.writing {
		f.set(versionName, numberValue(int64(*v+1)))
		return
	}
	if f.number(versionName, v); *v < 1 {
		f.fault(versionName, "a version, which counts from 1")
	}
}

// expiry is when the item is gone, for us and for DynamoDB.
func (f *fields) expiry(t *time.Time) {
	f.instant(expiresName, t)
	if f.writing && !t.IsZero() {
		f.set(TTLAttribute, ttlValue(*t))
	}
}

// nested is a map of attributes, left out where it has none.
func (f *fields) nested(name string, inner func(*fields)) {
	var m item
	if f.writing {
		m = written(inner)
		f.attributes(name, &m)
		return
	}
	f.attributes(name, &m)
	f.within(m, inner)
}

// optional is a map of attributes that is there, if only empty, where v points to
// something.
func optional[T any](f *fields, name string, v **T, inner func(*fields, *T)) {
	if f.writing {
		if *v != nil {
			f.set(name, mapValue(written(func(in *fields) { inner(in, *v) })))
		}
		return
	}
	if m := get(f, name, attributes); m != nil {
		*v = new(T)
		f.within(m, func(in *fields) { inner(in, *v) })
	}
}

// records is a list of maps of attributes. A nil list is left out, not an empty one.
func records[T any](f *fields, name string, v *[]T, inner func(*fields, *T)) {
	var maps []item
	if !f.writing {
		if maps = get(f, name, items); maps != nil {
			*v = make([]T, len(maps))
		}
		for i := range maps {
			f.within(maps[i], func(in *fields) { inner(in, &(*v)[i]) })
		}
		return
	}
	if *v != nil {
		maps = make([]item, len(*v))
	}
	for i := range maps {
		maps[i] = written(func(in *fields) { inner(in, &(*v)[i]) })
	}
	field(f, name, &maps, items)
}

func written(inner func(*fields)) item {
	in := onto(item{})
	inner(in)
	return in.item
}

// within reads a map within f, and keeps its fault.
func (f *fields) within(m item, inner func(*fields)) {
	in := from(m)
	if inner(in); f.err == nil {
		f.err = in.err
	}
}

// set writes an attribute; nil is left out.
func (f *fields) set(name string, v types.AttributeValue) {
	if v == nil {
		f.absent = append(f.absent, name)
	} else {
		f.item[name] = v
	}
}

// get reads one attribute.
func get[T any](f *fields, name string, k kind[T]) (v T) {
	stored, ok := f.item[name]
	if !ok {
		return v
	}
	if v, ok = k.read(stored); !ok {
		f.fault(name, k.name)
	}
	return v
}

// gone reports whether there is no such item, or an expired one.
func (f *fields) gone(now time.Time) bool {
	expires := get(f, expiresName, instant)
	return len(f.item) == 0 || !expires.IsZero() && !expires.After(now)
}

// writeID is the random id of the write that the item is from.
func (f *fields) writeID() string { return get(f, writeIDName, text) }

// suffix is what follows the prefix in a key.
func (f *fields) suffix(name, prefix string) string {
	rest, ok := strings.CutPrefix(get(f, name, text), prefix)
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

package intake

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"usher.example/internal/onboard"
)

const sendUsers = `Send {"users": [...]}, an array of users, or one user with an "email".`

// jsonReader reads users out of JSON: the document around them here, a single one
// in user.go.
type jsonReader struct {
	decoder

	out     *collector
	user    user
	unknown unknownFields
	foreign foreignSystem
}

func (c *collector) newJSONReader() *jsonReader {
	r := &jsonReader{decoder: newDecoder(c.limits.Depth), out: c}
	c.pointer = r.pointer
	return r
}

// readJSON reads a whole document: an array of users, an object that holds one
// under "users", or one user.
func (c *collector) readJSON(text string) error {
	c.expect(strings.Count(text, "{"))
	r := c.newJSONReader()
	r.read(text, 1)
	if err := r.document(); err != nil {
		return err
	}
	if err := r.notUnderstood(); err != nil {
		return err
	}
	return r.end("For one object a line, send it as application/x-ndjson.")
}

// readNDJSON reads a user a line. Rows are numbered by line.
func (c *collector) readNDJSON(text string) error {
	c.expect(strings.Count(text, "\n") + 1)
	r := c.newJSONReader()
	number := 0
	for line := range strings.Lines(text) {
		number++
		if strings.Trim(line, blanks) == "" {
			continue
		}
		r.read(strings.TrimRight(line, "\r\n"), number)
		if err := r.oneUser(number); err != nil {
			return err
		}
		if err := r.notUnderstood(); err != nil {
			return err
		}
		if err := r.end("Put every user on a line of its own."); err != nil {
			return err
		}
	}
	return nil
}

// end makes sure that nothing follows the value.
func (r *jsonReader) end(fix string) error {
	if !r.atEnd() {
		return r.place(r.next()).malformed(CodeTrailingData, "There is more after the end of the JSON. %s", fix)
	}
	return nil
}

func (r *jsonReader) document() error {
	switch r.PeekKind() {
	case jsontext.KindBeginArray:
		return r.users()
	case jsontext.KindBeginObject:
		return r.wrapper()
	case jsontext.KindString:
		return r.oneUser(1)
	}
	at := r.next()
	if err := r.skip(); err != nil {
		return err
	}
	return r.place(at).malformed(CodeWrongNesting, "The body is neither an array nor an object. %s", sendUsers)
}

// wrapper reads the object of a document. It is the one around the users or, if
// it has no "users", a user itself.
func (r *jsonReader) wrapper() error {
	var users, single bool
	err := r.object(func(key string) error {
		switch {
		case key == "label":
			return r.label()
		case key == "defaults":
			return r.defaults()
		case !single && listOfUsers(key) && (key == "users" || r.PeekKind() == jsontext.KindBeginArray):
			users = true
			return r.users()
		case morePages(key):
			r.out.warn(key, "%s says that there are more users than are in this document. Send the other pages too.", quoted(key))
			return r.skip()
		case key == "realm" || key == "kind":
			return r.skipUnknown(key, `Beside "users" there are only "label" and "defaults".`)
		case users && strings.HasPrefix(key, "@odata."):
			return r.skip()
		case !users && !single && strings.HasPrefix(key, "@odata."):
			return r.skip()
		case users:
			return r.skipUnknown(key, `Beside "users" there are only "label" and "defaults".`, "users", "label", "defaults")
		case !single && !userField(key):
			return r.skipUnknown(key, sendUsers, append(userFields(), "users", "label")...)
		case !single:
			single = true
			if err := r.begin(1); err != nil {
				return err
			}
		}
		return r.field(key)
	})
	switch {
	case err != nil:
		return err
	case single:
		return r.finishAll()
	case r.unknown.count > 0:
		return r.notUnderstood()
	case !users:
		return malformed(CodeNoRows, `The object has no "users". %s`, sendUsers)
	}
	return nil
}

// listOfUsers reports whether a key holds the users of a document: ours, or that of
// the AWS command line or of Microsoft Graph.
func listOfUsers(key string) bool { return key == "users" || key == "Users" || key == "value" }

// morePages reports whether a key says that the document is not the whole list.
func morePages(key string) bool {
	return key == "PaginationToken" || key == "NextToken" || key == "@odata.nextLink" || key == "nextPageToken"
}

// notUnderstood refuses a document with fields that mean nothing here.
func (r *jsonReader) notUnderstood() error {
	switch {
	case r.unknown.count == 0:
		return nil
	case r.foreign != "":
		return r.unknown.first.malformed(CodeUnknownField, "%s", string(r.foreign))
	}
	return r.unknown.err()
}

// defaults reads what is for all users that do not say otherwise.
func (r *jsonReader) defaults() error {
	if r.PeekKind() == jsontext.KindNull {
		return r.skip()
	}
	if r.PeekKind() != jsontext.KindBeginObject {
		return r.mustBe(CodeWrongNesting, `"defaults" must be an object`)
	}
	kept, user, pairs := r.out.row, r.user, slices.Clone(r.out.pairs)
	r.out.row, r.out.pairs = onboard.Row{}, nil
	err := r.object(func(key string) error {
		switch key {
		case "groups", "group":
			return r.groups()
		case "attributes":
			return r.attributes()
		}
		return r.skipUnknown(key, `"defaults" has groups and attributes.`, "groups", "attributes")
	})
	fault, pointer := r.out.row.Fault, r.pointer()
	if len(r.out.row.Groups) > 0 {
		r.out.options.Groups = r.out.row.Groups
	}
	r.out.options.Attributes = merged(r.out.options.Attributes, attributes(r.out.pairs))
	r.out.row, r.user, r.out.pairs = kept, user, pairs
	if err == nil && fault != nil {
		e := malformed(CodeDefaultsInvalid, "defaults: %s", fault.Detail)
		e.Pointer = pointer
		return e
	}
	return err
}

// merged gives a with what b has beside it.
func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(b)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, a)
	return all
}

func (r *jsonReader) label() error {
	if kind := r.PeekKind(); kind != jsontext.KindString && kind != jsontext.KindNull {
		return r.mustBe(CodeLabelInvalid, `"label" must be a string`)
	}
	text, err := r.scalar()
	if err != nil {
		return err
	}
	if err := r.out.label(text); err != nil {
		err.Pointer = r.pointer()
		return err
	}
	return nil
}

func (r *jsonReader) users() error {
	if r.PeekKind() != jsontext.KindBeginArray {
		return r.mustBe(CodeWrongNesting, `"users" must be an array`)
	}
	number := 0
	return r.array(func() error {
		number++
		return r.oneUser(number)
	})
}

// mustBe refuses the next value for its type. Broken JSON is reported first.
func (r *jsonReader) mustBe(code, what string) error {
	kind, at := r.kind(), r.next()
	if err := r.skip(); err != nil {
		return err
	}
	return r.place(at).malformed(code, "%s, not %s.", what, kind)
}

// wrongType marks the row for the type of the next value, and reads past it.
func (r *jsonReader) wrongType(code onboard.Code, what string) error {
	kind := r.kind()
	if err := r.skip(); err != nil {
		return err
	}
	r.out.fault(code, "%s, not %s.", what, kind)
	return nil
}

// maxUnknown is how many unknown fields a refusal names.
const maxUnknown = 50

// unknownFields are the keys of a user, or of the object around the users, that
// mean nothing here. They are reported together, so that people fix them at once.
type unknownFields struct {
	count int
	first place
	names []string // as they appear in the text, at most [maxUnknown]
	more  int      // beside those
	fix   string   // for the first that resembles no known field
}

// skipUnknown notes a key and reads past its value. Fix is for one that resembles
// none of the known.
func (r *jsonReader) skipUnknown(key, fix string, known ...string) error {
	u := &r.unknown
	name := quoted(key)
	if i := slices.IndexFunc(known, func(k string) bool { return fold(k) == fold(key) || fold(k) == fold(key)+"s" }); i >= 0 {
		name += " (write it " + quoted(known[i]) + ")"
	} else if u.fix == "" {
		u.fix = fix
	}
	r.foreign = cmp.Or(r.foreign, foreignByKey(key))
	if u.count++; u.count == 1 {
		u.first = r.place(r.next())
	}
	if len(u.names) < maxUnknown && !slices.Contains(u.names, name) {
		u.names = append(u.names, name)
	} else if !slices.Contains(u.names, name) {
		u.more++
	}
	return r.skip()
}

func (u *unknownFields) err() error {
	names := strings.Join(u.names, ", ")
	if u.more > 0 {
		names += fmt.Sprintf(" and %d more", u.more)
	}
	text := "Unknown field " + names + "."
	if len(u.names)+u.more > 1 {
		text = "Unknown fields " + names + "."
	}
	if u.fix != "" {
		text += " " + u.fix
	}
	return u.first.malformed(CodeUnknownField, "%s", text)
}

package intake

import (
	"net/url"
	"strings"
)

// readForm reads application/x-www-form-urlencoded: email, as often as needed,
// and one label. url.ParseQuery is not used because it stops at 10,000 fields,
// which a full body with a label exceeds.
func (c *collector) readForm(text string) error {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text[:1], "{[") {
		return malformed(CodeFormSyntax, "The body looks like JSON. Send it with Content-Type: application/json.")
	}
	number, labels := 0, 0
	for field := range strings.SplitSeq(text, "&") {
		if field == "" {
			continue
		}
		name, value, err := formField(field)
		if err != nil {
			return err
		}
		switch name {
		case "email":
			number++
			if err := c.start(number); err != nil {
				return err
			}
			c.address("", value)
			c.finish()
		case "label":
			if labels++; labels > 1 {
				return malformed(CodeDuplicateKey, "The field label appears twice. Keep one.")
			}
			if err := c.label(value); err != nil {
				return err
			}
		default:
			return malformed(CodeUnknownField, "Unknown field %s. A form has email, as often as needed, and label.", quoted(name))
		}
	}
	return nil
}

func formField(field string) (name, value string, err error) {
	name, value, _ = strings.Cut(field, "=")
	name, err = url.QueryUnescape(name)
	if err == nil {
		value, err = url.QueryUnescape(value)
	}
	if err != nil {
		return "", "", malformed(CodeFormSyntax, "A percent sign in the form begins no escape. Write %%25 for a percent sign.")
	}
	if strings.ToValidUTF8(name, "") != name || strings.ToValidUTF8(value, "") != value {
		return "", "", malformed(CodeNotUTF8, "A field of the form is not UTF-8. Escape the bytes of UTF-8.")
	}
	return name, value, nil
}

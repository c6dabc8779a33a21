package installation

import (
	"fmt"
	"strings"
)

// Values are the lines of a file of values, by name.
type Values map[string]string

// ParseValues reads a file of values: one Name=value per line. The value extends to
// the end of the line, without quotes. Empty lines and lines that begin with # are
// ignored.
func ParseValues(text string) (Values, error) {
	values := Values{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch _, twice := values[name]; {
		case !ok || name == "":
			return nil, fmt.Errorf("line %d is not Name=value", i+1)
		case twice:
			return nil, fmt.Errorf("line %d gives %s a second time", i+1, name)
		case strings.Contains(value, `\`):
			return nil, fmt.Errorf("line %d: %s has a backslash, which SAM cannot pass on", i+1, name)
		}
		values[name] = value
	}
	return values, nil
}

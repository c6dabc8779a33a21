package xlsx

import "strings"

// condition is the [<=9999999] of a section.
type condition struct {
	operator string
	value    float64
}

// sectionFor chooses the section for a number. sign says whether the number's
// minus is still to be written.
func (f *numberFormat) sectionFor(value float64) (s *section, sign bool) {
	n := len(f.numbers)
	if n == 0 {
		return f.text, value < 0
	}
	for i := range f.numbers {
		s := &f.numbers[i]
		if s.condition.operator != "" {
			if s.condition.holds(value) {
				return s, value < 0 && !s.condition.negative()
			}
			continue
		}
		switch {
		case i == 0 && (n == 1 || value > 0 || value == 0 && n == 2):
			return s, value < 0
		case i == 1 && f.numbers[0].condition.operator == "" && value < 0:
			return s, false
		case i == 1 && f.numbers[0].condition.operator != "" && n == 2, i == 2:
			return s, value < 0
		}
	}
	return nil, value < 0
}

func (c condition) holds(value float64) bool {
	switch c.operator {
	case "<":
		return value < c.value
	case "<=":
		return value <= c.value
	case ">":
		return value > c.value
	case ">=":
		return value >= c.value
	case "=":
		return value == c.value
	}
	return value != c.value
}

// negative reports whether the section is for negative numbers alone. Such a
// section says itself how they are marked.
func (c condition) negative() bool { return strings.HasPrefix(c.operator, "<") && c.value <= 0 }

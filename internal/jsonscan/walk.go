package jsonscan

import "errors"

// maxDepth is how many objects and arrays inside one another [Scanner.Skip]
// takes: more than anybody writes, and few enough for the stack.
const maxDepth = 1000

// Object has visit read the value of each member of the object that begins
// here. Names may stand twice.
func (s *Scanner) Object(visit func(name string) error) error {
	if err := s.Expect('{', "an object"); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := s.more('}', first); err != nil || !more {
			return err
		}
		name, err := s.name()
		if err != nil {
			return err
		}
		if err := visit(name); err != nil {
			return err
		}
	}
}

// Array has visit read each value of the array that begins here.
func (s *Scanner) Array(visit func() error) error {
	if err := s.Expect('[', "an array"); err != nil {
		return err
	}
	for first := true; ; first = false {
		if more, err := s.more(']', first); err != nil || !more {
			return err
		}
		if err := visit(); err != nil {
			return err
		}
	}
}

// more moves to what the object or array holds next, or gives false at its end.
func (s *Scanner) more(end byte, first bool) (bool, error) {
	s.Space()
	switch {
	case s.Peek() == end:
		s.At++
		return false, nil
	case first:
		return true, nil
	}
	err := s.Expect(',', "a comma or the end")
	s.Space()
	return true, err
}

// name reads a member's name up to its value.
func (s *Scanner) name() (string, error) {
	if s.Peek() != '"' {
		return "", s.Unexpected("a name in double quotes")
	}
	name, err := s.String()
	if err != nil {
		return "", err
	}
	s.Space()
	err = s.Expect(':', "a colon")
	s.Space()
	return name, err
}

// Skip moves past any value.
func (s *Scanner) Skip() error { return s.skip(maxDepth) }

func (s *Scanner) skip(depth int) (err error) {
	if depth == 0 {
		return errors.New("too many objects and arrays inside one another")
	}
	switch s.Peek() {
	case '{':
		err = s.Object(func(string) error { return s.skip(depth - 1) })
	case '[':
		err = s.Array(func() error { return s.skip(depth - 1) })
	case '"':
		_, err = s.String()
	default:
		_, err = s.Scalar()
	}
	return err
}

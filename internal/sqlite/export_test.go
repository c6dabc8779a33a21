package sqlite

import "strconv"

// What the tests of this package look into.

// LimitSize has the state's disk be full once the file has so many pages.
func (s *State) LimitSize(pages int) error {
	return s.state.writer.do(background, func(st *statements) error {
		var now int
		_, err := st.one(background, into(&now), "PRAGMA max_page_count = "+strconv.Itoa(pages))
		return err
	})
}

// Change runs a statement on the state's file, as a fault would.
func (s *State) Change(statement string, args ...any) error {
	return s.state.writer.do(background, func(st *statements) error {
		_, err := st.exec(background, statement, args...)
		return err
	})
}

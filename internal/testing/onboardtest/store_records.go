package onboardtest

import "usher.example/internal/onboard"

var recordCases = []contract[onboard.Store]{
	{"ARecordComesBackAsItWasSaved", func(c *caseT, s onboard.Store) {
		none, err := s.Record(c.Context(), "signins/r1")
		c.must(err)
		c.same("a record that was never saved", none, onboard.Record{Name: "signins/r1"})
		want := onboard.Record{Name: "signins/r1", Data: []byte("{\"a\":1}"), ExpiresAt: Expiry()}
		c.must(s.SaveRecord(c.Context(), want))
		c.must(s.SaveRecord(c.Context(), onboard.Record{Name: "scans", Data: []byte("other")}))
		want.Version = 1
		c.record(s, want)
		c.record(s, onboard.Record{Name: "scans", Data: []byte("other"), Version: 1})
		want.Data = make([]byte, 170_000) // a million rows, a bit each, as text
		for i := range want.Data {
			want.Data[i] = 'A' + byte(i%26)
		}
		c.must(s.SaveRecord(c.Context(), want))
		want.Version = 2
		c.record(s, want)
	}},

	{"ARecordIsPinnedToWhatWasRead", func(c *caseT, s onboard.Store) {
		r := onboard.Record{Name: "scans", Data: []byte("one")}
		c.must(s.SaveRecord(c.Context(), r))
		c.is("a second first version", s.SaveRecord(c.Context(), r), onboard.ErrConflict)
		r.Version = 7
		c.is("a version that nobody wrote", s.SaveRecord(c.Context(), r), onboard.ErrConflict)
		r.Version = 1
		c.record(s, r)
		c.oneWins(func(i int) error {
			return s.SaveRecord(c.Context(), onboard.Record{Name: "scans", Data: []byte{byte('a' + i)}, Version: 1})
		})
	}},

	{"ARecordThatHasExpiredIsNoneAndCanBeSavedAgain", func(c *caseT, s onboard.Store) {
		r := onboard.Record{Name: "signins/r1", Data: []byte("one"), ExpiresAt: Now().Add(-1)}
		c.must(s.SaveRecord(c.Context(), r))
		c.record(s, onboard.Record{Name: r.Name})
		r.ExpiresAt = Expiry()
		c.must(s.SaveRecord(c.Context(), r))
		r.Version = 1
		c.record(s, r)
	}},
}

// record checks what is stored under the name of want.
func (c *caseT) record(s onboard.Store, want onboard.Record) {
	c.Helper()
	got, err := s.Record(c.Context(), want.Name)
	c.must(err)
	c.same("record", got, want)
}

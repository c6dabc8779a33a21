package xlsx

import (
	"math"
	"strings"
	"time"
)

// Serial numbers of days (ECMA-376 Part 1, 18.17.4).
const (
	maxSerial   = 2_958_466 // the day after 9999-12-31 in the system of 1900
	no29thOf    = 60        // 1900-02-29, which Excel has and the calendar does not
	days1904    = 1_462     // by which the system of 1904 begins later
	secondsADay = 24 * 60 * 60
)

// serialDate gives the date of a serial number, with its time if hours are shown
// and it is not midnight. ok is false for a number that is no date.
func serialDate(serial float64, date1904, hours bool) (text string, ok bool) {
	first, last := 1.0, float64(maxSerial)
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		first, last = 0, maxSerial-days1904
		epoch = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	case serial < no29thOf:
		epoch = epoch.AddDate(0, 0, 1)
	case serial < no29thOf+1:
		return "", false
	}
	if serial < first || serial >= last {
		return "", false
	}
	day, part := math.Modf(serial)
	at := epoch.AddDate(0, 0, int(day)).Add(time.Duration(math.Round(part*secondsADay)) * time.Second)
	return dateText(at, hours), at.Year() <= 9999
}

func dateText(at time.Time, hours bool) string {
	if hours && at.Hour()+at.Minute()+at.Second() > 0 {
		return at.Format("2006-01-02T15:04:05")
	}
	return at.Format(time.DateOnly)
}

// isoDate gives the date of a cell that holds it as text (type d, ISO 8601).
func isoDate(raw string, f *numberFormat) (text string, ok bool) {
	date, hours := f.isDate()
	raw = strings.TrimSpace(raw)
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", time.RFC3339, "2006-01-02 15:04:05", "20060102"} {
		if at, err := time.Parse(layout, raw); err == nil {
			return dateText(at.Round(time.Second), hours || !date), true
		}
	}
	return "", false
}

package onboard

// What the tests of waiting hold to its tables.
var (
	Backoff     = backoff
	Patience    = patience
	NextMailDay = nextMailDay
)

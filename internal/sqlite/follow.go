package sqlite

import (
	"time"

	"usher.example/internal/onboard"
)

// moveMessages keeps the time that hidden messages have left.
const moveMessages = "UPDATE messages SET visible = visible + ? WHERE queue = ? AND state > 0"

// follow has the state's times follow a clock that was moved: while a call is under way
// its claim is held, its trail is open and its message hidden, whatever the time of day
// says.
//
// What it changes gets a new version. A reader who judged the old times by the new clock
// can write nothing then; nor can the one who holds the claim, whose message comes again.
func follow(s *statements, by time.Duration) error {
	for _, queue := range []int{mainQueue, deadLetterQueue} {
		if _, err := s.exec(background, moveMessages, int64(by), queue); err != nil {
			return err
		}
	}
	before := s.clock.wall().Add(-by)
	claims, err := claimsUnderWay(s)
	if err != nil {
		return err
	}
	for _, c := range claims {
		if !c.Until.After(before) && !c.Trail.To.After(before) {
			continue
		}
		if c = c.Moved(by); err == nil {
			err = putClaimBody(s, c, claimBody(c))
		}
	}
	if err != nil {
		return err
	}
	return followSubmissions(s, by, before)
}

func followSubmissions(s *statements, by time.Duration, before time.Time) error {
	open, err := list(background, s, 1<<31-1, scanRequest, selectOpenRequests, "", s.now())
	var damaged damages
	if err != nil && !damaged.take(err) {
		return err
	}
	for _, r := range open {
		if !r.AcceptedUntil.After(before) && (r.PutBack == nil || !r.PutBack.At.After(before)) {
			continue
		}
		r = r.Moved(by)
		if err := putRequestBody(s, r, requestBody(r)); err != nil {
			return err
		}
	}
	return nil
}

// followPace is follow for the pace.
func followPace(s *statements, by time.Duration) error {
	return eachCell(s, func(c onboard.Cell) onboard.Cell { return c.Moved(s.clock.wall(), by) })
}

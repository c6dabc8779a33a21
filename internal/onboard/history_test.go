package onboard

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAClaimKeepsItsLatestTouchesAndMails(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	mail := func(i int) Touch {
		return Touch{RequestID: fmt.Sprint("mail", i), Row: 1, At: begin.Add(time.Duration(i) * time.Hour), MailAfter: begin.Add(time.Duration(i)*time.Hour - time.Minute)}
	}
	other := func(i int) Touch {
		return Touch{RequestID: fmt.Sprint("other", i), Row: 1, At: begin.Add(time.Duration(i) * time.Hour)}
	}
	var c Claim
	for i := range 5 {
		c.touch(mail(i))
	}
	for i := range 20 {
		c.touch(other(10 + i))
		c.touch(other(10 + i)) // the same row again takes its own place
	}
	want := []Touch{mail(2), mail(3), mail(4)}
	for i := 13; i < 20; i++ {
		want = append(want, other(10+i))
	}
	if diff := cmp.Diff(want, c.History); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	before := c
	c.touch(mail(40))
	if before.History[0] != mail(2) {
		t.Error("a touch changed the history of a copy")
	}
	c.touch(mail(40))
	if last := c.History[len(c.History)-2:]; last[0] != mail(40) || last[1] != mail(40) {
		t.Errorf("a second mail of one row took the place of the first: %+v", last)
	}
}

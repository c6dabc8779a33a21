package onboardtest

import (
	"fmt"
	"maps"

	"usher.example/internal/onboard"
)

var findCases = []contract[PoolHarness]{
	{"FindNobodyIsAnEmptyList", func(c *caseT, h PoolHarness) {
		c.seeded(h, bob, false)
		c.look(h, bob)
		c.finds(h, ann, 0)
	}},

	{"FindShowsTheUserAndNoOther", func(c *caseT, h PoolHarness) {
		c.seeded(h, ann, false)
		c.seeded(h, bob, true)
		u, other := c.look(h, ann), c.look(h, bob)
		found := c.finds(h, ann, 1)[0]
		c.same("user", found.Sub, u.Sub)
		c.same("standing", found.Standing, onboard.StandingWaiting)
		c.same("enabled", found.Enabled, true)
		c.same("created", found.CreatedAt.UTC(), u.CreatedAt.UTC())
		found = c.finds(h, bob, 1)[0]
		c.same("the other user", found.Sub, other.Sub)
		c.same("the other's standing", found.Standing, onboard.StandingSignedIn)
	}},

	{"FindTakesAnAddressWithQuotesAsItIs", func(c *caseT, h PoolHarness) {
		c.seeded(h, bob, false)
		c.look(h, bob)
		for _, odd := range []string{`"ann" or email = "` + bob + `"`, `ann\`, `"`, bob + `\"`} {
			c.finds(h, odd, 0)
		}
	}},

	{"WaitingListsThoseWhoHaveNotSignedInPageByPage", func(c *caseT, h PoolHarness) {
		c.need(h.Directory != nil, "Directory")
		want := map[string]string{}
		for i := range 70 {
			email := fmt.Sprintf("waiting-%02d@example.com", i)
			c.seeded(h, email, false)
			want[email] = c.look(h, email).Sub
		}
		c.seeded(h, bob, true)
		pages := 0
		c.eventually("the list has all who wait", func() bool {
			got := map[string]string{}
			for token, more := "", true; more; pages++ {
				users, next, err := h.Directory.Waiting(c.Context(), token)
				c.must(err)
				for _, u := range users {
					got[u.Email] = u.Sub
				}
				token, more = next, next != ""
			}
			return maps.Equal(got, want)
		})
		if pages < 2 {
			c.Errorf("70 users in %d pages, want 2: a page has 60 at most", pages)
		}
	}},

	{"WaitingTakesNoTokenOfAnother", func(c *caseT, h PoolHarness) {
		c.need(h.Directory != nil, "Directory")
		_, _, err := h.Directory.Waiting(c.Context(), "no such token")
		c.is("a token that is none", err, onboard.ErrMisconfigured)
	}},

	{"WaitingFailsAsThePoolDoes", func(c *caseT, h PoolHarness) {
		c.need(h.Directory != nil, "Directory")
		for fault, class := range map[Fault]error{CallsThrottled: onboard.ErrThrottled, PoolUnfit: onboard.ErrMisconfigured, CallsLost: onboard.ErrUnclear} {
			c.broken(h, fault)
			_, _, err := h.Directory.Waiting(c.Context(), "")
			c.answered(string(fault), err, class, ann)
		}
	}},

	{"FindFailsAsThePoolDoes", func(c *caseT, h PoolHarness) {
		c.need(h.Directory != nil, "Directory")
		for fault, class := range map[Fault]error{CallsThrottled: onboard.ErrThrottled, PoolUnfit: onboard.ErrMisconfigured, CallsLost: onboard.ErrUnclear} {
			c.broken(h, fault)
			_, err := h.Directory.Find(c.Context(), ann)
			c.answered(string(fault), err, class, ann)
		}
	}},
}

// finds returns the users of an address, of whom there are so many. A pool may need a
// moment to list them.
func (c *caseT) finds(h PoolHarness, email string, want int) (found []onboard.FoundUser) {
	c.Helper()
	c.need(h.Directory != nil, "Directory")
	err := error(nil)
	found, err = h.Directory.Find(c.Context(), email)
	c.must(err)
	if c.different {
		c.same("users of "+email, len(found), want)
		if len(found) != want {
			c.Fatalf("%d users, want %d", len(found), want)
		}
		return found
	}
	c.eventually("the list has the users", func() bool {
		found, err = h.Directory.Find(c.Context(), email)
		c.must(err)
		return len(found) == want
	})
	return found
}

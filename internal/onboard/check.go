package onboard

import (
	"context"
	"slices"
	"sync"
)

// Check returns j with what only a dry run shows: who was invited from here before,
// and warnings about domains that may be typos, or take no mail. It stores nothing.
// What cannot be found out is missing; it takes five seconds at most.
func (s *Submitter) Check(ctx context.Context, j Judged) Judged {
	var all sync.WaitGroup
	var domains []Fault
	all.Go(func() { domains = s.checkDomains(ctx, j) })
	known, err := s.Past.Of(ctx, j)
	all.Wait()
	j.Warnings = slices.Concat(j.Warnings, domains)
	if err != nil {
		s.Past.Log.WarnContext(ctx, "a dry run could not say who was invited before", "error", err)
		j.Warnings = append(j.Warnings, Fault{CodeKnownUnread, knownUnread})
	}
	j.Known = known
	return j
}

const knownUnread = "usher could not read who was invited before, so these people count as to be invited. Nobody is invited twice. Check again later."

func (s *Submitter) checkDomains(ctx context.Context, j Judged) []Fault {
	domains := domainsOf(j.Messages)
	faults := typos(domains)
	if s.Resolver != nil && j.Options.Mail != Suppress {
		faults = append(faults, withoutMail(ctx, s.Resolver, domains)...)
	}
	return faults
}

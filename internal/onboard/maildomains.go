package onboard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// The codes of warnings about the domains of a submission's addresses.
const (
	// CodeDomainMisspelled marks a domain that looks like a slip of a common one.
	CodeDomainMisspelled Code = "domain_misspelled"

	// CodeDomainWithoutMail marks a domain that takes no mail.
	CodeDomainWithoutMail Code = "domain_without_mail"
)

const (
	// maxLookups is how many domains are looked up for one dry run: those with the
	// most rows.
	maxLookups = 200

	// lookupsAtOnce bounds how many are looked up together.
	lookupsAtOnce = 50

	// lookupTimeout bounds all of them together: a dry run waits for them.
	lookupTimeout = 2 * time.Second

	// maxDomainWarnings bounds how many domains of one kind are named.
	maxDomainWarnings = 20
)

// MailResolver looks domains up in the DNS. [net.Resolver] is one. An error is a
// [net.DNSError] whose IsNotFound says that there is no such record.
type MailResolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// domainRows are the rows of a submission whose addresses have one domain.
type domainRows struct {
	name  string // lower case
	rows  int
	first int // the first row's number
}

// domainsOf returns the domains of the rows that are to be invited, those with the
// most rows first.
func domainsOf(messages []Message) []domainRows {
	places := map[string]int{}
	var list []domainRows
	for _, m := range messages {
		if m.State != "" {
			continue
		}
		name := strings.ToLower(m.Email[strings.LastIndexByte(m.Email, '@')+1:])
		i, ok := places[name]
		if !ok {
			i = len(list)
			places[name] = i
			list = append(list, domainRows{name: name, first: m.Row})
		}
		list[i].rows++
	}
	slices.SortStableFunc(list, func(a, b domainRows) int { return b.rows - a.rows })
	return list
}

// typos says which domains look like a slip of a common one.
func typos(domains []domainRows) []Fault {
	return domainFaults(CodeDomainMisspelled, domains, func(d domainRows) string {
		if meant := meantDomain(d.name); meant != "" {
			return fmt.Sprintf("The domain %s may be a typo of %s: %s. Correct it if so.", d.name, meant, d.place())
		}
		return ""
	})
}

// domainFaults collects what says returns for each domain, at most
// maxDomainWarnings.
func domainFaults(code Code, domains []domainRows, says func(domainRows) string) []Fault {
	var faults []Fault
	more := 0
	for _, d := range domains {
		detail := says(d)
		switch {
		case detail == "":
		case len(faults) == maxDomainWarnings:
			more++
		default:
			faults = append(faults, Fault{code, detail})
		}
	}
	if more > 0 {
		faults[len(faults)-1].Detail += fmt.Sprintf(" The same is true of %s.", counted(more, "more domain", "more domains"))
	}
	return faults
}

// place says where a domain is: "row 7", "3 rows, the first is row 7".
func (d domainRows) place() string {
	if d.rows == 1 {
		return fmt.Sprintf("row %d", d.first)
	}
	return fmt.Sprintf("%d rows, the first is row %d", d.rows, d.first)
}

// withoutMail says which domains take no mail, by the DNS. Each is looked up once. A
// domain whose look-up fails or takes too long is taken to be good.
func withoutMail(ctx context.Context, resolver MailResolver, domains []domainRows) []Fault {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	domains = domains[:min(len(domains), maxLookups)]
	why := make([]string, len(domains))
	free := make(chan struct{}, lookupsAtOnce)
	var all sync.WaitGroup
	for i, d := range domains {
		all.Go(func() {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
				why[i] = whyNoMail(ctx, resolver, d.name)
			case <-ctx.Done():
			}
		})
	}
	all.Wait()
	i := -1
	return domainFaults(CodeDomainWithoutMail, domains, func(d domainRows) string {
		if i++; why[i] == "" {
			return ""
		}
		return fmt.Sprintf("The domain %s %s, so mail to it cannot arrive: %s. Correct the domain, or leave out its rows.", d.name, why[i], d.place())
	})
}

// whyNoMail says why a domain takes no mail; "" if it does, or that is not known. A
// domain without MX records takes mail at its own address (RFC 5321, 5.1), and one
// whose only MX is the root takes none (RFC 7505).
func whyNoMail(ctx context.Context, resolver MailResolver, domain string) string {
	absolute := domain + "." // else the system's search list applies
	records, err := resolver.LookupMX(ctx, absolute)
	switch {
	case len(records) == 1 && strings.Trim(records[0].Host, ".") == "":
		return "says that it takes no mail (null MX)"
	case len(records) > 0 || err != nil && !isNotFound(err):
		return ""
	}
	addresses, err := resolver.LookupIPAddr(ctx, absolute)
	if len(addresses) > 0 || !isNotFound(err) {
		return ""
	}
	return "has no mail server"
}

func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound && !dns.IsTemporary && !dns.IsTimeout
}

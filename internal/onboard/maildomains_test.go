package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// zone is a resolver that knows some names, by their absolute form.
type zone struct {
	mx        map[string][]string
	addresses map[string]bool
	fails     map[string]error
	takes     time.Duration // one look-up

	mu          sync.Mutex
	asked       map[string]int
	under, most int
}

func (z *zone) look(ctx context.Context, name string) error {
	z.mu.Lock()
	if z.asked == nil {
		z.asked = map[string]int{}
	}
	z.asked[name]++
	z.under++
	z.most = max(z.most, z.under)
	z.mu.Unlock()
	defer func() {
		z.mu.Lock()
		z.under--
		z.mu.Unlock()
	}()
	select {
	case <-time.After(z.takes):
		return z.fails[name]
	case <-ctx.Done():
		return &net.DNSError{Err: ctx.Err().Error(), Name: name, IsTimeout: true}
	}
}

func (z *zone) LookupMX(ctx context.Context, name string) (records []*net.MX, err error) {
	if err := z.look(ctx, name); err != nil {
		return nil, err
	}
	for _, host := range z.mx[name] {
		records = append(records, &net.MX{Host: host})
	}
	if records == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return records, nil
}

func (z *zone) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if err := z.look(ctx, host); err != nil {
		return nil, err
	}
	if z.addresses[host] {
		return []net.IPAddr{{IP: net.IPv6loopback}}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// domainWarnings are the warnings of a dry run of the addresses, with the given code.
func domainWarnings(t *testing.T, resolver onboard.MailResolver, code onboard.Code, options onboard.Options, emails ...string) []string {
	t.Helper()
	system := onboard.System{Store: memory.NewStore(), Resolver: resolver}
	submitter := system.Submitter()
	j := submitter.Check(t.Context(), submitter.Judge(t.Context(), order(options, emails...)))
	var details []string
	for _, w := range j.Warnings {
		if w.Code == code {
			details = append(details, w.Detail)
		}
	}
	return details
}

func TestDomainsThatTakeNoMailAreNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		z := &zone{
			mx:        map[string][]string{"good.example.": {"mx.good.example."}, "null.example.": {"."}, "odd.example.": {".", "mx.odd.example."}},
			addresses: map[string]bool{"bare.example.": true},
			fails:     map[string]error{"down.example.": &net.DNSError{Err: "server misbehaving", IsTemporary: true}, "strange.example.": errors.New("strange")},
			takes:     10 * time.Millisecond,
		}
		emails := []string{
			"a@good.example", "b@null.example", "c@bare.example", "d@gone.example", "e@down.example",
			"f@Gone.Example", "g@strange.example", "h@odd.example", "nobody", "a@good.example",
		}
		want := []string{
			"The domain gone.example has no mail server, so mail to it cannot arrive: 2 rows, the first is row 4. Correct the domain, or leave out its rows.",
			"The domain null.example says that it takes no mail (null MX), so mail to it cannot arrive: row 2. Correct the domain, or leave out its rows.",
		}
		if diff := cmp.Diff(want, domainWarnings(t, z, onboard.CodeDomainWithoutMail, onboard.Options{}, emails...)); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		if z.asked["gone.example."] != 2 || z.asked["good.example."] != 1 { // MX and address; MX
			t.Errorf("asked %v", z.asked)
		}
		z.asked = nil
		if got := domainWarnings(t, z, onboard.CodeDomainWithoutMail, onboard.Options{Mail: onboard.Suppress}, emails...); got != nil || z.asked != nil {
			t.Errorf("with mail suppressed: %q after %v", got, z.asked)
		}
		if got := domainWarnings(t, nil, onboard.CodeDomainWithoutMail, onboard.Options{}, emails...); got != nil {
			t.Errorf("without a resolver: %q", got)
		}
	})
}

// At most 200 look-ups of domains, those with the most rows, within 2 s: a resolver
// that is slow or silent delays no check further, and says nothing against a domain.
func TestLookupsAreBounded(t *testing.T) {
	t.Parallel()
	emails := []string{"last@often.example", "again@often.example"}
	for i := range 500 {
		emails = append([]string{fmt.Sprintf("a@domain%03d.example", i)}, emails...)
	}
	for takes, want := range map[time.Duration]struct {
		warnings, most int
		within         time.Duration
	}{
		100 * time.Millisecond: {warnings: 20, most: 50, within: 850 * time.Millisecond},
		time.Hour:              {warnings: 0, most: 50, within: 2 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			z := &zone{takes: takes}
			begun := time.Now()
			got := domainWarnings(t, z, onboard.CodeDomainWithoutMail, onboard.Options{}, emails...)
			if took := time.Since(begun); len(got) != want.warnings || took > want.within || z.most > want.most {
				t.Errorf("%v a look-up: %d warnings within %v, %d at once", takes, len(got), took, z.most)
			}
			if takes < time.Second && (len(z.asked) != 200 || z.asked["often.example."] == 0 || !strings.HasSuffix(got[19], "The same is true of 180 more domains.")) {
				t.Errorf("%d names asked, the last warning %q", len(z.asked), got[len(got)-1])
			}
		})
	}
}

func TestDomainsThatMayBeTyposAreNamed(t *testing.T) {
	t.Parallel()
	for domain, meant := range map[string]string{
		"gmial.com": "gmail.com", "gamil.com": "gmail.com", "gmai.com": "gmail.com", "gmail.con": "gmail.com", "gmaill.com": "gmail.com",
		"GMAIL.CO": "gmail.com", "hotmial.com": "hotmail.com", "hotmail.co": "hotmail.com", "outlok.com": "outlook.com", "yaho.com": "yahoo.com",
		"yahoo.co.ul": "yahoo.co.uk", "t-onlin.de": "t-online.de", "iclould.com": "icloud.com", "googlemial.com": "googlemail.com",
		"gmail.com": "", "ymail.com": "", "email.com": "", "mail.com": "", "hotmail.de": "", "gmx.at": "", "yahoo.ca": "",
		"five.com": "", "we.com": "", "web.com": "", "example.org": "", "gmail.example.org": "", "g.co": "",
	} {
		got := domainWarnings(t, nil, onboard.CodeDomainMisspelled, onboard.Options{}, "x@example.org", "ann@"+domain)
		var want []string
		if meant != "" {
			want = []string{fmt.Sprintf("The domain %s may be a typo of %s: row 2. Correct it if so.", strings.ToLower(domain), meant)}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", domain, diff)
		}
	}
}

// The system's resolver is one.
var _ onboard.MailResolver = (*net.Resolver)(nil)

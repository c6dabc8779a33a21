package onboard

import "strings"

// commonDomains are common mail domains. One of them is never a slip of another; a
// domain that differs from one by a single letter may be. Those of short names are
// here only to be good: too many real domains are one letter away from them.
var commonDomains = strings.Fields(`
	gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com
	icloud.com me.com mac.com aol.com protonmail.com proton.me pm.me fastmail.com zoho.com mail.com email.com gmx.com
	comcast.net verizon.net sbcglobal.net bellsouth.net att.net cox.net
	gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de online.de posteo.de mailbox.org
	hotmail.de outlook.de yahoo.de live.de icloud.de googlemail.de gmail.de
	hotmail.co.uk yahoo.co.uk live.co.uk outlook.co.uk btinternet.com virginmedia.com talktalk.net ntlworld.com sky.com
	hotmail.fr yahoo.fr live.fr outlook.fr orange.fr wanadoo.fr laposte.net free.fr sfr.fr
	hotmail.it yahoo.it live.it outlook.it libero.it virgilio.it alice.it tiscali.it
	hotmail.es yahoo.es live.nl hotmail.nl outlook.es ziggo.nl kpnmail.nl bluewin.ch telenet.be skynet.be
	yahoo.co.jp yahoo.co.in yahoo.ca yahoo.com.br yahoo.com.au hotmail.ca outlook.jp outlook.com.br live.ca bigpond.com uol.com.br
	docomo.ne.jp softbank.ne.jp ezweb.ne.jp naver.com hanmail.net qq.com foxmail.com mail.ru yandex.ru yandex.com seznam.cz wp.pl
`)

// minSlipName is how long the name before the first dot must be for a slip of it to be
// one: five.com is not a slip of live.com.
const minSlipName = 5

// commons are commonDomains to look up, and those that others may be slips of.
type commons struct {
	all     map[string]bool
	targets []string // in the order of commonDomains
}

var common = newCommons()

func newCommons() commons {
	c := commons{all: map[string]bool{}}
	for _, domain := range commonDomains {
		c.all[domain] = true
		if name, _, _ := strings.Cut(domain, "."); len(name) >= minSlipName {
			c.targets = append(c.targets, domain)
		}
	}
	return c
}

// meantDomain returns the common domain that a domain may be a slip of, "" if none.
func meantDomain(domain string) string {
	if common.all[domain] {
		return ""
	}
	for _, target := range common.targets {
		if isOneSlipAway(domain, target) {
			return target
		}
	}
	return ""
}

// isOneSlipAway reports whether a becomes b by one letter that is added, left out or
// replaced, or by two neighbors that change places: an edit distance of 1 (Damerau,
// 1964). Both are ASCII and differ.
func isOneSlipAway(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] ||
		i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

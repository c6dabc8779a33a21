package console_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"usher.example/internal/testing/peers"
)

// images is where the pictures for the documentation are kept.
const images = "../../docs/images"

// screens are what every page is looked at on.
var screens = []struct {
	name   string
	width  int64
	scheme string
}{
	{name: "light", width: 1200, scheme: "light"}, {name: "dark", width: 1200, scheme: "dark"},
	{name: "narrow-light", width: 320, scheme: "light"}, {name: "narrow-dark", width: 320, scheme: "dark"},
}

// look checks the page on each screen: axe-core finds nothing, and nothing is wider
// than the screen. With USHER_SCREENSHOTS=1 it stores the pictures.
func (b *tab) look(name string) {
	b.t.Helper()
	for _, s := range screens {
		b.style(s.width, s.scheme)
		if b.holds(`document.documentElement.scrollWidth > document.documentElement.clientWidth`) {
			b.t.Errorf("%s, %s: the page is wider than the screen: %s", name, s.name, b.widest())
		}
		for _, fault := range b.axe() {
			b.t.Errorf("%s, %s: %s", name, s.name, fault)
		}
		if os.Getenv("USHER_SCREENSHOTS") == "1" {
			b.keep(filepath.Join(images, name+"-"+s.name+".png"))
		}
	}
	b.style(1200, "light")
}

// widest names what sticks out on the right.
func (b *tab) widest() string {
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll('body *')]
		.filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
		.map((e) => e.tagName + '.' + e.className + ' ' + Math.round(e.getBoundingClientRect().right)).slice(0, 8).join(', ')`))
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// axe runs axe-core over the page and returns what it finds, each with where.
func (b *tab) axe() []string {
	b.t.Helper()
	found, err := filepath.Glob(filepath.Join(peers.CacheDir(), "axe", "*", "axe.min.js"))
	if err != nil || len(found) == 0 {
		b.t.Fatal("axe-core is not there; .ci/browser.sh fetches it")
	}
	source, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if !b.holds(`typeof axe !== 'undefined'`) {
		b.do(chromedp.Evaluate[chromedp.Void](string(source) + ";undefined"))
	}
	awaited := func(p *runtime.EvaluateParams) { await := true; p.AwaitPromise = &await }
	report, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations']})
		.then((r) => JSON.stringify(r.violations.map((v) => v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).slice(0, 3).join('; '))))`,
		chromedp.EvaluateOption(awaited)))
	if err != nil {
		b.t.Fatalf("axe-core: %v", err)
	}
	var faults []string
	if err := json.Unmarshal([]byte(report), &faults); err != nil {
		b.t.Fatal(err)
	}
	return faults
}

// keep writes a picture of the page.
func (b *tab) keep(file string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, small(b.t, b.picture()), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// A finder that finds nothing looks just like a page without faults.
func TestAxeFindsAFault(t *testing.T) {
	t.Parallel()
	b := newTab(t, "")
	b.do(chromedp.Navigate("data:text/html,<title>x</title><img src=''><p style='color:%23ccc;background:%23fff'>pale"))
	found := strings.Join(b.axe(), "\n")
	for _, want := range []string{"image-alt", "color-contrast", "html-has-lang"} {
		if !strings.Contains(found, want) {
			t.Errorf("axe-core did not find %s, only:\n%s", want, found)
		}
	}
}

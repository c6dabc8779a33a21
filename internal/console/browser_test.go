package console_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	// patience is how long one thing may take to appear. A machine that does
	// other things besides has been seen to need ten seconds for a page.
	patience = 60 * time.Second

	// glance is how often a page is looked at while it is waited for.
	glance = 50 * time.Millisecond
)

// tab is one page of a browser of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string // of the server, without a slash at the end

	mu       sync.Mutex
	messages []string
	expected []string
}

// newTab starts a browser for the server at base. At the end of the test its
// console must be empty: only there do failed scripts and loads that the policy
// stopped appear.
func newTab(t *testing.T, base string) *tab {
	t.Helper()
	program := chromium(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	b := &tab{t: t, ctx: ctx, base: base}
	t.Cleanup(func() {
		closeTab()
		stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, message := range b.messages {
			if !b.expects(message) {
				t.Errorf("the browser's console: %s", message)
			}
		}
	})
	// Not with do: the browser ends with the context that started it.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.messages = append(b.messages, m.Source+" "+m.String()+" "+m.URL)
			b.mu.Unlock()
		}
	}()
	return b
}

// chromium finds the browser. Tests run in it when make browser-test asks; then
// one that is missing is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	if os.Getenv("USHER_REQUIRE_BROWSER") != "1" {
		t.Skip("NOT TESTED: the console in a browser; make browser-test does that")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	t.Fatal("there is no Chromium on PATH; .ci/browser.sh installs one")
	return ""
}

// expect allows this message in the browser's console.
func (b *tab) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

func (b *tab) expects(message string) bool {
	for _, part := range b.expected {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page: %s", err, b.text())
	}
}

// open goes to a page of the console by the part after the #.
func (b *tab) open(hash string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + "/console/" + hash))
}

// text is what the page shows.
func (b *tab) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ''`))
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return text
}

// holds reports whether an expression of the page's is true.
func (b *tab) holds(expression string) bool {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
	if err != nil && ctx.Err() != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value // while a page gives way to the next there may be no answer
}

// until polls a condition until it is true: it depends on another program.
func (b *tab) until(what string, condition func() bool) {
	b.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(glance)
	defer look.Stop()
	for !condition() {
		select {
		case <-look.C:
		case <-deadline.C:
			b.t.Fatalf("%s did not come about in %v; the page:\n%s", what, patience, b.text())
		}
	}
}

// sees waits until the page shows all of the texts at the same time.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", texts), func() bool {
		shown := strings.Join(strings.Fields(b.text()), " ")
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				return false
			}
		}
		return true
	})
}

// seesCode waits for an error or a finding by its code: the words are the API's.
func (b *tab) seesCode(code string) {
	b.t.Helper()
	b.until("the code "+code, func() bool { return b.showsCode(code) })
}

func (b *tab) showsCode(code string) bool {
	return b.holds(fmt.Sprintf(`document.querySelector('main [data-code=%s]') !== null`, code))
}

// press clicks the button or link of that name as a mouse does.
func (b *tab) press(name string) {
	b.t.Helper()
	path := fmt.Sprintf(`(//button[normalize-space()=%[1]q] | //a[normalize-space()=%[1]q])[not(ancestor::dialog[not(@open)])][not(@disabled)][not(@aria-disabled='true')]`, name)
	b.do(chromedp.Click(path, chromedp.NodeVisible))
}

// choose sets the select that the label names, as a choice by hand does.
func (b *tab) choose(label, value string) {
	b.t.Helper()
	b.until("the choice "+label, func() bool {
		return b.holds(fmt.Sprintf(`(() => {
			const label = [...document.querySelectorAll('label')].find((l) => l.textContent === %q);
			const select = label?.control;
			if (!select || ![...select.options].some((o) => o.value === %[2]q)) return false;
			select.value = %[2]q;
			select.dispatchEvent(new Event('change', {bubbles: true}));
			return true;
		})()`, label, value))
	})
}

// style sets what the page is shown on.
func (b *tab) style(width int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 720))
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// downloads has files saved in a folder of the test, which it returns.
func (b *tab) downloads() string {
	b.t.Helper()
	dir, events := b.t.TempDir(), true
	_, err := chromedp.Call(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, EventsEnabled: &events,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return dir
}

// saved waits for a file whose name ends so, and reads it.
func (b *tab) saved(dir, ending string) string {
	b.t.Helper()
	var found []string
	b.until("the file "+ending, func() bool {
		found, _ = filepath.Glob(filepath.Join(dir, "*"+ending))
		return len(found) > 0
	})
	content, err := os.ReadFile(found[0])
	if err != nil {
		b.t.Fatal(err)
	}
	return string(content)
}

// picture takes the whole page, or what is on the screen while a dialog lies over it.
func (b *tab) picture() []byte {
	b.t.Helper()
	beyond := b.holds(`document.querySelector('dialog[open]') === null`)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return shot.Data
}

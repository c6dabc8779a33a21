package onboard_test

import (
	"strings"
	"testing"
	"unicode"

	"usher.example/internal/onboard"
)

func TestAMailsTextIsWhatPeopleRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ markup, want string }{
		{"", ""},
		{"Your username is ann", "Your username is ann"},
		{"one\n  two\tthree", "one two three"},
		{"<p>One.</p>\n<p>Two.<br>Three.<br/>Four.</p>", "One.\n\nTwo.\nThree.\nFour."},
		{"<h1>Hi</h1><ul><li>a</li><li>b <b>c</b></li></ul>end", "Hi\n\n- a\n- b c\n\nend"},
		{"<table><tr><td>User name:</td><td>ann</td></tr><tr><td>Password:</td><td>x</td></tr></table>", "User name: ann\nPassword: x"},
		{`<a href="https://example.org/?a=1&amp;b=2">sign in</a> now`, "sign in (https://example.org/?a=1&b=2) now"},
		{`<A class=x HREF = 'https://example.org/' disabled>https://example.org/</A>`, "https://example.org/"},
		{`<a href=https://example.org/>here`, "here (https://example.org/)"},
		{`<a href="https://evil.example/">https://example.org/</a>`, "https://example.org/ (https://evil.example/)"},
		{`<a name="top">Top</a>`, "Top"},
		{`Smith &amp; Sons &lt;b&gt; &copy;`, "Smith & Sons <b> ©"},
		{`Smith & Sons, 1 < 2, a <3`, "Smith & Sons, 1 < 2, a <3"},
		{"<style>p { color: red }</style><script>if (a < b) alert('<p>')</script>seen", "seen"},
		{"<!-- unseen <p> -->seen<!-- to the end", "seen"},
		{`<img src="x" alt="Example School" onerror="alert(1)">`, "Example School"},
		{`<p title="a > b">in</p><p title='unclosed`, "in"},
		{"a\x00\x1b[31mb", "a[31mb"},
		{"<!DOCTYPE html><html><head><title>t</title></head><body>b</body></html>", "b"},
	} {
		if got := onboard.PlainText(test.markup); got != test.want {
			t.Errorf("%q is read as %q, want %q", test.markup, got, test.want)
		}
	}
}

func FuzzMailText(f *testing.F) {
	for _, seed := range []string{"<a href='x", "<p><a href=\"u\" href>t</a>", "<li><a = b>", "</ <!--->", "<script></script", "&#0;&lt;p&gt;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markup string) {
		text := onboard.PlainText(markup)
		if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }) {
			t.Errorf("%q has control characters: %q", markup, text)
		}
		if strings.Contains(text, "\n\n\n") || strings.TrimSpace(text) != text && !strings.Contains(markup, "&") {
			t.Errorf("%q has stray white space: %q", markup, text)
		}
	})
}

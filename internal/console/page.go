package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"io/fs"
	"strings"
)

// pageName is the one HTML file. It has places for what page fills in.
const pageName = "index.html"

// page writes the HTML: it names the version's folder, and says to the scripts how
// people sign in. That is no secret, and one call less than asking for it.
//
// It fills in the version, which is our own hex digits, and settings of the
// operator; nothing from a call. The settings may contain anything: JSON writes
// <, > and & as escapes and EscapeString the quotes, so they stay within the double
// quotes around their place, and what they hold is not looked through for places.
//
// Two places need no html/template, which costs more than it looks: it calls
// methods by names that are known only at run time, so a program that uses it has to
// keep every method of every type, all of the SDK's clients among them.
func page(assets fs.FS, version string, s signIn) (file, error) {
	text, err := fs.ReadFile(assets, pageName)
	if err != nil {
		return file{}, err
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return file{}, err
	}
	places := strings.NewReplacer("{{version}}", version, "{{sign-in}}", html.EscapeString(string(settings)))
	body := []byte(places.Replace(string(text)))
	return file{body: body, mediaType: "text/html; charset=utf-8", tag: tagOf(body), caching: ask}, nil
}

// versionOf names the content of all files together.
func versionOf(assets fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(assets, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(assets, name)
		sum.Write([]byte(name + "\x00"))
		sum.Write(body)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:6]), err
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}

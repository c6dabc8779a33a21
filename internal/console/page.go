package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"io/fs"
)

// pageName is the one HTML file, a template.
const pageName = "index.html"

// page writes the HTML: it names the version's folder, and tells the scripts how
// people sign in. That is no secret, and one call less than asking for it.
func page(assets fs.FS, version string, s signIn) (file, error) {
	t, err := template.ParseFS(assets, pageName)
	if err != nil {
		return file{}, err
	}
	settings, err := json.Marshal(s)
	if err != nil {
		return file{}, err
	}
	var body bytes.Buffer
	err = t.Execute(&body, struct{ Version, SignIn string }{version, string(settings)})
	if err != nil {
		return file{}, err
	}
	return file{body: body.Bytes(), mediaType: "text/html; charset=utf-8", tag: tagOf(body.Bytes()), caching: ask}, nil
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

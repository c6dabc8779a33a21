package console

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// prefix is where the pages are served.
const prefix = "/console/"

// Config says how people sign in to the console. With the zero value nobody can,
// and the console says so.
type Config struct {
	// Domain is the host of Cognito's hosted sign-in pages, and ClientID the app
	// client that the tokens are for. A domain with http:// or https:// is used
	// unchanged.
	Domain   string
	ClientID string

	// Local says that there is no sign-in: anyone who can reach the server is the
	// fixed administrator. The other fields are then not used.
	Local bool
}

//go:embed web
var web embed.FS

// site is the handler: files by their path below the prefix.
type site struct {
	files  map[string]file
	policy string
}

// file is one answer, made when the program starts.
type file struct {
	body      []byte
	mediaType string
	tag       string
	caching   string
}

const (
	// keep is for what lies under a folder named after its content.
	keep = "public, max-age=31536000, immutable"

	// ask is for what stays at its address when it changes.
	ask = "no-cache"
)

// New returns the handler of everything under /console/. It is safe for
// concurrent use. The error says that the configuration is invalid.
func New(cfg Config) (http.Handler, error) {
	signIn, err := cfg.signIn()
	if err != nil {
		return nil, err
	}
	assets, err := fs.Sub(web, "web")
	if err != nil {
		return nil, fmt.Errorf("open the embedded files: %w", err)
	}
	version, err := versionOf(assets)
	if err != nil {
		return nil, fmt.Errorf("read the embedded files: %w", err)
	}
	s := &site{files: map[string]file{}, policy: policy(signIn.Domain)}
	if err := s.add(assets, version); err != nil {
		return nil, fmt.Errorf("read the embedded files: %w", err)
	}
	index, err := page(assets, version, signIn)
	if err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	s.files[""], s.files[pageName] = index, index
	return s, nil
}

// add adds every file except the page, under the version's folder.
func (s *site) add(assets fs.FS, version string) error {
	return fs.WalkDir(assets, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || name == pageName {
			return err
		}
		body, err := fs.ReadFile(assets, name)
		if err != nil {
			return err
		}
		s.files[version+"/"+name] = file{body: body, mediaType: mediaType(name), tag: tagOf(body), caching: keep}
		return nil
	})
}

// ServeHTTP answers with one file, or 404.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	name, inside := strings.CutPrefix(r.URL.Path, prefix)
	f, known := s.files[name]
	if !inside || !known {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "there is no such page; the console is at "+prefix, http.StatusNotFound)
		return
	}
	h.Set("Cache-Control", f.caching)
	h.Set("Content-Type", f.mediaType)
	h.Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// policy lets the pages load only their own files, and call only this server and
// the token endpoint of the sign-in. Because of trusted types, scripts can build
// pages only from elements: no text ever becomes markup.
func policy(signInDomain string) string {
	connect := "'self'"
	if signInDomain != "" {
		connect += " " + signInDomain
	}
	return strings.Join([]string{
		"default-src 'self'", "connect-src " + connect, "object-src 'none'", "base-uri 'none'", "form-action 'none'",
		"frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// mediaType is the type of a file by its name. The table of the machine might
// differ, so the few types are listed here.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

package xlsx

import (
	"archive/zip"
	"io"
	"net/url"
	"path"
	"strings"
)

// archive is the parts of a workbook, by name in lower case with slashes: some
// programs write XL/Workbook.xml or xl\workbook.xml, and Excel reads both.
type archive struct {
	parts  map[string]*zip.File
	budget budget
}

// openArchive reads the list of parts and refuses what is no workbook.
func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, unreadable(r, size)
	}
	if len(z.File) > maxEntries {
		return nil, tooLarge("the workbook has more than 10,000 parts")
	}
	if found := archiveFormat(z.File); found != Workbook {
		return nil, unsupported(found)
	}
	a := &archive{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		if err := a.add(f); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *archive) add(f *zip.File) error {
	name := partName(f.Name)
	switch {
	case strings.HasSuffix(name, "/"): // a folder
		return nil
	case a.parts[name] != nil:
		return damaged("a part is in it twice")
	case path.Base(name) == "vbaproject.bin":
		return unsupported(Macros)
	case f.Flags&1 != 0: // APPNOTE 4.4.4, bit 0
		return unsupported(Encrypted)
	}
	a.parts[name] = f
	return nil
}

// partName gives a name in the form in which parts are found. Names are written
// as in URIs (ECMA-376 Part 2), but not by every program.
func partName(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.ToLower(strings.TrimLeft(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// resolve gives the name of the part that a relationship of another part leads
// to. Targets are URIs, relative to the part that has the relationship. Some
// programs write them relative to the package.
func (a *archive) resolve(from, target string) string {
	plain := path.Clean("/" + partName(target))[1:]
	if strings.HasPrefix(target, "/") || strings.HasPrefix(target, `\`) {
		return plain
	}
	name := path.Join("/", path.Dir(from), partName(target))[1:]
	if a.parts[name] == nil && a.parts[plain] != nil {
		return plain
	}
	return name
}

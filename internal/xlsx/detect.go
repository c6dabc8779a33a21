package xlsx

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// headBytes is how much of a text is looked at to see what it is.
	headBytes = 4 << 10

	// detectBytes is how much of another file is: the names in a compound file may
	// be at its end.
	detectBytes = 16 << 20
)

const (
	zipMagic = "PK\x03\x04"                       // APPNOTE 4.3.7
	oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" // [MS-CFB] 2.2
)

// otherMagic is how files of other kinds begin.
var otherMagic = map[string]Format{
	"%PDF": PDF, "PK\x05\x06": Archive, "PK\x07\x08": Archive, "\x1f\x8b": Archive, "7z\xbc\xaf\x27\x1c": Archive, "Rar!\x1a": Archive,
}

// Detect says what a file is by its content. It does not look into zip archives:
// any is a Workbook here, and [Read] says what it is in truth.
func Detect(content []byte) Format {
	head := string(content[:min(len(content), headBytes)])
	switch {
	case head == "":
		return Empty
	case strings.HasPrefix(head, zipMagic):
		return Workbook
	case strings.HasPrefix(head, oleMagic):
		return oleFormat(content)
	case len(head) > 4 && head[0] == 9 && head[2] <= 16 && head[3] == 0:
		return OldExcel // BIFF2 to BIFF4: a BOF record of 4 to 16 bytes and no container
	}
	for magic, format := range otherMagic {
		if strings.HasPrefix(head, magic) {
			return format
		}
	}
	text, ok := decodeHead([]byte(head))
	if !ok {
		return Unknown
	}
	return textFormat(strings.ToLower(strings.TrimSpace(text)))
}

// unreadable says what a file is that is no complete zip archive.
func unreadable(r io.ReaderAt, size int64) *Error {
	content := make([]byte, min(size, detectBytes))
	n, err := r.ReadAt(content, 0)
	if err != nil && err != io.EOF {
		return damaged("the file cannot be read")
	}
	found := Detect(content[:n])
	if found == Workbook {
		return damaged("its end is missing; it was perhaps not downloaded whole")
	}
	return unsupported(found)
}

// decodeHead gives the head of a text file as UTF-8, or says that it is no text.
func decodeHead(head []byte) (string, bool) {
	if len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) {
		units := make([]uint16, 0, len(head)/2)
		low := int(head[0] & 1) // the first byte is FF where the low byte is first
		for i := 2; i+1 < len(head); i += 2 {
			units = append(units, uint16(head[i+1-low])|uint16(head[i+low])<<8)
		}
		return string(utf16.Decode(units)), true
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	if !utf8.Valid(head) {
		// Perhaps a text of another encoding, or cut within a character. Zeros
		// and control characters are what tells a binary file.
		for _, b := range head {
			if b < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", rune(b)) {
				return "", false
			}
		}
		return string(head), true
	}
	return string(head), bytes.IndexByte(head, 0) < 0
}

func textFormat(text string) Format {
	switch {
	case strings.HasPrefix(text, "{") && (strings.Contains(text, `"doc_id"`) || strings.Contains(text, `"url"`) && strings.Contains(text, "docs.google.com/")):
		return GoogleLink
	case !strings.HasPrefix(text, "<"):
		return Text
	case strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet"), strings.Contains(text, `progid="excel.sheet"`):
		return XML2003
	case strings.Contains(text, "urn:oasis:names:tc:opendocument"):
		return OpenDocument
	case strings.Contains(text, "<html"), strings.Contains(text, "<!doctype html"), strings.Contains(text, "<table"),
		strings.HasPrefix(text, "<meta"), strings.HasPrefix(text, "<head"), strings.HasPrefix(text, "<body"), strings.HasPrefix(text, "<style"):
		return HTML
	case strings.HasPrefix(text, "<?xml"):
		return XML
	}
	return Text
}

// oleFormat looks for the streams of a compound file by name: Office wraps an
// encrypted workbook in one, and Excel 97 to 2003 wrote nothing else.
func oleFormat(content []byte) Format {
	has := func(name string) bool {
		var wide []byte
		for _, unit := range utf16.Encode([]rune(name)) {
			wide = append(wide, byte(unit), byte(unit>>8))
		}
		return bytes.Contains(content, wide)
	}
	switch {
	case has("EncryptedPackage"), has("DRMContent"):
		return Encrypted
	case has("WordDocument"):
		return Word
	case has("PowerPoint Document"):
		return PowerPoint
	case has("Workbook"), has("Book"):
		return OldExcel
	}
	return Unknown
}

// archiveFormat says what an archive is by the names in it.
func archiveFormat(files []*zip.File) Format {
	found := Archive
	for _, f := range files {
		name := partName(f.Name)
		switch {
		case strings.HasSuffix(name, ".iwa"), name == "index.zip", name == "index.apxl":
			return Numbers
		case name == "mimetype", name == "meta-inf/manifest.xml":
			found = OpenDocument
		case strings.HasPrefix(name, "word/"):
			return Word
		case strings.HasPrefix(name, "ppt/"):
			return PowerPoint
		case name == "xl/workbook.bin":
			return Binary
		case name == "[content_types].xml", name == "_rels/.rels", strings.HasPrefix(name, "xl/"):
			found = Workbook
		}
	}
	return found
}

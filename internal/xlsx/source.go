package xlsx

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// source gives the bytes of a part as UTF-8 without a byte-order mark, counts
// them, and ends a piece of XML that is too long before it fills the memory.
type source struct {
	*bufio.Reader
	token int // bytes since the decoder began with a piece
}

func newSource(part io.Reader, b *budget) (*source, error) {
	r := bufio.NewReader(&counter{part, b})
	head, err := r.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	s := string(head)
	switch {
	case strings.HasPrefix(s, "\xef\xbb\xbf"):
		_, err = r.Discard(3)
	case strings.HasPrefix(s, "\xff\xfe"), strings.HasPrefix(s, "<\x00"):
		r = bufio.NewReader(&wide{src: r, low: 0})
	case strings.HasPrefix(s, "\xfe\xff"), strings.HasPrefix(s, "\x00<"):
		r = bufio.NewReader(&wide{src: r, low: 1})
	default:
		err = nil // a part of fewer than four bytes
	}
	return &source{Reader: r}, err
}

// ReadByte is the only way in which encoding/xml reads.
func (s *source) ReadByte() (byte, error) {
	if s.token++; s.token > maxToken {
		return 0, tooLarge("the workbook holds a text of more than 1 MB in one piece")
	}
	return s.Reader.ReadByte()
}

// declared takes the encoding that a part declares. The package allows UTF-8 and
// UTF-16 only (ECMA-376 Part 2), and the latter has become UTF-8 by now.
func (s *source) declared(encoding string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(encoding) {
	case "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be":
		return r, nil
	}
	return nil, errMalformed
}

// counter charges what is unpacked to the budget.
type counter struct {
	io.Reader
	budget *budget
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if over := c.budget.unpack(n); over != nil {
		return 0, over
	}
	return n, err
}

// wide turns UTF-16 into UTF-8.
type wide struct {
	src *bufio.Reader
	low int // which byte of two is the lower one
	out []byte
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		unit, err := w.unit()
		if err != nil {
			return 0, err
		}
		if unit == '\ufeff' {
			continue
		}
		if utf16.IsSurrogate(unit) {
			low, err := w.unit()
			if err != nil {
				return 0, err
			}
			if unit = utf16.DecodeRune(unit, low); unit == utf8.RuneError {
				return 0, errMalformed
			}
		}
		w.out = utf8.AppendRune(w.out[:0], unit)
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

func (w *wide) unit() (rune, error) {
	var pair [2]byte
	if _, err := io.ReadFull(w.src, pair[:]); err != nil {
		return 0, err
	}
	return rune(pair[w.low]) | rune(pair[1-w.low])<<8, nil
}

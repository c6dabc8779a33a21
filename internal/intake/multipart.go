package intake

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
)

// readMultipart reads multipart/form-data: one file, and a label if there is one.
func (c *collector) readMultipart(boundary string, body []byte) error {
	if boundary == "" {
		return malformed(CodeMultipart, "The Content-Type header of the upload has no boundary. Let the HTTP client set the header.")
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	files, labels := 0, 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return malformed(CodeMultipart, "The upload is broken or was cut off. Send it again.")
		}
		switch {
		case isFile(part):
			var body []byte
			if body, err = io.ReadAll(part); err != nil {
				return malformed(CodeMultipart, "The upload is broken or was cut off. Send it again.")
			}
			if len(body) == 0 && part.FileName() == "" {
				continue // an input for a file in which nothing was chosen
			}
			if files++; files > 1 {
				return malformed(CodeOneFile, "The upload contains more than one file. Send one file a request.")
			}
			err = c.readFile(part, body)
		case part.FormName() == "label":
			if labels++; labels > 1 {
				return malformed(CodeDuplicateKey, "The field label appears twice. Keep one.")
			}
			err = c.readLabel(part)
		default:
			err = malformed(CodeUnknownField, "Unknown field %s. An upload has one file and label.", quoted(part.FormName()))
		}
		if err != nil {
			return err
		}
	}
	if files == 0 {
		return malformed(CodeOneFile, "The upload contains no file. Send one, with its name.")
	}
	return nil
}

// isFile reports whether a part is a file. The name of one that nobody chose is
// empty (HTML, "Constructing the entry list"); a program may leave the name out.
func isFile(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return err == nil && named || part.FormName() == "file"
}

func (c *collector) readFile(part *multipart.Part, body []byte) error {
	media, params := parseType(part.Header.Get("Content-Type"))
	f := formatOfFile(media, part.FileName())
	if f == formatForm || f == formatMultipart {
		f = formatNone
	}
	return c.read(source{f, media, params, body, true})
}

func (c *collector) readLabel(part *multipart.Part) error {
	value, err := io.ReadAll(part)
	if err != nil {
		return malformed(CodeMultipart, "The upload is broken or was cut off. Send it again.")
	}
	d, err := decode(value, "", false)
	if err != nil {
		return err
	}
	if err := c.label(d.text); err != nil {
		return err
	}
	return nil
}

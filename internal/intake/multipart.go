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
		case part.FileName() != "":
			if files++; files > 1 {
				return malformed(CodeOneFile, "The upload contains more than one file. Send one file a request.")
			}
			err = c.readFile(part)
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

func (c *collector) readFile(part *multipart.Part) error {
	media, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		media, params = "", nil
	}
	f := formatOfFile(media, part.FileName())
	if f == formatNone || f == formatForm || f == formatMultipart {
		return unsupported(CodeTypeUnsupported,
			"The type of the uploaded file is not supported. Send a .csv, .tsv, .json, .ndjson or .txt file.")
	}
	body, err := io.ReadAll(part)
	if err != nil {
		return malformed(CodeMultipart, "The upload is broken or was cut off. Send it again.")
	}
	return c.read(f, params, body)
}

func (c *collector) readLabel(part *multipart.Part) error {
	value, err := io.ReadAll(part)
	if err != nil {
		return malformed(CodeMultipart, "The upload is broken or was cut off. Send it again.")
	}
	text, err := decode(value, "")
	if err != nil {
		return err
	}
	if err := c.label(text); err != nil {
		return err
	}
	return nil
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"usher.example/internal/client"
)

// maxFile is the largest file that is read at all, in bytes. It is far above the
// limit of any usher, so that usher itself can refuse a large file and name its limit.
const maxFile = 64 << 20

// typesByName are the names of types that --type takes.
var typesByName = map[string]string{
	"csv": "text/csv", "tsv": "text/tab-separated-values", "text": "text/plain",
	"json": "application/json", "ndjson": "application/x-ndjson", "xlsx": workbookType,
}

// typeNames are the values of --type.
var typeNames = []string{"csv", "tsv", "text", "json", "ndjson", "xlsx"}

// workbookType is the media type of .xlsx.
const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// typesByEnding are the types of files by the end of their names.
var typesByEnding = map[string]string{
	".csv": "text/csv", ".tsv": "text/tab-separated-values", ".tab": "text/tab-separated-values", ".txt": "text/plain",
	".json": "application/json", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson",
	".xlsx": workbookType,
}

// readFile reads the named file, or in for "-", into a submission with its type.
func readFile(name, typeName string, in io.Reader) (client.Submission, error) {
	if typeName != "" {
		if err := choice("type", typeName, typeNames...); err != nil {
			return client.Submission{}, err
		}
	}
	body, err := readAll(name, in)
	if err != nil {
		return client.Submission{}, err
	}
	return client.Submission{Body: body, Type: typeOf(name, typeName, body)}, nil
}

func readAll(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		file, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s; check its name and folder (usher template writes one to fill in)", name)
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, inner(err))
		}
		defer file.Close()
		in = file
	}
	body, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", nameOf(name), inner(err))
	case len(body) > maxFile:
		return nil, endsWith(exitInvalidFile, "%s is larger than %d MB; split it into smaller files", nameOf(name), maxFile>>20)
	case len(body) == 0:
		return nil, &ended{exitInvalidFile, errors.New(nameOf(name) + " is empty; usher template writes a file to fill in")}
	}
	return body, nil
}

func nameOf(name string) string {
	if name == "-" {
		return "the standard input"
	}
	return name
}

// typeOf is the media type of a body: from --type, else from the file's name, else
// from how the body begins. Only the API reads the rows, and names what it does not
// read, whatever the type.
func typeOf(name, typeName string, body []byte) string {
	if typeName != "" {
		return typesByName[typeName]
	}
	if media := typesByEnding[strings.ToLower(filepath.Ext(name))]; media != "" {
		return media
	}
	start := bytes.TrimLeft(body, "\ufeff \t\r\n")
	first, _, _ := bytes.Cut(start, []byte("\n"))
	switch {
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		return typesByName["json"]
	case bytes.ContainsRune(first, '@'):
		return typesByName["text"] // no header: addresses
	}
	return typesByName["csv"]
}

// unitOf names, for people, what the rows of a media type are counted in.
func unitOf(mediaType string) string {
	if strings.HasPrefix(mediaType, "text/") {
		return "line"
	}
	return "row"
}

package main

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// screenColumns is how wide a line on a terminal is at most. A file gets whole lines, so
// that a program finds in them what it looks for.
const screenColumns = 80

// columnsOf returns how wide a line on this stream may be; 0: as wide as it is.
func (p *program) columnsOf(stream any) int {
	if _, ok := isTerminal(stream); ok {
		return screenColumns
	}
	return p.columns
}

// folded breaks lines that are wider than so many columns between their words. What
// follows is indented as its line is. A command stays one to the shell. 0 columns break
// nothing.
func folded(text string, columns int) string {
	if columns == 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if width(line) <= columns {
			continue
		}
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		if commands.MatchString(line) {
			lines[i] = strings.Join(packed(argument.FindAllString(line, -1), columns-len(indent)-2, len(indent)+2), " \\\n"+indent+"  ")
			lines[i] = indent + lines[i]
			continue
		}
		lines[i] = indent + strings.Join(packed(strings.Fields(line), columns-len(indent), 0), "\n"+indent)
	}
	return strings.Join(lines, "\n")
}

// commands are lines for the shell.
var commands = regexp.MustCompile(`^ +(usher|curl) `)

// argument is one of a command line, with what is quoted in it.
var argument = regexp.MustCompile(`(?:'[^']*'|[^' ])+`)

// packed puts words on lines of so many columns, those after the first less by further
// ones. A word that is wider is a line of its own.
func packed(words []string, columns, less int) []string {
	var lines []string
	for _, word := range words {
		if n := len(lines); n > 0 && width(lines[n-1])+1+width(word) <= columns {
			lines[n-1] += " " + word
			continue
		}
		if len(lines) == 1 {
			columns -= less
		}
		lines = append(lines, word)
	}
	return lines
}

// width is how many columns a text takes, without what only colors it.
func width(text string) int { return utf8.RuneCountInString(painting.ReplaceAllString(text, "")) }

var painting = regexp.MustCompile("\x1b\\[[0-9;]*m")

// leastColumn is how narrow the last column of a table becomes at most.
const leastColumn = 12

// narrowed breaks the cells of the last column of a table so that it fits into so many
// columns, if the others leave room for it.
func narrowed(rows [][]string, columns int) [][]string {
	if columns == 0 {
		return rows
	}
	last, before := 0, 0
	for _, row := range rows {
		last = max(last, len(row)-1)
	}
	for i := range last {
		widest := 0
		for _, row := range rows {
			if i < len(row)-1 {
				widest = max(widest, width(row[i]))
			}
		}
		before += widest + columnGap
	}
	room := max(columns-before, leastColumn)
	var narrow [][]string
	for _, row := range rows {
		if len(row) <= last {
			narrow = append(narrow, row)
			continue
		}
		for i, line := range packed(strings.Fields(row[last]), room, 0) {
			part := make([]string, last+1)
			if i == 0 {
				copy(part, row[:last])
			}
			part[last] = line
			narrow = append(narrow, part)
		}
		if strings.TrimSpace(row[last]) == "" {
			narrow = append(narrow, row)
		}
	}
	return narrow
}

package xlsx

import (
	"strconv"
	"strings"
)

// area is a rectangle of cells, all ends included: columns from 0, rows from 1.
type area struct{ columns, rows span }

// parseCell reads a name like B5. A name without a number has row 0.
func parseCell(name string) (column, row int, ok bool) {
	i := 0
	for i < len(name) && column <= maxColumn {
		letter := name[i] | 0x20 // in lower case
		if letter < 'a' || letter > 'z' {
			break
		}
		column = column*26 + int(letter-'a') + 1
		i++
	}
	if column == 0 || column > maxColumn {
		return 0, 0, false
	}
	if i == len(name) {
		return column - 1, 0, true
	}
	row, ok = parseRow(name[i:])
	return column - 1, row, ok
}

func parseRow(number string) (int, bool) {
	row, err := strconv.Atoi(number)
	return row, err == nil && row >= 1 && row <= maxRow && number[0] != '+'
}

// parseArea reads a name like A1:C5 or A1.
func parseArea(name string) (area, bool) {
	first, last, ranged := strings.Cut(strings.ReplaceAll(name, "$", ""), ":")
	if !ranged {
		last = first
	}
	c1, r1, ok1 := parseCell(first)
	c2, r2, ok2 := parseCell(last)
	return area{span{c1, c2}, span{r1, r2}}, ok1 && ok2 && r1 > 0 && r2 > 0
}

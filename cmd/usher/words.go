package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// counted is "1 row" or "7 rows".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func rowsOf(n int) string   { return counted(n, "row", "rows") }
func peopleOf(n int) string { return counted(n, "person", "people") }

// about is a length of time for people, in one unit.
func about(seconds int) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case d < 2*time.Minute:
		return counted(seconds, "second", "seconds")
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", (seconds+59)/60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", (seconds+3599)/3600)
	}
	return fmt.Sprintf("%d days", (seconds+86399)/86400)
}

// listed is "email_invalid 4, group_unknown 3", the most frequent first.
func listed(codes map[onboard.Code]int) string {
	names := slices.SortedFunc(maps.Keys(codes), func(a, b onboard.Code) int {
		if codes[a] != codes[b] {
			return codes[b] - codes[a]
		}
		return strings.Compare(string(a), string(b))
	})
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = fmt.Sprintf("%s %d", name, codes[name])
	}
	return strings.Join(words, ", ")
}

// stamped is a time for people, in their time zone.
func stamped(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// outcomes are the counts of a request that are not zero, in the order in which
// the API has them.
func outcomes(c client.Counts) [][2]string {
	var list [][2]string
	for _, s := range onboard.States {
		if n := c[s]; n > 0 {
			list = append(list, [2]string{string(s), fmt.Sprint(n)})
		}
	}
	return list
}

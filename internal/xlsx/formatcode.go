package xlsx

// parseFormat reads a format code (ECMA-376 Part 1, 18.8.31). It never fails: a
// code that is not understood leaves numbers as plain digits.
func parseFormat(code string) *numberFormat {
	var f numberFormat
	for i, text := range splitSections(code) {
		p := formatParser{rest: text}
		s := p.parse()
		switch {
		case s.textual:
			f.text = &s
		case i < 3:
			f.numbers = append(f.numbers, s)
		}
	}
	return &f
}

// splitSections cuts a code at the semicolons that are no literals.
func splitSections(code string) []string {
	var sections []string
	from, quoted, bracketed := 0, false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"' && !bracketed:
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracketed = true
		case c == ']':
			bracketed = false
		case c == ';' && !bracketed:
			sections = append(sections, code[from:i])
			from = i + 1
		}
	}
	return append(sections, code[min(from, len(code)):])
}

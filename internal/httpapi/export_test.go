package httpapi

// ReadCursor and WriteCursor are what the fuzz tests need of cursors.
func ReadCursor(list, cursor string) (string, bool) { return readCursor(list, cursor) }

func WriteCursor(list, place string) string { return writeCursor(list, place) }

// UnsetRules returns the routes without a rule.
func UnsetRules() (list []string) {
	for _, r := range routes() {
		if r.rule != open && r.rule != administrator {
			list = append(list, r.method+" "+r.path)
		}
	}
	return list
}

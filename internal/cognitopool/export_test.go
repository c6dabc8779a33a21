package cognitopool

// Codes returns the error codes of the table, some of them more than once: what
// a test of it must not have forgotten.
func Codes() []string {
	var codes []string
	for _, m := range meanings {
		codes = append(codes, m.codes...)
	}
	return codes
}

package onboard

// findInSafety says what bears on who can act as an administrator, and what a second
// factor means to the people who are invited.
func findInSafety(s *PoolSettings) (list []Finding) {
	switch s.SecondFactor {
	case SecondFactorRequired:
		list = append(list, Finding{
			"mfa_required", SeverityWarning,
			"The pool requires a second factor. Everyone who is invited must set one up at the first sign-in, and cannot sign in without it.",
			"Say so before you invite, so that people have an authenticator app ready.",
		})
	case SecondFactorOptional, SecondFactorOff:
		list = append(list, Finding{
			"mfa_not_required", SeverityWarning,
			"The pool requires no second factor, so the password of one administrator is enough to invite people and to read their addresses.",
			"Let administrators set up a second factor (usher login --second-factor), or require one of everyone in the pool (RequireMfa of a new stack).",
		})
	}
	if s.TokenTrigger {
		list = append(list, Finding{
			"token_trigger_present", SeverityWarning,
			"A trigger of the pool (pre token generation) can write any group into a token, so it decides who is an administrator of usher.",
			"Read the trigger's code, and allow only people who may administer the pool to change it.",
		})
	}
	return list
}

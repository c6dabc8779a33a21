package onboard

import "errors"

// outcome is what an invitation is settled with.
type outcome struct {
	state  State
	code   Code
	reason string
}

var (
	alreadyExists           = outcomeOf(Existing, CodeAlreadyExists)
	alreadySignedIn         = outcomeOf(Existing, CodeAlreadySignedIn)
	mustReset               = outcome{Existing, CodeAlreadySignedIn, sentence(CodeAlreadySignedIn, CauseMustReset)}
	notRepeatable           = outcomeOf(NotMailed, CodeMailNotRepeatable)
	resentRecently          = outcomeOf(Existing, CodeResentRecently)
	forcedTooOften          = outcomeOf(Existing, CodeForcedTooOften)
	userNotFound            = outcomeOf(Failed, CodeUserNotFound)
	canceledByAdministrator = outcomeOf(Canceled, CodeCanceled)
	canceledAlone           = outcome{Canceled, CodeCanceled, sentence(CodeCanceled, CauseOneRow)}
	erasedAlone             = outcomeOf(Canceled, CodeErased)
	attemptsExhausted       = outcomeOf(Failed, CodeAttemptsExhausted)
	notAccepted             = outcomeOf(Canceled, CodeNotAccepted)
	expiredBeforeMail       = outcomeOf(Failed, CodeExpired)
	neverMailed             = outcomeOf(NotMailed, CodeMailNotDelivered)
	mailUnclear             = outcomeOf(NotMailed, CodeMailUnclear)
	cappedUnmailed          = outcome{NotMailed, CodeMailQuota, sentence(CodeMailQuota, CauseCreatedUnmailed)}
)

// outcomeOf is an outcome whose code says all there is to say.
func outcomeOf(s State, c Code) outcome { return outcome{s, c, sentence(c, "")} }

// besideGroups is the outcome o of a row with these groups. A user who was there
// before, and one who was not mailed, is put into none of them, which the row says.
func (o outcome) besideGroups(groups []string) outcome {
	switch {
	case len(groups) == 0, o.state != Existing && o.state != Resent && o.state != NotMailed:
	case o.code == "", o.code == CodeAlreadyExists:
		o.code, o.reason = CodeGroupsUnchanged, sentence(CodeGroupsUnchanged, "")
	default:
		o.reason += " " + groupsUnchanged
	}
	return o
}

// refusal is the outcome of a row that the pool refused. Where the pool does not say
// what it refuses, the reason names what it may be.
func (x *task) refusal(err error) outcome {
	o := outcome{Failed, codeOf(err, CodeRefusedByPool), reasonOf(err, CodeRefusedByPool)}
	if o.code == CodeRefusedByPool && !x.onlyMails() {
		o.reason = refusedWith(x.inv.Attributes)
	}
	return o
}

// signedIn is the outcome of a row that asks for mail to a user who has no temporary
// password.
func (x *task) signedIn() outcome {
	if x.user.MustReset {
		return mustReset
	}
	return alreadySignedIn
}

// notDelivered is the outcome of a row whose user exists and whom the pool could
// not mail.
func (x *task) notDelivered(err error) outcome {
	if x.request.Passwordless && x.creates() {
		return notRepeatable
	}
	return outcome{NotMailed, codeOf(err, CodeMailNotDelivered), reasonOf(err, CodeMailNotDelivered)}
}

// mailRefused is the outcome of a row whose user was created before the pool
// refused the mail.
func mailRefused(err error) outcome {
	return outcome{NotMailed, codeOf(err, CodeMailNotDelivered), createdUnmailed(reasonOf(err, CodeRefusedByPool))}
}

// mayComeLate reports whether err may come from the pool's mailing: then the user may
// exist without having been mailed.
func mayComeLate(err error) bool {
	var p *PoolError
	return errors.As(err, &p) && p.Unmailed
}

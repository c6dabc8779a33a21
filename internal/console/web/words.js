// What the API's states and codes are called here, and what to do about them.
// A test holds these lists to the ones in the program.

import {mailDayBegins} from './format.js';

/** States of an invitation, in the order in which they are shown. */
export const states = {
  invited: {name: 'Invited', tone: 'good', help: 'The person has a user now, and the invitation with a temporary password was mailed.'},
  created: {name: 'Created', tone: 'good', help: 'The person has a user now. No mail was sent, as you asked.'},
  resent: {name: 'Resent', tone: 'good', help: 'The person had never signed in, and was mailed a new temporary password.'},
  existing: {name: 'Already there', tone: 'calm', help: 'The address had a user before. Nothing was done and nobody was mailed.'},
  duplicate: {name: 'Duplicate', tone: 'calm', help: 'The same address stands further up in the same request. It is invited once.'},
  not_mailed: {name: 'Not mailed', tone: 'fix', help: 'The person has a user, but the mail could not be sent. “Mail them again” fixes it.'},
  failed: {name: 'Failed', tone: 'fix', help: 'Not invited. What stands beside it says why, and whether to correct the row or to try again.'},
  canceled: {name: 'Canceled', tone: 'calm', help: 'The request was canceled before this row’s turn came. Nobody was mailed.'},
  deferred: {name: 'Deferred', tone: 'wait', help: 'Will be tried again by itself, at a time or when the request is resumed.'},
  pending: {name: 'Waiting', tone: 'wait', help: 'Its turn has not come yet.'},
};

/** States of a request. */
export const requestStates = {
  accepting: {name: 'Accepting', tone: 'wait'},
  running: {name: 'Running', tone: 'wait'},
  paused: {name: 'Paused', tone: 'fix'},
  completed: {name: 'Done', tone: 'good'},
  completed_with_errors: {name: 'Done, some to fix', tone: 'fix'},
  canceled: {name: 'Canceled', tone: 'calm'},
};

/** Codes of a row. fault: the row itself is wrong, so that only correcting it helps. */
export const codes = {
  email_missing: {name: 'No address', fault: true, help: 'The row has no e-mail address. Fill it in, or take the row out.'},
  email_invalid: {name: 'Not an address', fault: true, help: 'What stands there is not an e-mail address. Look for a missing @, a blank, or a comma in place of a dot.'},
  email_too_long: {name: 'Address too long', fault: true, help: 'Cognito takes addresses of at most 128 characters.'},
  attribute_invalid: {name: 'Value not accepted', fault: true, help: 'A column holds a value that the pool cannot store. The reason names the column.'},
  attribute_unknown: {name: 'Unknown attribute', fault: true, help: 'The pool has no such attribute. Take it out, or have it added to the pool.'},
  attribute_required: {name: 'Value missing', fault: true, help: 'The pool makes no user without this value. Fill it in.'},
  pool_not_ready: {name: 'Pool takes no addresses', fault: true, help: 'The pool refuses every address as a user name, so nobody can be invited into it.'},
  group_invalid: {name: 'Not a group name', fault: true, help: 'A group’s name may hold no blanks and at most 128 characters.'},
  group_unknown: {name: 'Unknown group', fault: true, help: 'The pool has no group of that name. Look at its spelling, capitals included.'},
  row_invalid: {name: 'Row not readable', fault: true, help: 'The row could not be read: too many cells, or a quotation mark that is never closed.'},
  duplicate_in_request: {name: 'Twice in this list', help: 'The address stands further up as well. It is invited once; there is nothing to do.'},
  already_exists: {name: 'Has a user already', help: 'Nothing was done. There is nothing to do.'},
  already_signed_in: {name: 'Gets no new password', help: 'A new temporary password was asked for, but Cognito mails none to this account. The reason says why.'},
  resent_recently: {name: 'Mailed a short while ago', help: 'The last mail to this address is less than a day old, so no other was sent.'},
  refused_by_trigger: {name: 'Refused by the pool’s rules', help: 'A program of your own, attached to the pool, said no. Ask whoever looks after it, then try again.'},
  refused_by_pool: {name: 'Refused by the pool', help: 'The pool said no. The reason says what it said. Try again when that is settled.'},
  password_policy: {name: 'Password rules', help: 'The pool’s rules for passwords refused the temporary one. Ask whoever looks after the pool, then try again.'},
  mail_not_delivered: {name: 'Mail not sent', help: 'The user exists, and Cognito could not send the mail. Mail them again.'},
  mail_not_repeatable: {name: 'Mail lost', help: 'The user exists and has no password, so Cognito cannot mail them again. Say to them by other means how to sign in.'},
  mail_unclear: {name: 'Mail not confirmed', help: 'Cognito’s answer was lost, and whether the mail went out is not known. Mail them again to be sure.'},
  group_not_added: {name: 'Not in the group', help: 'The person is invited, but could not be put into a group. Add them to the group by hand.'},
  mail_quota_exhausted: {name: 'Day’s mail used up', help: `No more mail can be sent today. It goes on by itself when the mail day begins, at 09:00 UTC (${mailDayBegins()} where you are).`},
  pool_misconfigured: {name: 'Pool needs fixing', help: 'No invitation can pass until somebody fixes the pool. The reason says what; then resume.'},
  expired_before_mail: {name: 'Mail took too long', help: 'The request was open for 90 days and this person\'s turn did not come. Submit them again.'},
  attempts_exhausted: {name: 'No answer, again and again', help: 'Cognito did not answer in several attempts. Try again.'},
  canceled: {name: 'Canceled', help: 'The request was canceled before this row’s turn came.'},
  not_accepted: {name: 'Cut off', help: 'The request was cut off while it was being accepted. Nobody was invited; send it again.'},
  user_not_found: {name: 'No such user', help: 'A new temporary password was asked for an address that has no user. Invite it.'},
};

/** Warnings about a list as a whole. */
export const warnings = {
<<<<<<< HEAD
=======
  adjusted: {name: 'Read with a change', help: 'Something is read otherwise than it was written. Look at what the check shows.'},
  not_used: {name: 'Not used', help: 'A column that is read and comes back in the results, but is not stored in the pool.'},
>>>>>>> filesb
  normalized: {name: 'Put into form', help: 'Values are stored in the form that the pool takes.'},
  not_used: {name: 'Not used', help: 'Something in the list is not used. The sentence says what.'},
  adjusted: {name: 'Read differently', help: 'Something was read differently from how it was written. The sentence says what and where.'},
  looks_damaged: {name: 'Looks damaged', help: 'A value was probably spoiled on its way, for example by a wrong encoding. Look at these rows.'},
  address_beyond_ascii: {name: 'No mail possible', help: 'An address has a character that mail cannot be sent to.'},
  marked_disabled: {name: 'Marked as disabled', help: 'Your list marks these people as disabled, suspended or deleted. They are invited unless you remove them.'},
  domain_misspelled: {name: 'Possible typo', help: 'The domain differs by one letter from a common one.'},
  domain_without_mail: {name: 'Takes no mail', help: 'Mail to this domain cannot arrive.'},
  known_unreadable: {name: 'Earlier invitations not read', help: 'Who was invited before could not be read.'},
};

export const stateOf = (state) => states[state] ?? {name: state, tone: 'calm', help: ''};
export const requestStateOf = (state) => requestStates[state] ?? {name: state, tone: 'calm'};
export const codeOf = (code) => codes[code] ?? {name: code.replaceAll('_', ' '), help: ''};

/** Whether a failed row with this code must be corrected rather than tried again. */
export const atFault = (code) => codes[code]?.fault === true;

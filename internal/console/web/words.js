// What the API's states, codes and fields are called here, and what to do about them.
// A test holds these lists to the ones in the program.

import {mailDayBegins} from './format.js';

/** States of an invitation, in the order in which they are shown. */
export const states = {
  invited: {name: 'Invited', tone: 'good', help: 'The person has an account now, and the invitation with a temporary password was mailed.'},
  created: {name: 'Created', tone: 'good', help: 'The person has an account now. No mail was sent, as you asked.'},
  resent: {name: 'Resent', tone: 'good', help: 'The person had never signed in, and got a new temporary password by mail.'},
  existing: {name: 'Already there', tone: 'calm', help: 'The person had an account before. Nothing was done and no mail was sent.'},
  duplicate: {name: 'Duplicate', tone: 'calm', help: 'The same address appears earlier in the list. It is invited once.'},
  not_mailed: {name: 'Not mailed', tone: 'fix', help: 'The person has an account, but the mail could not be sent. “Mail them again” fixes it.'},
  failed: {name: 'Failed', tone: 'fix', help: 'Not invited. The reason says whether to correct the row or to retry it.'},
  canceled: {name: 'Canceled', tone: 'calm', help: 'An administrator canceled the request before this row was attempted. No mail was sent.'},
  deferred: {name: 'Deferred', tone: 'wait', help: 'Will be tried again automatically, at the time shown or when the request is resumed.'},
  pending: {name: 'Waiting', tone: 'wait', help: 'Not attempted yet.'},
};

/** What became of the mail of a row, where the sender reports it. */
export const deliveries = {
  delivered: {name: 'Delivered', tone: 'good', help: 'The server of the address took the mail. It may still be in the spam folder.'},
  bounced: {name: 'Bounced', tone: 'fix', help: 'The mail came back: the address does not exist, or takes no mail. Correct it.', next: 'Correct the address.'},
  complained: {name: 'Marked as spam', tone: 'fix', help: 'The mail arrived and was reported as spam. Do not mail this address again; speak to the person.', next: 'Speak to the person.'},
};

/** Whether the person of a row had signed in, as of a scan; expired is a “no” whose password does not work any more. */
export const signIns = {
  yes: {name: 'Signed in', tone: 'good', help: 'The person has signed in, or their account was deleted.'},
  no: {name: 'Not signed in', tone: 'calm', help: 'The person has not chosen a password of their own yet.'},
  expired: {name: 'Password expired', tone: 'fix', help: 'The person did not sign in while the temporary password worked. They need a new one.'},
  unknown: {name: 'Not known', tone: 'calm', help: 'The row made no account, or did so shortly before the pool was asked.'},
};

/** States of a request. */
export const requestStates = {
  accepting: {name: 'Accepting', tone: 'wait'},
  running: {name: 'Running', tone: 'wait'},
  paused: {name: 'Paused', tone: 'fix'},
  completed: {name: 'Done', tone: 'good'},
  completed_with_errors: {name: 'Done with errors', tone: 'fix'},
  canceled: {name: 'Canceled', tone: 'calm'},
};

/** Codes of a row. fault: the row itself is wrong, so that only correcting it helps. */
export const codes = {
  email_missing: {name: 'No address', fault: true, help: 'The row has no e-mail address. Fill it in, or remove the row.'},
  email_invalid: {name: 'Not an address', fault: true, help: 'The cell does not contain an e-mail address. Look for a missing @, a space, or a comma in place of a dot.'},
  email_too_long: {name: 'Address too long', fault: true, help: 'Cognito accepts addresses of at most 128 characters.'},
  attribute_invalid: {name: 'Value not accepted', fault: true, help: 'A column has a value that the pool cannot store. The reason names the column.'},
  attribute_unknown: {name: 'Unknown attribute', fault: true, help: 'The pool has no such attribute. Remove it, or ask for it to be added to the pool.'},
  attribute_required: {name: 'Value missing', fault: true, help: 'The pool accepts no account without this value. Fill it in.'},
  pool_not_ready: {name: 'Pool takes no addresses', fault: true, help: 'The pool refuses every address as a user name, so nobody can be invited into it.'},
  sender_not_ready: {name: 'No mail goes out', help: 'The account that sends the pool’s mail sends none at present, so nobody is invited. The finding about the pool says why. Inviting without mail works.'},
  group_invalid: {name: 'Not a group name', fault: true, help: 'The name of a group has no spaces and at most 128 characters.'},
  group_unknown: {name: 'Unknown group', fault: true, help: 'The pool has no group of that name. Check its spelling, including capitals.'},
  group_not_allowed: {name: 'Group not allowed', fault: true, help: 'No row may put a person into this group. The reason says why, and which setting of the installation allows it.'},
  row_invalid: {name: 'Row not readable', fault: true, help: 'The row could not be read: too many cells, or a quotation mark that is never closed.'},
  duplicate_in_request: {name: 'Twice in this list', help: 'The same address appears earlier in the list. It is invited once; there is nothing to do.'},
  already_exists: {name: 'Has an account already', help: 'Nothing was done. There is nothing to do.'},
  already_signed_in: {name: 'Gets no new password', help: 'A new temporary password was requested, but Cognito mails none to this account. The reason says why.'},
  resent_recently: {name: 'Mailed recently', help: 'The last mail to this address is less than a day old, so no other was sent.'},
  forced_too_often: {name: 'Mailed too often', help: 'The address was mailed three times by force within a day. Mail it again tomorrow.'},
  groups_unchanged: {name: 'Groups unchanged', help: 'The person has an account already and was not added to the groups of this row. Add them by hand.'},
  refused_by_trigger: {name: 'Refused by the pool’s rules', help: 'A program of your own, attached to the pool, refused the person. Ask the operator of the pool, then retry.'},
  refused_by_pool: {name: 'Refused by the pool', help: 'The pool refused the person. The reason says why. Fix that, then retry.'},
  password_policy: {name: 'Password rules', help: 'The pool’s rules for passwords refused the temporary one. Ask the operator of the pool, then retry.'},
  mail_not_delivered: {name: 'Mail not sent', help: 'The person has an account, but Cognito could not send the mail. Mail them again.'},
  mail_not_repeatable: {name: 'Mail lost', help: 'The person has an account without a password, so Cognito cannot mail them again. Tell them by other means how to sign in.'},
  mail_unclear: {name: 'Mail not confirmed', help: 'Cognito’s answer was lost, so the mail may or may not have been sent. Mail them again to be sure.'},
  group_not_added: {name: 'Not in the group', help: 'The person is invited, but could not be added to a group. Add them to the group by hand.'},
  mail_quota_exhausted: {name: 'Day’s mail used up', help: `The sender takes no more mail for now. The request continues automatically at 09:00 UTC (${mailDayBegins()} where you are).`},
  mails_bounce: {name: 'Mails bounce', help: 'So many mails bounced that the request paused, because Amazon stops senders whose mails bounce. Look at the rows that bounced first.'},
  pool_misconfigured: {name: 'Pool needs fixing', help: 'Nobody can be invited until the pool is fixed. The reason says what to fix; then resume.'},
  expired_before_mail: {name: 'Mail took too long', help: 'The request was open for 90 days before this person could be mailed. Submit them again.'},
  attempts_exhausted: {name: 'No response from Cognito', help: 'Cognito did not answer in several attempts. Retry.'},
  canceled: {name: 'Canceled', help: 'An administrator canceled the request before this row was attempted.'},
  erased: {name: 'Erased', help: 'The data of this person was erased before the row was attempted.'},
  not_accepted: {name: 'Not accepted', help: 'The request was interrupted while it was being accepted. Nobody was invited; send it again.'},
  user_not_found: {name: 'No account', help: 'A new temporary password was requested for an address that has no account. Invite it.'},
};

/** Titles of what the pool doctor finds. What a finding causes and how to fix it comes with it. */
export const findings = {
  email_not_username: {name: 'The pool takes no addresses'},
  template_without_password: {name: 'No password in the mail'},
  template_without_username: {name: 'No user name in the mail'},
  template_without_link: {name: 'No link in the mail'},
  template_without_name: {name: 'No organization in the mail'},
  template_not_used: {name: 'Own text may not be used'},
  passwordless: {name: 'Sign-in without passwords'},
  plain_user_names: {name: 'User names that are no addresses'},
  federated_users: {name: 'Sign-in through other providers'},
  custom_sender: {name: 'A trigger sends the mails'},
  custom_message: {name: 'A trigger writes the mails'},
  attribute_required: {name: 'A value is required'},
  pool_unreadable: {name: 'Pool not read'},
  pool_not_inspected: {name: 'Pool not read'},
  builtin_sender: {name: 'Few mails a day'},
  no_mail_events: {name: 'No reports of bounced mails'},
  ses_sandbox: {name: 'Mail in the sandbox'},
  ses_paused: {name: 'Sending is paused'},
  ses_identity_unverified: {name: 'Sender not verified'},
  ses_under_review: {name: 'Sender under review'},
  ses_rate_below_pace: {name: 'Mails go out slowly'},
  ses_unreadable: {name: 'Sender not asked'},
  mail_quota_short: {name: 'Not enough mails'},
  mail_takes_too_long: {name: 'The mails take too long'},
  case_sensitive: {name: 'Capital letters count'},
  self_sign_up_open: {name: 'Open to everyone'},
  temporary_password_short: {name: 'Passwords expire soon'},
  password_days_differ: {name: 'Password days differ'},
  typeable_passwords_unused: {name: 'Other passwords than chosen'},
  admin_group_missing: {name: 'No group of administrators'},
  deletion_protection_off: {name: 'Pool not protected'},
  mfa_required: {name: 'Second factor required'},
  mfa_not_required: {name: 'Administrators without a second factor'},
  token_trigger_present: {name: 'A trigger makes administrators'},
  triggers_present: {name: 'Triggers decide too'},
};

/** Warnings about a list as a whole. */
export const warnings = {
  not_used: {name: 'Not used', help: 'Something in the list is not used. The sentence says what.'},
  adjusted: {name: 'Read differently', help: 'Something was read differently from how it was written. The sentence says what and where.'},
  looks_damaged: {name: 'Looks damaged', help: 'A value was probably spoiled on its way, for example by a wrong encoding. Look at these rows.'},
  address_beyond_ascii: {name: 'No mail possible', help: 'An address has a character that mail cannot be sent to.'},
  pool_unreadable: {name: 'Pool not read', help: 'The settings of the pool could not be read, so rows are not checked against them.'},
  normalized: {name: 'Put into standard form', help: 'Values are stored in the form that the pool takes.'},
  marked_disabled: {name: 'Marked as disabled', help: 'Your list marks these people as disabled, suspended or deleted. They are invited unless you remove them.'},
  domain_misspelled: {name: 'Possible typo', help: 'The domain differs by one letter from a common one.'},
  domain_without_mail: {name: 'Takes no mail', help: 'Mail to this domain cannot arrive.'},
  known_unreadable: {name: 'Earlier invitations not read', help: 'Who was invited before could not be read.'},
};

/** Refusals whose own sentence is for programs. */
const problems = {
  empty_body: 'The list is empty. Add at least one address.',
  no_rows: 'The list contains no address. Add at least one.',
  idempotency_key_reused: 'This list was sent before with other content. Check it again, then send it.',
  body_incomplete: 'The upload was interrupted. Send it again.',
};

/** Attributes of a person by their full name. */
const attributes = {
  name: 'Full name', given_name: 'First name', family_name: 'Last name', middle_name: 'Middle name', nickname: 'Nickname',
  preferred_username: 'Preferred user name', phone_number: 'Phone', birthdate: 'Date of birth', address: 'Postal address', gender: 'Gender',
  locale: 'Language', zoneinfo: 'Time zone', profile: 'Profile page', picture: 'Picture', website: 'Website', updated_at: 'Updated at',
};

export const stateOf = (state) => states[state] ?? {name: state, tone: 'calm', help: ''};
export const requestStateOf = (state) => requestStates[state] ?? {name: state, tone: 'calm'};
/** The word of signIns for a row. */
export const signInOf = (row) => signIns[row.signed_in === 'no' && row.expired ? 'expired' : row.signed_in];
export const findingOf = (code) => findings[code] ?? {name: code.replaceAll('_', ' ')};
export const codeOf = (code) => codes[code] ?? {name: code.replaceAll('_', ' '), help: ''};

/** Whether a failed row with this code must be corrected rather than tried again. */
export const atFault = (code) => codes[code]?.fault === true;

const custom = 'custom:';

/** An attribute as a label: “First name”; the pool's own by the name it has there. */
export const attributeName = (name) => attributes[name] ?? (name.startsWith(custom) ? name.slice(custom.length) : name.replaceAll('_', ' '));

/** The text of a refusal for people who do not program. */
export const problemText = ({code, message}) => problems[code] ?? plain(message);

/** A text from the API without the words that only programmers use. */
export const plain = (text) => text
  .replace(/\bcustom:([^".,;]+)/g, '$1 (custom attribute)')
  .replace(/\bbody\b/g, 'list');

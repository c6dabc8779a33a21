// One person over all requests: what became of them, and what can be done for them.

import {h, fill, table, button, busy, address} from './dom.js';
import {newKey, read} from './api.js';
import {asked} from './dialog.js';
import {count, moment} from './format.js';
import {problemBox} from './problem.js';
import {titleOf} from './title.js';
import {codeOf, deliveries, states} from './words.js';

/** The address that was last searched for. It is kept here only: an address in a link would stay in the history. */
let wanted = '';

/** The search box at the top of every page. */
export function searchBox() {
  const input = h('input', {type: 'search', name: 'person', 'aria-label': 'Find a person by address', placeholder: 'Find a person by address', autocomplete: 'off', spellcheck: 'false', required: true});
  return h('form.find', {role: 'search', onsubmit: (event) => {
    event.preventDefault();
    lookFor(input.value.trim());
    input.value = '';
  }}, input, h('button', {type: 'submit'}, 'Find'));
}

/** Goes to the page of a person. */
export function lookFor(email) {
  wanted = email;
  if (location.hash === '#/person') window.dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = '#/person';
}

/** Shows the person who was searched for. */
export async function showPerson(stage, {signal}, done = '') {
  document.title = 'Person · usher';
  if (!wanted) {
    fill(stage, h('h1', 'Find a person'), h('p', 'Type an address into the search box above.'));
    return;
  }
  const email = wanted;
  const found = await about('lookup', {email}, {signal});
  const trouble = h('div');
  const again = (what) => showPerson(stage, {signal}, what).catch((error) => { if (!signal.aborted) fill(trouble, problemBox(error)); });
  fill(stage, h('h1', address(found.email)), h('p.lead', found.summary), known(found), done && h('p', {role: 'status'}, done), trouble,
    h('section.next', h('p.row', resend(found, trouble), cancel(found, again), refresh(trouble, again)), advice(found)),
    found.rows.length > 0 && table({caption: 'Requests with this address, the latest first', kind: 'people', columns: columnsOf(found), rows: found.rows.map((row) => columnsOf(found).map(({cell}) => cell(row)))}),
    found.users === null && h('p.quiet', 'The pool could not be asked for the account. Try again in a minute.'),
    h('p.quiet', 'usher shows the last ten rows with this address, and those that wait in open requests.'));
}

const word = ({name, tone}) => h(`span.word.${tone}`, name);

/** The columns, each with what a row has in it. That of the mails is there only if one is known of. */
const columnsOf = ({rows}) => [
  {name: 'Request', kind: 'what', cell: ({request_id: id, label, submitted_by: by, submitted_at: at, invitation}) =>
    [h('a.cut', {href: `#/requests/${id}`}, titleOf({label, request_id: id})), h('small', moment(at), ' · ', by, ' · row ', invitation.row)]},
  {name: 'State', kind: 'state', cell: ({invitation}) => word(states[invitation.state])},
  ...(rows.some((row) => row.delivery) ? [{name: 'Mail', kind: 'state', cell: ({delivery}) => delivery ? word(deliveries[delivery]) : ''}] : []),
  {name: 'Reason', kind: 'why', cell: ({invitation}) => invitation.code ? [h('strong', codeOf(invitation.code).name), h('small', invitation.reason)] : ''},
];

/** A call about a person: the address is in the body, so that it is in no log. */
const about = (what, body, {signal, key} = {}) => read(`/people/${what}`, {
  method: 'POST', signal, body: JSON.stringify(body),
  headers: {'Content-Type': 'application/json', ...key && {'Idempotency-Key': key}},
});

/** How the latest mail, the account and its password are, each in a word. */
function known({rows, users}) {
  const [latest] = rows;
  const mail = deliveries[latest?.delivery];
  const until = latest?.invitation.password_expires_at;
  const expired = until && new Date(until) < Date.now();
  const said = (tone, ...text) => h(`span.word.${tone}`, text);
  const words = [
    mail && said(mail.tone, `Mail ${mail.name.toLowerCase()}`),
    users && users.length === 0 && said('calm', 'No account'),
    users?.map((u) => u.enabled ? said(u.standing === 'signed_in' ? 'good' : 'calm', standings[u.standing] ?? u.standing) : said('fix', 'Account disabled')),
    isWaiting({users}) && until && (expired ? said('fix', 'Password expired ', moment(until)) : said('good', 'Password valid until ', moment(until))),
  ].flat().filter(Boolean);
  return words.length > 0 && h('p.row.facts-of', words);
}

const standings = {waiting: 'Not signed in', signed_in: 'Signed in', must_reset: 'Must choose a new password'};

/** Whether the person has an account that waits for the first sign-in, or may have one. */
const isWaiting = ({users}) => users === null || users.some((u) => u.standing === 'waiting' && u.enabled);

/**
 * Mails the person again: at once, or within the 24 hours after the last mail only to
 * those who say that they mean it. Null if the person has no account, or has signed in.
 */
function resend(found, trouble) {
  const {email, can_be_mailed_at: from, mailed_at: mailed} = found;
  if (!isWaiting(found)) return null;
  const key = newKey();
  const send = async (force) => {
    const made = await about('resend', force ? {email, force} : {email}, {key: `${key}-${force}`});
    location.hash = `#/requests/${made.request_id}`;
  };
  if (!from) {
    const now = button('Send a new password', () => busy(now, async () => {
      fill(trouble);
      await send(false).catch((error) => fill(trouble, problemBox(error)));
    }), 'main');
    return now;
  }
  return asked({
    open: 'Send a new password …', title: 'Send another temporary password?',
    body: [h('p', address(email), ' gets another mail. The password from the earlier mail stops working.'),
      h('p', 'The last mail left on ', moment(mailed), ', less than 24 hours ago.')],
    yes: 'Send it anyway', no: 'Do not send', work: () => send(true),
  });
}

/** What to know before the person is mailed again. */
function advice(found) {
  const {rows: [latest], can_be_mailed_at: from, mailed_at: mailed} = found;
  if (!isWaiting(found)) return null;
  return h('p.quiet',
    latest?.delivery && `${deliveries[latest.delivery].help} `,
    from ? ['The last mail left on ', moment(mailed), '. Until ', moment(from), ' usher asks before it sends another one.']
      : 'A new password is mailed at once. The one from an earlier mail stops working.');
}

/** Cancels what still waits. Null if nothing does. */
function cancel({email, rows}, again) {
  const waiting = rows.filter((row) => row.open).length;
  if (waiting === 0) return null;
  return asked({
    open: 'Cancel what waits …', title: 'Cancel what still waits?',
    body: h('p', address(email), ' is not invited where the invitation still waits. What was sent stays sent.'),
    yes: 'Cancel it', no: 'Keep it', work: async () => {
      const {rows: canceled} = await about('cancel', {email});
      await again(`Canceled ${count(canceled, 'row')}.`);
    },
  });
}

function refresh(trouble, again) {
  const look = button('Look again', () => busy(look, async () => {
    fill(trouble);
    await again();
  }));
  return look;
}

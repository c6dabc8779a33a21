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
    wanted = input.value.trim();
    input.value = '';
    if (location.hash === '#/person') window.dispatchEvent(new HashChangeEvent('hashchange'));
    else location.hash = '#/person';
  }}, input, h('button', {type: 'submit'}, 'Find'));
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
  fill(stage, h('h1', address(found.email)), h('p.lead', found.summary), done && h('p', {role: 'status'}, done), trouble,
    h('p.row', resend(found), cancel(found, again), refresh(trouble, again)),
    found.rows.length > 0 && table({caption: 'Requests with this address, the latest first', columns, kind: 'people', rows: found.rows.map(line)}),
    found.users === null && h('p.quiet', 'The pool could not be asked for the account. Try again in a minute.'),
    h('p.quiet', 'usher shows the last ten rows with this address, and those that wait in open requests.'));
}

const columns = [{name: 'Request', kind: 'what'}, {name: 'State', kind: 'state'}, {name: 'Reason', kind: 'why'}];

function line({request_id: id, label, submitted_by: by, submitted_at: at, delivery, invitation}) {
  const state = states[invitation.state];
  return [
    [h('a.cut', {href: `#/requests/${id}`}, titleOf({label, request_id: id})), h('small', moment(at), ' · ', by, ' · row ', invitation.row)],
    [h(`span.word.${state.tone}`, state.name), delivery && h(`span.word.${deliveries[delivery].tone}`, deliveries[delivery].name)],
    invitation.code ? [h('strong', codeOf(invitation.code).name), h('small', invitation.reason)] : '',
  ];
}

/** A call about a person: the address is in the body, so that it is in no log. */
const about = (what, body, {signal, key} = {}) => read(`/people/${what}`, {
  method: 'POST', signal, body: JSON.stringify(body),
  headers: {'Content-Type': 'application/json', ...key && {'Idempotency-Key': key}},
});

/** Mails the person again. Null if they have no account, or have signed in. */
function resend({email, users, can_be_mailed_at: from, mailed_at: mailed}) {
  if (users !== null && !users.some((u) => u.standing === 'waiting' && u.enabled)) return null;
  const key = newKey();
  const send = async (force) => {
    const made = await about('resend', force ? {email, force} : {email}, {key: `${key}-${force}`});
    location.hash = `#/requests/${made.request_id}`;
  };
  const force = from && h('input', {type: 'checkbox', id: 'person-force'});
  return asked({
    open: 'Send a new password …', title: 'Send a new temporary password?',
    body: [h('p', address(email), ' gets a new mail. The password from the earlier mail stops working.'),
      force && h('p', `The last mail left at ${moment(mailed)}, less than 24 hours ago.`),
      force && h('p.check', force, h('label', {for: 'person-force'}, 'Send another one anyway'))],
    yes: 'Send', work: () => send(force?.checked === true),
  });
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

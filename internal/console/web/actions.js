// What an administrator can do about a request as it stands.

import {h, fill, button, busy, field} from './dom.js';
import {invitations, newKey, order, read, results} from './api.js';
import {toFix} from './bar.js';
import {asked} from './dialog.js';
import {beginWith} from './draft.js';
import {count, sentence} from './format.js';
import {problemBox} from './problem.js';
import {labelOfCorrections, titleOf} from './title.js';
import {atFault, codeOf} from './words.js';

const mendable = ['failed', 'not_mailed'];

/** Shows what is to be done next, and what else can be. changed is called after an order. */
export function actions(request, changed) {
  const trouble = h('div');
  const act = (element, work) => busy(element, async () => {
    fill(trouble);
    try {
      await work();
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  });
  const c = {request, changed, act};
  const todo = [paused(c), correct(c), tryAgain(c), mailAgain(c)].filter(Boolean);
  return h('section.next',
    todo.length > 0 && [h('h2', 'What is left to do'), h('ul.todo', todo)],
    trouble, h('p.row', downloads(c), resend(c), cancel(c)));
}

/** How many failed rows must be corrected, and how many may pass another time. */
function failures({counts, codes}) {
  const all = Object.entries(codes).filter(([code]) => atFault(code)).reduce((sum, [, n]) => sum + n, 0);
  const faulty = Math.min(all, counts.failed);
  return {faulty, again: counts.failed - faulty};
}

/** A button that orders something of the request. */
function ordered(c, what, text) {
  const element = button(text, () => c.act(element, async () => {
    await order(c.request.request_id, what);
    c.changed();
  }), 'main');
  return element;
}

function paused(c) {
  const {pause, state, counts} = c.request;
  if (state === 'paused') {
    return h('li', h('p', h('strong', `${codeOf(pause.code).name}. `), sentence(pause.reason), ' No row is lost; go on when it is fixed.'), ordered(c, 'resume', 'Resume'));
  }
  if (state !== 'running' || counts.deferred === 0) return null;
  const causes = Object.keys(c.request.codes).filter((code) => ['mail_quota_exhausted', 'pool_misconfigured'].includes(code));
  return h('li', h('p', `${count(counts.deferred, 'row')} will be tried again at a later time. `, causes.map((code) => `${codeOf(code).help} `)));
}

function correct(c) {
  const {faulty} = failures(c.request);
  if (faulty === 0 || !c.request.done) return null;
  const edit = button('Correct and send again', () => c.act(edit, async () => {
    const rows = await (await results(c.request.request_id, ['failed'])).text();
    const faults = [];
    for await (const some of invitations(c.request.request_id, ['failed'])) faults.push(...some);
    beginWith(rows, labelOfCorrections(c.request), `${count(faults.length, 'row')} of “${titleOf(c.request)}” did not pass.`, faults);
    location.hash = '#/new';
  }), 'main');
  return h('li', h('p', h('strong', `${count(faulty, 'row')} to correct. `), 'What was sent is wrong, so trying again as it is would not help. Correct the rows here, or download them, correct them in a spreadsheet and send that file.'), edit);
}

function tryAgain(c) {
  const {again: rows} = failures(c.request);
  // The API refuses to retry a request that was canceled, or open for as long as it may be.
  if (rows === 0 || !c.request.done || c.request.state === 'canceled' || c.request.codes.expired_before_mail > 0) return null;
  return h('li', h('p', h('strong', `${count(rows, 'row')} may pass another time. `), 'Nothing is wrong with what was sent. Those who were invited are not invited again.'), ordered(c, 'retry', 'Try again'));
}

function mailAgain(c) {
  const {not_mailed: rows} = c.request.counts;
  if (rows === 0 || !c.request.done) return null;
  const mail = button('Mail them again', () => c.act(mail, () => send(c.request, 'not_mailed', false)), 'main');
  return h('li', h('p', h('strong', `${count(rows, 'person has', 'people have')} a user and no mail. `), 'They cannot sign in until they are mailed a new temporary password.'), mail);
}

/** Submits a resend and goes to the request that it makes. */
async function send(request, filter, force, key = newKey()) {
  const made = await read(`/requests/${request.request_id}/resend`, {
    method: 'POST', headers: {'Content-Type': 'application/json', 'Idempotency-Key': key},
    body: JSON.stringify(force ? {filter, force} : {filter}),
  });
  location.hash = `#/requests/${made.request_id}`;
}

function downloads(c) {
  const save = (name, states) => async () => offer(await results(c.request.request_id, states), name);
  const short = c.request.request_id.slice(-6);
  const all = button('Download the results', () => c.act(all, save(`usher-${short}-results.csv`, [])));
  const some = button('Download what failed', () => c.act(some, save(`usher-${short}-failures.csv`, mendable)));
  return [toFix(c.request.counts) > 0 && some, all];
}

/** Gives a file to the browser to save. */
function offer(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function resend(c) {
  const {counts, done} = c.request;
  if (!done || counts.invited + counts.created + counts.resent === 0) return null;
  const kind = h('select', h('option', {value: 'expired'}, 'Those whose password has expired'), h('option', {value: 'not_signed_in'}, 'Those who never signed in'));
  const force = h('input', {type: 'checkbox', id: 'resend-force'});
  const key = newKey();
  return asked({
    open: 'Send new passwords …', title: 'Send new temporary passwords',
    body: [field('To whom', kind, 'Of the people whom this request invited. Whoever has signed in is left alone.'),
      h('p', 'They get a new mail; the password that they were mailed before stops working.'),
      h('p.check', force, h('label', {for: 'resend-force'}, 'Also to those whose last mail is less than a day old'))],
    yes: 'Send', work: () => send(c.request, kind.value, force.checked, `${key}-${kind.value}-${force.checked}`),
  });
}

function cancel(c) {
  if (c.request.done || c.request.state === 'accepting') return null;
  return asked({
    open: 'Cancel …', title: 'Cancel this request?',
    body: h('p', 'Whoever is invited stays invited. Rows whose turn has not come are not invited any more.'),
    yes: 'Cancel the request', no: 'Let it go on', work: async () => {
      await order(c.request.request_id, 'cancel');
      c.changed();
    },
  });
}

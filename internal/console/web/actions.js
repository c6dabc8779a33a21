// What an administrator can do about a request in its present state.

import {h, fill, button, busy, field} from './dom.js';
import {act, invitations, newKey, read, results, rowsToCorrect} from './api.js';
import {asked} from './dialog.js';
import {beginWith} from './draft.js';
import {count, moment, number, sentence} from './format.js';
import {problemBox} from './problem.js';
import {shortTitleOf} from './title.js';
import {atFault, codeOf, problemText} from './words.js';

/**
 * Shows what is left to do and what else can be done. changed is called after an
 * action, edit to correct rows in place.
 */
export function actions(request, changed, edit) {
  const trouble = h('div');
  const run = (element, work) => busy(element, async () => {
    fill(trouble);
    try {
      await work();
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  });
  const c = {request, changed, edit, run};
  const todo = [paused(c), correct(c), retry(c), mailAgain(c), notSignedIn(c)].filter(Boolean);
  return h('section.next',
    todo.length > 0 && [h('h2', 'What is left to do'), h('ul.todo', todo)],
    trouble, h('p.row', downloads(c), newPasswords(c), cancel(c)));
}

/** How many failed rows must be corrected, and how many can be retried as they are. */
export function failures({counts, codes}) {
  const all = Object.entries(codes).filter(([code]) => atFault(code)).reduce((sum, [, n]) => sum + n, 0);
  const faulty = Math.min(all, counts.failed);
  return {faulty, again: counts.failed - faulty};
}

/** A button that acts on the request. */
function actionButton(c, what, text) {
  const element = button(text, () => c.run(element, async () => {
    await act(c.request.request_id, what);
    c.changed();
  }), 'main');
  return element;
}

function paused(c) {
  const {pause, state, counts} = c.request;
  if (state === 'paused' && pause.code === 'mails_bounce') {
    return h('li', h('div.both', h('p', h('strong', `${codeOf(pause.code).name}. `), sentence(pause.reason)),
      h('p.quiet', 'The rows that bounced are below, under “To fix”. No row is lost. After you resume, the count of bounces starts again.')), actionButton(c, 'resume', 'Resume'));
  }
  if (state === 'paused') {
    return h('li', h('div.both', h('p', h('strong', `${codeOf(pause.code).name}. `), sentence(pause.reason), ' No row is lost. Fix this, then resume the request.'),
      h('p.quiet', 'If you cannot fix it, send the link of this page to the operators of the user pool in AWS.')), actionButton(c, 'resume', 'Resume'));
  }
  if (state !== 'running' || counts.deferred === 0) return null;
  const {wait} = c.request;
  if (wait) {
    return h('li', h('p', h('strong', `${count(wait.rows, 'row waits', 'rows wait')} for mail. `),
      wait.until ? ['They continue on their own after ', moment(wait.until), '. '] : 'They continue now, as the mail allows. ', codeOf(wait.code).help));
  }
  const causes = Object.keys(c.request.codes).filter((code) => ['mail_quota_exhausted', 'pool_misconfigured', 'mails_bounce'].includes(code));
  const secondMail = c.request.codes.mail_not_delivered > counts.not_mailed;
  return h('li', h('p', h('strong', `${count(counts.deferred, 'row')} will be tried again automatically. `),
    secondMail && 'The pool could not send the mail. usher asks for it once more after a few minutes; there is nothing to do until then. ', causes.map((code) => `${codeOf(code).help} `)));
}

function correct(c) {
  const {faulty} = failures(c.request);
  const bounced = c.request.deliveries?.bounced ?? 0;
  if (faulty + bounced === 0) return null;
  const asText = button('Correct as text', () => c.run(asText, async () => {
    const rows = await (await results(c.request.request_id, rowsToCorrect)).text();
    const faults = [];
    for await (const some of invitations(c.request.request_id, rowsToCorrect)) faults.push(...some);
    beginWith(c.request, rows, `${count(faults.length, 'row')} of “${shortTitleOf(c.request)}” ${faults.length === 1 ? 'needs' : 'need'} correction.`, faults);
    location.hash = '#/new';
  }));
  return h('li', h('p', h('strong', `${count(faulty + bounced, 'row')} to correct. `),
    faulty > 0 && `${bounced === 0 ? 'The data contains' : faulty === 1 ? 'One has' : `${number(faulty)} have`} errors, so a retry would not help. `,
    bounced > 0 && `${count(bounced, 'mail')} came back: the address is wrong or takes no mail. `,
    faulty + bounced === 1 ? 'Correct it here or as text, or download it, correct it in a spreadsheet and send that file.'
      : 'Correct them here or as text, or download them, correct them in a spreadsheet and send that file.'),
  h('div.row', button('Correct here', c.edit, 'main'), asText));
}

function retry(c) {
  const {again: rows} = failures(c.request);
  // The API refuses to retry a request that was canceled, or open for as long as it may be.
  if (rows === 0 || !c.request.done || c.request.state === 'canceled' || c.request.codes.expired_before_mail > 0) return null;
  return h('li', h('p', h('strong', `${count(rows, 'row')} can be retried. `), 'The data is correct. Nobody is invited twice.'), actionButton(c, 'retry', 'Retry'));
}

function mailAgain(c) {
  // Cognito mails nobody again who has no temporary password.
  const rows = c.request.counts.not_mailed - (c.request.codes.mail_not_repeatable ?? 0);
  if (rows === 0 || !c.request.done) return null;
  const key = newKey();
  return h('li', h('p', h('strong', `${count(rows, 'person has', 'people have')} an account but got no mail. `), 'They can sign in only after they get a new temporary password by mail.'),
    asked({
      open: 'Mail them again …', title: `Mail ${count(rows, 'person', 'people')} again?`, main: true,
      body: h('p', `${count(rows, 'person gets', 'people get')} a new temporary password by mail. An earlier one stops working.`),
      yes: `Mail ${count(rows, 'person', 'people')}`, work: () => send(c.request, 'not_mailed', false, key),
    }));
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
  const save = (name, chosen) => async () => offer(await results(c.request.request_id, chosen), name);
  const short = c.request.request_id.slice(-6);
  const all = button('Download the results', () => c.run(all, save(`usher-${short}-results.csv`, {})));
  // The same rows as usher failures: people who could not be mailed have an account, and are mailed again instead.
  const toCorrect = button('Download the failed rows', () => c.run(toCorrect, save(`usher-${short}-failures.csv`, rowsToCorrect)));
  return [c.request.counts.failed + (c.request.deliveries?.bounced ?? 0) > 0 && toCorrect, all];
}

/** Has the browser save a file. */
function offer(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Those who had not signed in by the latest scan. */
function notSignedIn(c) {
  const {sign_ins: found, done} = c.request;
  if (!done || !found?.as_of || found.no === 0) return null;
  const some = found.expired > 0 && found.expired < found.no;
  return h('li.sign-ins', h('p', h('strong', `${count(found.no, 'person has', 'people have')} not signed in. `),
    found.expired === found.no ? `${found.no === 1 ? 'The temporary password has' : 'All temporary passwords have'} expired.` : some && `${count(found.expired, 'temporary password has', 'temporary passwords have')} expired.`),
  h('div.row', passwordsFor(c, 'not_signed_in', 'Mail them …', true), some && passwordsFor(c, 'expired', 'Only those whose password has expired …')));
}

/** The same where nobody has looked who has signed in. */
function newPasswords(c) {
  const {counts, done, sign_ins: found} = c.request;
  if (!done || c.request.no_passwords || found?.as_of || counts.invited + counts.created + counts.resent === 0) return null;
  return passwordsFor(c, 'expired', 'Send new passwords …');
}

/** Asks who gets a new password, says how many people that is, and sends it. */
function passwordsFor(c, filter, open, main = false) {
  const told = h('p', {role: 'status'});
  const counted = async () => {
    fill(told, 'Counting the people …');
    const asks = kind.value;
    const text = await read(`/requests/${c.request.request_id}/resend?dry_run=true`, {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({filter: asks}),
    }).then(({people}) => `${count(people, 'person gets', 'people get')} a new mail, except those who were mailed less than 24 hours ago.`, problemText);
    if (asks === kind.value) fill(told, text);
  };
  const kind = h('select', {onchange: counted}, Object.entries({expired: 'People whose temporary password has expired', not_signed_in: 'People who have not signed in'})
    .map(([value, text]) => h('option', {value, selected: value === filter}, text)));
  const force = h('input', {type: 'checkbox', id: `resend-force-${filter}`});
  const key = newKey();
  return asked({
    open, title: 'Send new temporary passwords', main,
    body: [field('Who gets one', kind, 'Only people of this request. People who have signed in keep their password.'),
      told, h('p', 'The password from the earlier mail stops working.'),
      h('p.check', force, h('label', {for: force.id}, 'Also to people who were mailed less than 24 hours ago'))],
    shown: counted, yes: 'Send', work: () => send(c.request, kind.value, force.checked, `${key}-${kind.value}-${force.checked}`),
  });
}

function cancel(c) {
  if (c.request.done || c.request.state === 'accepting') return null;
  return asked({
    open: 'Cancel …', title: 'Cancel this request?',
    body: h('p', 'People who are already invited stay invited. Rows that were not attempted yet will not be invited.'),
    yes: 'Cancel the request', no: 'Keep it running', work: async () => {
      await act(c.request.request_id, 'cancel');
      c.changed();
    },
  });
}

// Third step of a new request: one sentence, and the button that means it.

import {h, fill, busy} from './dom.js';
import {readPool} from './api.js';
import {clear, draft, submit} from './draft.js';
import {count, duration, mailDay, number} from './format.js';
import {problemBox} from './problem.js';
import {steps} from './steps.js';

/** Shows the step, or goes back to the first if nothing was checked. */
export async function showConfirm(stage, {signal}) {
  if (!draft.report || draft.report.counts.pending === 0) {
    location.replace('#/new');
    return;
  }
  document.title = 'Confirm · New request · usher';
  const pool = await readPool().then((report) => report.pool?.name || report.pool?.id, () => null);
  const {counts} = draft.report;
  const trouble = h('div');
  const send = h('button.main', {type: 'button', onclick: () => busy(send, async () => {
    fill(trouble);
    try {
      const request = await submit();
      clear();
      location.replace(`#/requests/${request.request_id}`);
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemBox(error), (error.status === 0 || error.status >= 500) && safe());
    }
  })}, action(counts.pending));
  fill(stage, steps(2), h('h1', 'Confirm'), h('p.lead', what(counts.pending, pool), ' ', ...when(draft.report.forecast)),
    h('ul.notes', left(counts).map((text) => h('li', text))), trouble,
    h('p.row', send, h('a.button', {href: '#/new/check'}, 'Back')));
}

const safe = () => h('p', 'Press the button again: whatever arrived of the first time is carried on, and nobody is invited twice.');

const action = (people) => `${draft.options.mail === 'suppress' ? 'Create' : 'Invite'} ${count(people, 'person', 'people')}`;

function what(people, pool) {
  const where = pool ? h('strong', pool) : 'the pool';
  const whom = h('strong', count(people, 'person', 'people'));
  return draft.options.mail === 'suppress'
    ? [whom, ' will get a user in ', where, '. Nobody is mailed.']
    : [whom, ' will be invited to ', where, people === 1 ? ' and gets an ' : ' and get an ', h('span.whole', 'e-mail.')];
}

function* when({seconds, rate_per_second: rate, group_rate_per_second: groupRate, ...rest}) {
  if (seconds !== null && rate !== null) {
    yield `About ${duration(Math.max(1, seconds))} at ${number(groupRate !== null && groupRate < rate ? groupRate : rate)} a second. `;
  }
  if (rest.mails > 0) yield* mail(rest);
}

/** How many mails are left today, and when the last go out if not today. Null is not known. */
function* mail({mail_quota: quota, mails_left: today, mail_days: days}) {
  if (today !== null) yield today === 0 ? 'No mails are left today. ' : `At most ${count(today, 'mail is', 'mails are')} left today. `;
  if (quota === null && today === 0) yield `The first go out after ${mailDay(1)}; until then they wait.`;
  if (quota === null || today !== null && days <= 1) return;
  yield `The pool can send ${count(quota, 'mail')} a day`;
  yield days > 1 ? `, so the last go out after ${mailDay(days - 1)}; until then they wait.` : '.';
}

/** What happens to the others, and what else was chosen. */
function left(counts) {
  const lines = [];
  if (counts.failed > 0) lines.push(`${count(counts.failed, 'row')} to correct ${counts.failed === 1 ? 'is' : 'are'} left out; you can correct and send ${counts.failed === 1 ? 'it' : 'them'} from the request’s page.`);
  if (counts.duplicate > 0) lines.push(`${count(counts.duplicate, 'duplicate')} ${counts.duplicate === 1 ? 'is' : 'are'} passed over.`);
  lines.push(draft.options.on_existing === 'resend'
    ? 'Those who have a user and never signed in are mailed a new temporary password; the one they have stops working.'
    : 'Those who have a user already are left alone.');
  return lines;
}

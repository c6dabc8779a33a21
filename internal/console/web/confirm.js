// Third step of a new request: what will happen, and the button that starts it.

import {h, fill, busy} from './dom.js';
import {readPool} from './api.js';
import {clear, draft, submit} from './draft.js';
import {count, duration, mailDay, number} from './format.js';
import {alreadyInvited, before, toInvite} from './known.js';
import {mailOf} from './mail.js';
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
  const people = toInvite(draft.report);
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
  })}, action(people));
  const makers = administrators(draft.report.forecast, send);
  fill(stage, steps(2), h('h1', 'Confirm'), h('p.lead', what(people, pool), ' ', ...when(draft.report.forecast)),
    h('ul.notes', left(draft.report).map((text) => h('li', text))), mailOf(draft.report), makers, trouble,
    h('p.row', send, h('a.button', {href: '#/new/check'}, 'Back')));
}

/** Asks for the number of those who will be able to invite others to be typed, before anything can be sent. Null if there are none. */
function administrators({administrators: n = 0}, send) {
  if (n === 0) return null;
  send.disabled = true;
  const field = h('input', {
    id: 'administrators', type: 'text', inputmode: 'numeric', autocomplete: 'off', size: 6,
    oninput: () => { send.disabled = field.value.trim() !== String(n); },
  });
  return h('p', h('strong', `${count(n, 'of these people', 'of these people')} will be able to invite others.`), ' ',
    h('label', {for: 'administrators'}, 'Type this number to continue:'), ' ', field);
}

const safe = () => h('p', 'Press the button again. It resumes the first attempt; nobody is invited twice.');

const mailsAgain = () => draft.options.on_existing === 'resend' && draft.options.mail !== 'suppress';

/** What the button does. It promises no invitation to people who were invited before. */
function action(people) {
  if (people === 0) return mailsAgain() && draft.report.forecast.mails > 0 ? 'Mail again' : 'Submit anyway';
  return `${draft.options.mail === 'suppress' ? 'Create' : 'Invite'} ${count(people, 'person', 'people')}`;
}

function what(people, pool) {
  const where = pool ? h('strong', pool) : 'the pool';
  if (people === 0) return ['Nobody new is in this list for ', where, '. ', h('strong', `0 to invite, ${number(alreadyInvited(draft.report))} already invited`), before(draft.report.known), '.'];
  const who = h('strong', count(people, 'person', 'people'));
  return draft.options.mail === 'suppress'
    ? [who, ' will get an account in ', where, '. No mail is sent.']
    : [who, ' will be invited to ', where, people === 1 ? ' and gets an ' : ' and get an ', h('span.whole', 'e-mail.')];
}

/** How long it takes; no time where the mail quota decides. */
function* when({seconds, rate_per_second: rate, group_rate_per_second: groupRate, ...rest}) {
  const waits = rest.mails > 0 && (rest.mail_days > 1 || rest.mails_left === 0);
  if (seconds !== null && rate !== null && !waits) {
    yield `About ${duration(Math.max(1, seconds))} at ${count(groupRate !== null && groupRate < rate ? groupRate : rate, 'row')} per second. `;
  }
  if (rest.mails > 0) yield* mail(rest);
}

/** How many mails are left, and when the last go out if not today. Null means unknown. */
function* mail({mail_quota: quota, mails_left: today, mail_days: days, mail_rolling: rolling}) {
  if (rolling && today !== null) { // Amazon SES has no day that ends: each mail counts for 24 hours
    yield `Of the ${count(quota, 'mail')} that Amazon SES sends in any 24 hours, ${today === 0 ? 'none are' : `at most ${number(today)} ${today === 1 ? 'is' : 'are'}`} left now`;
    yield days > 1 ? `, so not everyone can be mailed within 24 hours. All mails take about ${count(days, 'day')}.` : '.';
    return;
  }
  if (today !== null) yield today === 0 ? 'No mails are left today. ' : `At most ${count(today, 'mail is', 'mails are')} left today. `;
  if (quota === null && today === 0) yield `The first mails go out after ${mailDay(1)}.`;
  if (quota === null || today !== null && days <= 1) return;
  yield `The pool can send ${count(quota, 'mail')} per day`;
  yield days > 1 ? `, so the last mails go out after ${mailDay(days - 1)}.` : '.';
}

/** What happens to the other rows, and the options. */
function left({counts, known}) {
  const lines = [];
  if (alreadyInvited({known}) > 0) {
    lines.push(`${count(known.rows, 'person was', 'people were')} already invited${before(known)}. ${mailsAgain() ? again(known) : 'Nobody gets a second mail. An account that was deleted since is created again.'}`);
  }
  if (counts.failed > 0) lines.push(`${count(counts.failed, 'row')} to correct ${counts.failed === 1 ? 'is' : 'are'} not invited. You can correct ${counts.failed === 1 ? 'it' : 'them'} later on the request’s page.`);
  if (counts.duplicate > 0) lines.push(`${count(counts.duplicate, 'duplicate')} ${counts.duplicate === 1 ? 'is' : 'are'} skipped.`);
  lines.push(draft.options.on_existing === 'resend'
    ? 'People who have an account but never signed in get a new temporary password. The old one stops working.'
    : 'Nothing is done for people who have an account already.');
  return lines;
}

/** Which of those who were invited before are mailed again. */
const again = ({rows, mailed_recently: recently}) => recently === 0 || draft.options.force
  ? 'Those who never signed in are mailed again.'
  : recently === rows ? 'They were mailed less than 24 hours ago, so nobody is mailed again.'
    : `${count(recently, 'person was', 'people were')} mailed less than 24 hours ago and ${recently === 1 ? 'is' : 'are'} not mailed again.`;

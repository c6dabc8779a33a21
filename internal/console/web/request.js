// One request: its progress, its outcomes, and what to do next.

import {h, fill, button, focusOn} from './dom.js';
import {call, secondsOf} from './api.js';
import {auditOf} from './audit.js';
import {bar, figures, reached, settled, toFix} from './bar.js';
import {count, duration, moment, number} from './format.js';
import {pause, say} from './live.js';
import {actions, failures} from './actions.js';
import {factsOf} from './facts.js';
import {editorOf} from './edit.js';
import {rowsOf} from './rows.js';
import {originOf, shortTitleOf, titleOf} from './title.js';
import {problemText, requestStateOf} from './words.js';

/** The longest wait after calls that failed, in seconds. */
const longestWait = 30;

/** How many polls come quickly at first, and how quickly, in seconds: a person who just pressed the button watches. */
const eagerPolls = 10;
const eagerWait = 1.5;

/** How long after its end a request is still looked at for reports of its mails, in milliseconds, and how often, in seconds. */
const reportsFor = 600_000;
const reportsEvery = 10;

/** Shows the request and keeps it up to date until the page is left. */
export async function showRequest(stage, {signal, arrived, id, place}) {
  const wake = new EventTarget();
  await follow(id, signal, build(stage, {id, signal, arrived, wake, place}), wake);
}

/** Makes the parts of the page and returns functions that update them. */
function build(stage, {id, signal, arrived, wake, place}) {
  const changed = () => wake.dispatchEvent(new Event('wake'));
  const parts = {head: h('div'), progress: h('section', {'aria-label': 'Progress'}), stale: h('div'), next: h('div'), facts: h('div'), rows: h('div'), more: h('div')};
  const rows = rowsOf(id, signal);
  let latest;
  let shown = false;
  let offered = '';
  let noted = '';
  let done = 0;
  function edit() {
    const editor = editorOf(latest, signal, () => {
      fill(parts.rows, rows.element);
      focusOn(rows.element.querySelector('h2'));
    });
    fill(parts.rows, editor.element);
    editor.element.scrollIntoView({block: 'start'});
    editor.focus();
  }
  function offer(request) {
    const now = actionsKey(request);
    if (now === offered || parts.next.querySelector('dialog[open]')) return;
    offered = now;
    const held = parts.next.contains(document.activeElement);
    fill(parts.next, actions(request, changed, edit));
    if (held) focusOn(parts.head.querySelector('h1')); // the pressed button is gone
  }
  /** Shows the facts when they have changed: a button in them keeps the focus meanwhile. */
  function note(request) {
    const now = factsKey(request);
    if (now === noted) return;
    noted = now;
    const held = parts.facts.contains(document.activeElement);
    fill(parts.facts, factsOf(request, changed));
    if (held) focusOn(parts.facts.querySelector('section:last-child h2'));
  }
  parts.next.addEventListener('close', () => offer(latest), true); // a dialog: meanwhile nothing was drawn again
  return {
    show(request) {
      latest = request;
      if (!shown) {
        fill(parts.rows, rows.element);
        fill(stage, parts.head, parts.progress, parts.stale, parts.next, parts.facts, parts.rows, parts.more);
      }
      const first = !shown;
      shown = true;
      document.title = `${request.done ? 'Done' : `${Math.floor(request.percent_done)} %`} · ${shortTitleOf(request)} · usher`;
      if (first) fill(parts.head, head(request));
      fill(parts.progress, progress(request));
      offer(request);
      note(request);
      if (first) {
        if (place === 'sign-ins') showSignIns(parts);
        arrived();
      }
      rows.show(request);
      if (done !== request.audit.length) fill(parts.more, auditOf(request));
      done = request.audit.length;
      say(spoken(request));
    },
    found() { fill(parts.stale); },
    lost(error, wait) {
      const text = `${problemText(error)} Trying again in ${duration(wait)}. The request continues meanwhile.`;
      fill(parts.stale, h('p.box', text));
      say(text);
    },
  };
}

/** The actions are drawn again only when this changes. */
const actionsKey = (request) => {
  const {state, done, counts, codes, pause: why, wait, deliveries, sign_ins: found} = request;
  return JSON.stringify([state, why, wait, done && [counts, codes, found?.as_of], counts.deferred > 0, failures(request).faulty, deliveries?.bounced]);
};

/** And the facts when this does. */
const factsKey = ({counts, deliveries, sign_ins: found}) => JSON.stringify([reached(counts) + counts.not_mailed > 0, deliveries && [deliveries, counts.invited + counts.resent], found]);

/** The place that a notice of expiring passwords links to: whom to mail or, if that is nobody, the tally. */
function showSignIns(parts) {
  const target = parts.next.querySelector('.sign-ins') ?? parts.facts.querySelector('section:last-child');
  if (!target) return;
  focusOn(target);
  target.scrollIntoView({block: 'nearest'});
}

/** Polls as often as the API asks, with its ETag, and backs off after errors. */
async function follow(id, signal, view, wake) {
  let request;
  let tag = '';
  let misses = 0;
  for (let polls = 1; ; polls++) {
    let wait;
    try {
      const answer = await call(`/requests/${id}`, {signal, headers: tag ? {'If-None-Match': tag} : {}});
      misses = 0;
      view.found();
      wait = secondsOf(answer.headers.get('Retry-After')) || 5;
      if (polls <= eagerPolls) wait = Math.min(wait, eagerWait);
      if (answer.status !== 304) {
        tag = answer.headers.get('ETag') ?? '';
        request = await answer.json();
        view.show(request);
      }
    } catch (error) {
      if (!request || !error.temporary) throw error;
      misses += 1;
      wait = Math.max(error.retryAfter, Math.min(longestWait, 2 ** misses) * (0.5 + Math.random() / 2));
      view.lost(error, wait);
    }
    await pause(waitAfter(request, wait), signal, wake);
  }
}

/** How long to wait for the next poll: of a request that is done only reports of its mails and a scan can follow. */
function waitAfter({done, finished_at: at, options: {mail}, sign_ins: found}, wait) {
  if (!done || found?.scanning) return wait;
  return mail === 'send' && Date.now() - new Date(at) < reportsFor ? Math.max(wait, reportsEvery) : Infinity;
}

function head(request) {
  const copied = h('span.quiet', {role: 'status'});
  const copy = button('Copy the link', async () => {
    await navigator.clipboard.writeText(location.href).then(() => fill(copied, 'Copied.'), () => fill(copied, location.href));
  }, 'plain');
  return [
    h('h1.cut', {title: titleOf(request)}, titleOf(request)),
    h('p.quiet.under', moment(request.submitted_at), ` by ${request.submitted_by} · `, h('code', request.request_id), ' · ', copy, ' ', copied),
    origin(request),
  ];
}

/** The earlier request that this one corrects or mails again. */
function origin(request) {
  const before = originOf(request);
  return before && h('p.under.cut', before.what === 'resend' ? 'New passwords for people of ' : 'Corrects rows of ', h('a', {href: `#/requests/${before.id}`}, before.title), '.');
}

function progress(request) {
  const state = requestStateOf(request.state);
  return [
    h('p.headline', h(`span.word.${state.tone}`, state.name), ' ', h('span', headline(request))),
    bar(request, 'Rows that have an outcome'),
    figures(request.counts),
    ['accepting', 'running'].includes(request.state) && h('p.quiet', 'You can close this page; the request continues. Use its link to come back, or share it with another administrator.'),
  ];
}

/** The progress in one line. */
function headline(request) {
  const {counts} = request;
  if (request.done) return ended(request);
  const parts = [`${number(settled(counts))} of ${count(counts.total, 'row')}`];
  if (request.state === 'accepting') return `${parts[0]}, still being accepted`;
  if (request.rate_per_second !== null && counts.pending > 0) parts.push(`${number(request.rate_per_second)} rows per second`);
  // Rows that are tried again in a few minutes are not in the estimate.
  if (request.seconds_left !== null && (counts.pending > 0 || request.wait)) parts.push(`about ${duration(Math.max(1, request.seconds_left))} left`);
  if (request.wait) parts.push(`${number(request.wait.rows)} wait for mail`);
  else if (counts.deferred > 0 && request.state !== 'paused') parts.push(`${number(counts.deferred)} deferred`);
  return parts.join(' · ');
}

function ended({counts, submitted_at: from, finished_at: to, audit}) {
  const people = `${number(reached(counts))} of ${count(counts.total, 'row')} ${became(counts)}`;
  return to && audit.length < 2 ? `${people} in ${duration(Math.max(1, (new Date(to) - new Date(from)) / 1000))}` : people;
}

function became({invited, created, resent}) {
  if (invited > 0 || created + resent === 0) return 'invited';
  return created > 0 ? 'created' : 'mailed again';
}

function spoken(request) {
  const {counts} = request;
  const fix = toFix(request) > 0 ? `, ${number(toFix(request))} to fix` : '';
  return `${requestStateOf(request.state).name}: ${headline(request)}${fix}.`.replaceAll(' · ', ', ');
}

// Corrects the rows of a request in place, and sends them as a new request.

import {h, fill, button, busy, focusOn, longTable} from './dom.js';
import {call, invitations, newKey, readPool, rowsToCorrect} from './api.js';
import {count, number, sentence} from './format.js';
import {rowEditor} from './editrow.js';
import {say} from './live.js';
import {problemBox} from './problem.js';
import {labelOfCorrections} from './title.js';
import {atFault, codeOf, deliveries} from './words.js';

/**
 * What was typed and which rows were sent, by request: it outlasts a look at
 * another page. It is lost when the page is closed or reloaded.
 */
const kept = new Map();

/**
 * Makes the editor of the rows at fault. They are read once: an update of the
 * request's page changes nothing here. close is called when the person leaves it.
 */
export function editorOf(request, signal, close) {
  const list = h('div');
  const foot = h('div.foot');
  const title = h('h2', 'Correct rows');
  const element = h('section.edit', title, h('p', 'Change what is wrong, then check. Only the rows here are sent, as a new request with the same options. Nobody is invited twice.'), list, foot);
  const c = {request, signal, close, list, foot, items: [], ready: null, key: ''};
  open(c).catch((error) => { if (!signal.aborted) fill(list, problemBox(error), h('p.row.after', button('Close', close))); });
  return {element, focus: () => focusOn(title)};
}

async function open(c) {
  fill(c.list, h('p.quiet', 'Reading …'));
  const pool = readPool().then((report) => report.pool, () => null);
  if (!kept.has(c.request.request_id)) kept.set(c.request.request_id, {items: new Map(), sent: new Set()});
  const {items, sent} = kept.get(c.request.request_id);
  for await (const some of invitations(c.request.request_id, rowsToCorrect, c.signal)) {
    for (const row of some.filter((r) => isAtFault(r) && !sent.has(r.row))) {
      if (!items.has(row.row)) items.set(row.row, itemOf(row));
      c.items.push(items.get(row.row));
    }
  }
  c.pool = await pool;
  paint(c);
}

/** Whether only correcting the row helps. */
const isAtFault = (row) => row.delivery === 'bounced' || row.state === 'failed' && atFault(row.code);

/** A row as it can be edited. trouble is what is wrong with it; null: it passed the check. bounced is the address whose mail came back. */
const itemOf = ({row, email, groups = [], attributes = {}, ref, code, reason, delivery}) => ({
  row, email, groups: [...groups], attributes: {...attributes}, ref, code, bounced: delivery === 'bounced' ? email : null,
  trouble: delivery === 'bounced' ? `${deliveries.bounced.name}. ${deliveries.bounced.help}` : sentence(reason ?? codeOf(code).name),
});

/** Whether the row still has the address whose mail came back: sent again, it would end without a mail. */
const isUnchanged = ({email, bounced}) => bounced !== null && email.toLowerCase() === bounced.toLowerCase();

function paint(c) {
  const changed = () => { if (c.ready) unchecked(c); };
  fill(c.list, c.items.length === 0 ? h('p', 'These rows were sent already.') : longTable({
    caption: 'Rows to correct', kind: 'edits', first: 50, items: c.items, line: rowEditor(c.pool, changed),
    columns: [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'Groups', kind: 'groups'}, {name: 'Other values', kind: 'more'}, {name: 'What is wrong', kind: 'why'}],
  }));
  unchecked(c);
}

/** Shows the button that checks: something was changed since the last check. */
function unchecked(c) {
  c.ready = null;
  offer(c, c.items.length > 0 && act(c, `Check ${count(c.items.length, 'row')}`, () => check(c)));
}

/** A button whose failure is shown beside it. */
function act(c, text, work) {
  const trouble = h('div');
  const press = button(text, () => busy(press, async () => {
    fill(trouble);
    try {
      await work();
    } catch (error) {
      if (!c.signal.aborted) fill(trouble, problemBox(error));
    }
  }), 'main');
  return {press, trouble};
}

function offer(c, action, text) {
  fill(c.foot, action && action.trouble, text && h('p', text), h('p.row', action && action.press, button('Close', c.close)));
}

async function check(c) {
  const report = await submit(c, c.items, {dry_run: 'true'});
  const answers = await report.json();
  answers.invitations.forEach((answer, i) => {
    const item = c.items[i];
    item.trouble = answer.state !== 'pending' ? answer.reason ?? codeOf(answer.code).name
      : isUnchanged(item) ? 'The mail to this address bounced. Change the address.' : null;
    item.code = answer.code;
    item.shown?.();
  });
  c.ready = c.items.filter((item) => item.trouble === null);
  c.key = newKey();
  const wrong = c.items.length - c.ready.length;
  const rest = wrong > 0 ? `${count(wrong, 'row')} still ${wrong === 1 ? 'has' : 'have'} errors.` : 'No row has errors.';
  say(rest);
  if (c.ready.length === 0) {
    offer(c, act(c, `Check ${count(c.items.length, 'row')}`, () => check(c)), rest);
    return;
  }
  const verb = c.request.options.mail === 'suppress' ? 'Create' : 'Invite';
  const send = act(c, `${verb} ${count(c.ready.length, 'person', 'people')}`, () => sendReady(c));
  offer(c, send, wrong > 0 ? `${rest} You can send the ${c.ready.length === 1 ? 'correct one' : `${number(c.ready.length)} correct ones`} now and the rest later.` : rest);
  send.press.focus();
}

async function sendReady(c) {
  const made = await (await submit(c, c.ready, {}, {'Idempotency-Key': c.key})).json();
  const {items, sent} = kept.get(c.request.request_id);
  for (const {row} of c.ready) {
    sent.add(row);
    items.delete(row);
  }
  location.hash = `#/requests/${made.request_id}`;
}

/** Sends rows, linked with their request by the label. */
function submit(c, items, more, headers = {}) {
  const {options: {on_existing, mail, force}} = c.request;
  const query = new URLSearchParams({on_existing, mail, label: labelOfCorrections(c.request), ...more});
  if (force && on_existing === 'resend') query.set('force', 'true');
  return call(`/requests?${query}`, {
    method: 'POST', headers: {'Content-Type': 'application/json', ...headers}, signal: c.signal,
    body: JSON.stringify({users: items.map((item) => userOf(item, c.pool))}),
  });
}

/** A row as the API takes it, without what is empty and without attributes that the pool lacks. */
function userOf({email, groups, attributes, ref}, pool) {
  const own = Object.entries(attributes).filter(([name, value]) => value !== '' && (!pool || pool.attributes.includes(name)));
  return {email, groups, attributes: Object.fromEntries(own), ...(ref ? {ref} : {})};
}

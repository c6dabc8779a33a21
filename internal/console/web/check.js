// Second step of a new request: what would happen.

import {h, address, fill, table, longTable, field, button} from './dom.js';
import {columnsOf} from './columns.js';
import {readPool} from './api.js';
import {check, draft} from './draft.js';
import {findings} from './findings.js';
import {count, number, size} from './format.js';
import {alreadyInvited, before, toInvite} from './known.js';
import {say} from './live.js';
import {problemBox} from './problem.js';
import {steps} from './steps.js';
import {longestLabel} from './title.js';
import {attributeName, codeOf, plain, stateOf, warnings} from './words.js';

/** How many rows are shown as they were read. */
const firstRows = 20;

/** How many attributes of them are shown. */
const mostValues = 5;

/** How many row numbers are shown per code before the rest is folded away. */
const fewRows = 12;

/** Shows the step, or goes back to the first if there is nothing to check. */
export async function showCheck(stage, {signal}) {
  if (!draft.report) {
    location.replace('#/new');
    return;
  }
  document.title = 'Check · New request · usher';
  const results = h('div.parts-of');
  const next = h('button.main', {type: 'button', onclick: () => { location.hash = '#/new/confirm'; }}, 'Continue');
  const trouble = h('div');
  let again; // once checker has made it
  const paint = () => {
    fill(results, summary(draft.report), faults(draft.report), notes(draft.report), findings(draft.report.findings), columnsOf(draft.report.columns, again), sample(draft.report));
    next.disabled = draft.report.counts.pending === 0;
  };
  again = checker({next, trouble, paint, signal});
  fill(stage, steps(1), h('div.title', h('h1', 'Check'), h('p.quiet', origin())), results, choices(again), trouble,
    h('p.row', next, h('a.button', {href: '#/new'}, 'Back')));
  paint();
  const {counts} = draft.report;
  say(`Checked: ${count(toInvite(draft.report), 'person', 'people')} to invite, ${count(counts.failed, 'row')} to correct, ${count(counts.duplicate, 'duplicate')}.`);
}

/**
 * Returns a function that checks the list again after a choice and shows the result.
 * It aborts an earlier check, because only the last choice counts. Until the check
 * is done the person cannot continue.
 */
function checker({next, trouble, paint, signal}) {
  let running = new AbortController();
  return async function again() {
    running.abort();
    running = new AbortController();
    const mine = AbortSignal.any([signal, running.signal]);
    next.disabled = true;
    fill(trouble);
    try {
      await check(mine);
    } catch (error) {
      if (!mine.aborted) fill(trouble, problemBox(error), h('p.row.after', button('Check again', again)));
      return;
    }
    paint();
  };
}

const origin = () => `${draft.name || 'Pasted text'}, ${size(draft.body.byteLength)}, ${count(draft.report.counts.total, 'row')}. Nothing has been sent yet.`;

const summary = ({counts, ...report}) => h('dl.figures.large',
  h('div.good', h('dt', 'To invite'), h('dd', number(toInvite({counts, ...report})))),
  alreadyInvited(report) > 0 && h('div.calm', h('dt', 'Already invited'), h('dd', number(alreadyInvited(report)))),
  h(counts.failed > 0 ? 'div.fix' : 'div.calm', h('dt', 'To correct'), h('dd', number(counts.failed))),
  h('div.calm', h('dt', 'Duplicates'), h('dd', number(counts.duplicate))));

/** Groups the rows at fault by their code, the most frequent first. */
function faults({invitations, counts}) {
  if (counts.failed === 0) return h('p', counts.total === 1 ? 'The row has no errors.' : 'No row has errors.');
  const groups = Map.groupBy(invitations.filter((i) => i.state === 'failed'), (i) => i.code);
  const rows = [...groups].sort((a, b) => b[1].length - a[1].length).map(([code, found]) => [
    [h('strong', codeOf(code).name), h('small', codeOf(code).help)], number(found.length), places(found), example(found[0]),
  ]);
  return h('section',
    h('h2', `${count(counts.failed, 'row')} to correct`),
    h('p', counts.pending > 0
      ? 'Correct them in your list and check it again, or continue: the other rows are invited, and you can correct these on the request’s page later.'
      : 'No row can be invited. Correct the list and check it again.'),
    table({caption: 'Rows to correct, by error', kind: 'faults', rows,
      columns: [{name: 'What is wrong', kind: 'what'}, {name: 'Rows', kind: 'n'}, {name: 'Row numbers', kind: 'which'}, {name: 'Example', kind: 'example'}]}),
    rows.length < counts.failed && everyFault(invitations.filter((i) => i.state === 'failed')));
}

/** Every row to correct, folded away. */
const everyFault = (found) => h('details', h('summary', 'Every row to correct'),
  longTable({caption: 'Every row to correct', kind: 'rows', columns: [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'Reason', kind: 'why'}],
    items: found, line: (i) => [number(i.row), address(i.email), i.reason ?? codeOf(i.code).name]}));

function places(found) {
  const shown = found.slice(0, fewRows).map((i) => number(i.row)).join(', ');
  const rest = found.slice(fewRows);
  return [shown, rest.length > 0 && h('details', h('summary', `and ${number(rest.length)} more`), rest.map((i) => number(i.row)).join(', '))];
}

const example = (invitation) => [address(invitation.email), h('small', `Row ${number(invitation.row)}: ${invitation.reason ?? ''}`)];

/** Duplicates and columns that are not used: nothing to correct. */
function notes({warnings: list = [], invitations, counts, known}) {
  if (list.length === 0 && counts.duplicate === 0 && alreadyInvited({known}) === 0) return null;
  const twice = invitations.filter((i) => i.state === 'duplicate');
  return h('section', h('h2', 'Good to know'), h('ul.notes',
    alreadyInvited({known}) > 0 && h('li', h('strong', 'Already invited'), ` · ${count(known.rows, 'row')}${before(known)}. Nobody gets a second invitation.`),
    twice.length > 0 && h('li', h('strong', codeOf('duplicate_in_request').name), ` · ${count(twice.length, 'row')}. ${stateOf('duplicate').help} `,
      h('span.quiet', twice.length === 1 ? 'Row ' : 'Rows ', places(twice))),
    list.map((w) => h('li', h('strong', warnings[w.code]?.name ?? codeOf(w.code).name), ` · ${plain(w.detail)}`))));
}

function sample({invitations, counts}) {
  const shown = invitations.slice(0, firstRows);
  const grouped = shown.some((i) => i.groups);
  const attributes = [...new Set(shown.flatMap((i) => Object.keys(i.attributes ?? {})))].slice(0, mostValues);
  const columns = [
    {name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, ...(grouped ? [{name: 'Groups', kind: 'value'}] : []),
    ...attributes.map((a) => ({name: attributeName(a), kind: 'value'})), {name: 'What happens', kind: 'why'},
  ];
  const values = (i) => [...(grouped ? [(i.groups ?? []).join(', ')] : []), ...attributes.map((a) => i.attributes?.[a] ?? '')];
  const happens = (i) => i.state === 'pending' ? (i.known ? 'Already invited' : 'Will be invited')
    : [h(`span.word.${stateOf(i.state).tone}`, i.state === 'failed' ? codeOf(i.code).name : stateOf(i.state).name), h('small', i.reason ?? '')];
  return h('details.sample', h('summary', counts.total > firstRows ? `The first ${firstRows} rows as usher reads them` : 'The rows as usher reads them'),
    table({caption: 'Rows as usher reads them', kind: 'rows', columns, rows: shown.map((i) => [number(i.row), address(i.email), ...values(i), happens(i)])}));
}

/** The options. Changing one that affects rows checks the list again. */
function choices(again) {
  const {options} = draft;
  const label = h('input', {type: 'text', maxlength: longestLabel, value: options.label, autocomplete: 'off', oninput: () => { options.label = label.value; }});
  const force = h('input', {type: 'checkbox', id: 'force', checked: options.force, onchange: () => { options.force = force.checked; again(); }});
  const forced = h('div.field.check', {hidden: options.on_existing !== 'resend'}, force, h('label', {for: 'force'}, 'Also to people who were mailed less than 24 hours ago'));
  const existing = choice(options, 'on_existing', {skip: 'Do nothing', resend: 'Mail a new temporary password to those who never signed in'},
    () => { forced.hidden = options.on_existing !== 'resend'; again(); });
  const mail = choice(options, 'mail', {send: 'Mail each person an invitation', suppress: 'Create the accounts, but send no mail'}, again);
  return h('section.choices', h('h2', 'Options'),
    field('Group for everyone', groupChoice(options, again), 'Rows that name groups of their own keep these.'),
    field('Label', label, 'Helps you and other administrators find this request. The invited people do not see it.'),
    field('People who have an account already', existing), forced, field('Mail', mail));
}

/** The group of rows that name none, out of the pool's. */
function groupChoice(options, again) {
  const select = h('select', {onchange: () => { options.group = select.value; again(); }}, h('option', {value: ''}, 'None'));
  const offer = (groups) => {
    if (options.group && !groups.includes(options.group)) groups = [options.group, ...groups];
    fill(select, h('option', {value: ''}, 'None'), groups.map((g) => h('option', {value: g, selected: g === options.group}, g)));
  };
  offer([]);
  readPool().then(({pool}) => { if (pool && document.activeElement !== select) offer(pool.groups); }, () => {});
  return select;
}

function choice(options, name, names, changed) {
  const select = h('select', {onchange: () => { options[name] = select.value; changed(); }},
    Object.entries(names).map(([value, text]) => h('option', {value, selected: options[name] === value}, text)));
  return select;
}

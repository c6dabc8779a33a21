// The rows of one request with their outcomes: search and filter.

import {h, fill, table, field, button, focusOn} from './dom.js';
import {invitations} from './api.js';
import {toFix} from './bar.js';
import {count, moment, number, sentence} from './format.js';
import {say} from './live.js';
import {problemBox} from './problem.js';
import {codeOf, states, stateOf} from './words.js';

/** How many rows are shown at first, and how many more at a time. */
const page = 100;

/** While a request runs, lists longer than this are not read again by themselves. */
const followed = 1000;

const fix = 'fix';
const all = 'all';

const columns = [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'State', kind: 'state'}, {name: 'Why', kind: 'why'}];

/** Makes the list. show(request) brings it up to date with the counts. */
export function rowsOf(id, signal) {
  const search = h('input', {type: 'search', autocomplete: 'off', spellcheck: 'false', oninput: again});
  const state = h('select', {onchange: () => { chosen = state.value; picked = true; most = page; load().then(tell); }});
  const code = h('select', {onchange: again});
  const told = h('span');
  const readOn = button('Read those that came since', () => load(), 'plain');
  const list = h('div');
  const element = h('section.outcomes', h('h2', 'Rows'),
    h('div.filters', field('Show', state), field('Why', code), field('Search', search)), h('p.quiet', told, ' ', readOn), list);
  let chosen;
  let picked = false;
  let request;
  let rows = [];
  let passing = [];
  let had;
  let most = page;
  let reading = new AbortController();
  signal.addEventListener('abort', () => reading.abort());

  function show(now) {
    request = now;
    const before = chosen;
    if (!picked || !offered(now.counts).some(([value]) => value === chosen)) chosen = toFix(now.counts) > 0 ? fix : all;
    const places = offered(now.counts).map(([value, text]) => h('option', {value, selected: value === chosen}, text));
    if (document.activeElement !== state) fill(state, places);
    const n = wanted(now.counts, chosen);
    if (chosen !== before || n !== had && (now.done || n <= followed)) load();
    readOn.hidden = n === had;
  }

  /** Reads the rows of the chosen states. A reading under way is dropped. */
  async function load() {
    reading.abort();
    reading = new AbortController();
    const mine = reading.signal;
    had = wanted(request.counts, chosen);
    const found = [];
    readOn.hidden = true;
    if (rows.length === 0) fill(told, had > 0 ? 'Reading …' : nothing());
    try {
      if (had > 0) for await (const some of invitations(id, statesOf(chosen), mine)) found.push(...some);
    } catch (error) {
      if (!mine.aborted) fill(list, problemBox(error), h('p.row.after', button('Try again', load)));
      return;
    }
    rows = found;
    offerCodes();
    paint();
  }

  function again() {
    most = page;
    paint();
    tell();
  }

  /** Says how many there are, to one who has asked: not each time that there are more. */
  const tell = () => say(tally());

  const tally = () => passing.length === rows.length ? count(rows.length, 'row') : `${number(passing.length)} of ${count(rows.length, 'row')}`;

  const nothing = () => request.done ? 'There is nothing to show.' : 'Rows are listed here as they get their outcomes.';

  function offerCodes() {
    if (document.activeElement === code) return; // it may be open
    const kept = code.value;
    const found = [...new Set(rows.map((r) => r.code).filter(Boolean))].sort();
    fill(code, h('option', {value: ''}, 'Every cause'), found.map((c) => h('option', {value: c, selected: c === kept}, codeOf(c).name)));
    code.disabled = found.length === 0;
  }

  function paint() {
    const word = search.value.trim().toLowerCase();
    passing = rows.filter((r) => (!code.value || r.code === code.value) && matches(r, word));
    const rest = passing.length - most;
    fill(told, rows.length === 0 ? nothing() : tally());
    fill(list,
      passing.length > 0 && table({caption: 'Rows and their outcomes', kind: 'rows', columns, rows: passing.slice(0, most).map(line)}),
      rest > 0 && h('div.after', button(`Show ${number(Math.min(rest, 10 * page))} more`, grow)));
  }

  function grow() {
    const first = most;
    most += 10 * page;
    paint();
    focusOn(list.querySelectorAll('tbody tr')[first]);
  }

  return {element, show};
}

/** What can be chosen to be shown, with how many there are of each. */
function offered(counts) {
  const found = Object.keys(states).filter((s) => counts[s] > 0 && s !== 'pending').map((s) => [s, `${states[s].name} (${number(counts[s])})`]);
  const settled = wanted(counts, all);
  return [
    ...(toFix(counts) > 0 ? [[fix, `To fix (${number(toFix(counts))})`]] : []),
    [all, `All so far (${number(settled)})`], ...found,
  ];
}

const statesOf = (chosen) => ({[fix]: ['failed', 'not_mailed'], [all]: []})[chosen] ?? [chosen];

function wanted(counts, chosen) {
  if (chosen === fix) return toFix(counts);
  return chosen === all ? counts.total - counts.pending : counts[chosen];
}

const matches = (row, word) => word === '' || [row.email, row.reason, row.ref, row.code, String(row.row)].some((v) => v?.toLowerCase().includes(word));

function line(row) {
  return [number(row.row), [h('span.address', row.email || '(empty)'), row.ref && h('small', `ref ${row.ref}`)],
    h(`span.word.${stateOf(row.state).tone}`, stateOf(row.state).name), why(row)];
}

function why(row) {
  if (!row.code && !row.retry_at) return row.password_expires_at ? h('small', 'Password good until ', moment(row.password_expires_at)) : '';
  return [row.code && h('span', codeOf(row.code).name), row.reason && h('small', sentence(row.reason)),
    row.retry_at && h('small', 'Next attempt ', moment(row.retry_at))];
}

// The rows of one request with their outcomes: search and filter.

import {h, address, fill, table, field, button, focusOn} from './dom.js';
import {invitations} from './api.js';
import {statesToFix, toFix} from './bar.js';
import {count, moment, number, sentence} from './format.js';
import {say} from './live.js';
import {problemBox} from './problem.js';
import {codeOf, states, stateOf} from './words.js';

/** How many rows are shown at first, and how many more at a time. */
const page = 100;

/** While a request runs, lists longer than this are not refreshed automatically. */
const followed = 1000;

const fix = 'fix';
const all = 'all';

const columns = [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'State', kind: 'state'}, {name: 'Reason', kind: 'why'}];

/** Makes the list. show(request) updates it. */
export function rowsOf(id, signal) {
  const search = h('input', {type: 'search', autocomplete: 'off', spellcheck: 'false', oninput: again});
  const state = h('select', {onchange: () => { chosen = state.value; picked = true; most = page; load().then(announce); }});
  const code = h('select', {onchange: again});
  const summary = h('span');
  const refresh = button('Show the latest', () => load(), 'plain');
  const list = h('div');
  const element = h('section.outcomes', h('h2', 'Rows'),
    h('div.filters', field('Show', state), field('Reason', code), field('Search', search)), h('p.quiet', summary, ' ', refresh), list);
  let chosen;
  let picked = false;
  let request;
  let rows = [];
  let matching = [];
  let had;
  let most = page;
  let reading = new AbortController();
  signal.addEventListener('abort', () => reading.abort());

  function show(now) {
    request = now;
    const previous = chosen;
    if (!picked || !offered(now.counts).some(([value]) => value === chosen)) chosen = toFix(now.counts) > 0 ? fix : all;
    const places = offered(now.counts).map(([value, text]) => h('option', {value, selected: value === chosen}, text));
    if (document.activeElement !== state) fill(state, places);
    const stale = versionOf(now.counts) !== had;
    if (chosen !== previous || stale && (now.done || wanted(now.counts, chosen) <= followed)) load();
    else refresh.hidden = !stale;
  }

  /** Reads the rows of the chosen states. Aborts an earlier read. */
  async function load() {
    reading.abort();
    reading = new AbortController();
    const mine = reading.signal;
    had = versionOf(request.counts);
    const n = wanted(request.counts, chosen);
    const found = [];
    refresh.hidden = true;
    if (rows.length === 0) fill(summary, n > 0 ? 'Reading …' : nothing);
    try {
      if (n > 0) for await (const some of invitations(id, statesOf(chosen), mine)) found.push(...some);
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
    announce();
  }

  /** Announces the number of rows when the person asked, not at each refresh. */
  const announce = () => say(tally());

  const tally = () => matching.length === rows.length ? count(rows.length, 'row') : `${number(matching.length)} of ${count(rows.length, 'row')}`;

  const nothing = 'No rows to show.';

  /** Changes when a shown row may have changed. */
  const versionOf = (counts) => chosen === all ? JSON.stringify(counts) : String(wanted(counts, chosen));

  function offerCodes() {
    if (document.activeElement === code) return; // the menu may be open
    const kept = code.value;
    const found = [...new Set(rows.map((r) => r.code).filter(Boolean))].sort();
    fill(code, h('option', {value: ''}, 'All reasons'), found.map((c) => h('option', {value: c, selected: c === kept}, codeOf(c).name)));
    code.disabled = found.length === 0;
  }

  function paint() {
    const word = search.value.trim().toLowerCase();
    matching = rows.filter((r) => (!code.value || r.code === code.value) && matches(r, word));
    const rest = matching.length - most;
    fill(summary, rows.length === 0 ? nothing : tally());
    fill(list,
      matching.length > 0 && table({caption: 'Rows and their outcomes', kind: 'rows', columns, rows: matching.slice(0, most).map(line)}),
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

/** The choices of what to show, with their counts. */
function offered(counts) {
  const found = Object.keys(states).filter((s) => counts[s] > 0).map((s) => [s, `${states[s].name} (${number(counts[s])})`]);
  return [
    ...(toFix(counts) > 0 ? [[fix, `To fix (${number(toFix(counts))})`]] : []),
    [all, `All rows (${number(counts.total)})`], ...found,
  ];
}

const statesOf = (chosen) => ({[fix]: statesToFix, [all]: []})[chosen] ?? [chosen];

function wanted(counts, chosen) {
  if (chosen === fix) return toFix(counts);
  return chosen === all ? counts.total : counts[chosen];
}

const matches = (row, word) => word === '' || [row.email, row.reason, row.ref, row.code, String(row.row)].some((v) => v?.toLowerCase().includes(word));

function line(row) {
  return [number(row.row), [address(row.email), row.ref && h('small', `ref ${row.ref}`)],
    h(`span.word.${stateOf(row.state).tone}`, stateOf(row.state).name), why(row)];
}

function why(row) {
  if (!row.code && !row.retry_at) return row.password_expires_at ? h('small', 'Password valid until ', moment(row.password_expires_at)) : '';
  return [row.code && h('span', codeOf(row.code).name), row.reason && h('small', sentence(row.reason)),
    row.retry_at && h('small', 'Next attempt ', moment(row.retry_at))];
}

// The rows of one request with their outcomes: search and filter.

import {h, address, fill, table, field, button, focusOn} from './dom.js';
import {invitations} from './api.js';
import {rowsToFix, toFix} from './bar.js';
import {count, moment, number, sentence} from './format.js';
import {say} from './live.js';
import {problemBox} from './problem.js';
import {codeOf, deliveries, signInOf, signIns, states, stateOf} from './words.js';

/** How many rows are shown at first, and how many more at a time. */
const page = 100;

/** While a request runs, lists longer than this are not refreshed automatically. */
const followed = 1000;

/** The columns. Those with known are shown only where something is known of it. */
const everyColumn = [
  {name: 'Row', kind: 'n', cell: (row) => number(row.row)},
  {name: 'Address', kind: 'address', cell: (row) => [address(row.email), row.ref && h('small', `ref ${row.ref}`)]},
  {name: 'State', kind: 'state', cell: (row) => word(stateOf(row.state))},
  {name: 'Mail', kind: 'state', known: (request) => request.deliveries, cell: (row) => word(deliveries[row.delivery])},
  {name: 'Sign-in', kind: 'state', known: (request) => request.sign_ins?.as_of, cell: (row) => word(signInOf(row))},
  {name: 'Reason', kind: 'why', cell: why},
];

/** Makes the list. show(request) updates it. */
export function rowsOf(id, signal) {
  const search = h('input', {type: 'search', autocomplete: 'off', spellcheck: 'false', oninput: again});
  const state = h('select', {onchange: () => { chosen = choices.find((c) => c.value === state.value); picked = true; most = page; load().then(announce); }});
  const code = h('select', {onchange: again});
  const summary = h('span');
  const refresh = button('Show the latest', () => load(), 'plain');
  const list = h('div');
  const element = h('section.outcomes', h('h2', 'Rows'),
    h('div.filters', field('Show', state), field('Reason', code), field('Search', search)), h('p.quiet', summary, ' ', refresh), list);
  let choices = [];
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
    const previous = chosen?.value;
    choices = choicesOf(now);
    chosen = picked && choices.find((c) => c.value === previous) || choices[0];
    if (document.activeElement !== state) fill(state, options());
    const stale = version() !== had;
    if (chosen.value !== previous || stale && (now.done || chosen.reads <= followed)) load();
    else refresh.hidden = !stale;
  }

  /** Reads the rows of the chosen states. Aborts an earlier read. */
  async function load() {
    reading.abort();
    reading = new AbortController();
    const mine = reading.signal;
    had = version();
    const {reads, query, keeps} = chosen;
    const found = [];
    refresh.hidden = true;
    if (rows.length === 0) fill(summary, reads > 0 ? 'Reading …' : nothing);
    try {
      if (reads > 0) for await (const some of invitations(id, query, mine)) found.push(...some.filter(keeps));
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
  const version = () => JSON.stringify([chosen.value, chosen.value === 'all' ? request.counts : chosen.n, request.deliveries, request.sign_ins?.as_of]);

  /** The choices in groups; a choice is kept when its number changes. */
  const options = () => [...Map.groupBy(choices, (c) => c.about)].map(([about, some]) => {
    const offered = some.map((c) => h('option', {value: c.value, selected: c.value === chosen.value}, `${c.name} (${number(c.n)})`));
    return about ? h('optgroup', {label: about}, offered) : offered;
  });

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
    const columns = everyColumn.filter(({known}) => !known || known(request));
    fill(list,
      matching.length > 0 && table({caption: 'Rows and their outcomes', kind: 'rows', columns, rows: matching.slice(0, most).map((row) => columns.map(({cell}) => cell(row)))}),
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

/**
 * The choices of what to show, each with its number of rows: query is what the API is
 * asked for, and reads how many rows it answers with, of which those are shown that
 * keeps. The first is shown until another one is picked.
 */
function choicesOf(request) {
  const {counts} = request;
  const choice = (value, name, n, query, more = {}) => ({value, name, n, query, reads: n, keeps: () => true, ...more});
  const of = (words, tally, made) => Object.keys(words).filter((w) => tally?.[w] > 0).map((w) => made(w, words[w].name, tally[w]));
  return [
    ...(toFix(request) > 0 ? [choice('fix', 'To fix', toFix(request), rowsToFix)] : []),
    choice('all', 'All rows', counts.total, {}),
    ...of(states, counts, (state, name, n) => choice(state, name, n, {state}, {about: 'Outcome'})),
    ...of(deliveries, request.deliveries, (delivery, name, n) => choice(`mail-${delivery}`, name, n, {delivery}, {about: 'Mail'})),
    ...of(signIns, request.sign_ins, (says, name, n) => choice(`sign-in-${says}`, name, n, {},
      {about: 'Sign-in', reads: counts.total, keeps: (row) => says === 'expired' ? row.signed_in === 'no' && row.expired === true : row.signed_in === says})),
  ];
}

const matches = (row, word) => word === '' || [row.email, row.reason, row.ref, row.code, String(row.row)].some((v) => v?.toLowerCase().includes(word));

const word = (said) => said ? h(`span.word.${said.tone}`, said.name) : '';

function why(row) {
  if (row.code || row.retry_at) {
    return [row.code && h('span', codeOf(row.code).name), row.reason && h('small', sentence(row.reason)), row.retry_at && h('small', 'Next attempt ', moment(row.retry_at))];
  }
  if (deliveries[row.delivery]?.next) return h('small', deliveries[row.delivery].next);
  if (row.signed_in === 'yes' || !row.password_expires_at) return '';
  return h('small', row.expired ? 'Password expired ' : 'Password valid until ', moment(row.password_expires_at));
}

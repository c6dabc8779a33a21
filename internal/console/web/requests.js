// The list of requests, newest first.

import {h, fill, table, button, busy, focusOn} from './dom.js';
import {read} from './api.js';
import {bar, reached, settled, toFix} from './bar.js';
import {count, moment, number} from './format.js';
import {pause, say} from './live.js';
import {lookFor} from './person.js';
import {problemBox} from './problem.js';
import {titleOf} from './title.js';
import {requestStateOf} from './words.js';

/** How many requests are read at a time. */
const page = 20;

/** How often the list is read again while a request runs, in seconds. */
const every = 5;

const columns = [
  {name: 'Request', kind: 'what'}, {name: 'State', kind: 'state'}, {name: 'Progress', kind: 'progress'},
  {name: 'Rows', kind: 'n'}, {name: 'Reached', kind: 'n'}, {name: 'To fix', kind: 'n'},
];

/** How many calls one search makes, of which each looks at 500 requests, until it asks whether to go on. */
const searchCalls = 10;

/** Shows the list and keeps it up to date while a request runs. */
export async function showRequests(stage, {signal}) {
  document.title = 'Requests · usher';
  const latest = await pageOf('', null, signal);
  if (latest.requests.length === 0) {
    fill(stage, h('div.head', h('h1', 'Requests')), empty());
    return;
  }
  const place = h('div.list');
  fill(stage, h('div.head', h('h1', 'Requests'), h('a.button.main', {href: '#/new'}, 'New request')), search(place, signal), place);
  show(place, '', latest, signal);
}

/**
 * A page of the list after a cursor; without one, the first. Of those whose label has a
 * word in it, as many as a few calls find.
 */
async function pageOf(word, cursor, signal) {
  const found = [];
  for (let calls = 0; calls < searchCalls; calls++) {
    const query = new URLSearchParams({limit: page - found.length, ...word && {label: word}, ...cursor && {cursor}});
    const next = await read(`/requests?${query}`, {signal});
    found.push(...next.requests);
    cursor = next.next_cursor;
    if (!word || !cursor || found.length === page) break;
  }
  return {requests: found, next_cursor: cursor};
}

/** Shows the first page in a place, whatever was there. */
function show(place, word, {requests, next_cursor: cursor}, signal) {
  const list = h('div', requests.length > 0 && listed(requests));
  const older = h('div.after');
  const none = requests.length === 0 && h('p', cursor ? 'No request of the latest thousands has this in its label.' : 'No request has this in its label.');
  fill(place, none, list, older);
  offerOlder({place: older, list, word, cursor, signal});
  if (!word) follow(list, requests, signal).catch((error) => { if (!signal.aborted && list.isConnected) fill(older, problemBox(error)); });
}

/** Searches when asked to, and not at each key: a search reads many requests. */
function search(place, signal) {
  const input = h('input', {type: 'search', autocomplete: 'off', spellcheck: 'false', 'aria-label': 'Find requests by label', placeholder: 'Find requests by label'});
  const look = h('button', {type: 'submit'}, 'Search');
  const run = () => busy(look, async () => {
    const word = input.value.trim();
    if (word.includes('@')) { // a person, whose address must not get into the address of a call
      lookFor(word);
      return;
    }
    try {
      const found = await pageOf(word, null, signal);
      show(place, word, found, signal);
      say(`${count(found.requests.length, 'request')} found.`);
    } catch (error) {
      if (!signal.aborted) fill(place, problemBox(error));
    }
  });
  // The cross that empties the field brings all requests back.
  input.addEventListener('search', () => { if (input.value === '') run(); });
  return h('form.find', {role: 'search', 'aria-label': 'Requests', onsubmit: (event) => {
    event.preventDefault();
    run();
  }}, input, look);
}

/** Reads the first page again until no request in it runs. */
async function follow(list, requests, signal) {
  while (requests.some((r) => !r.done)) {
    await pause(every, signal);
    if (!list.isConnected) return; // a search has taken its place
    try {
      ({requests} = await pageOf('', null, signal));
    } catch (error) {
      if (!error.temporary) throw error;
      continue;
    }
    const kept = list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    list.firstElementChild.replaceWith(listed(requests));
    if (kept) list.querySelector(`a[href="${kept}"]`)?.focus();
  }
}

function offerOlder({place, list, word, cursor, signal}) {
  if (!cursor) {
    fill(place);
    return;
  }
  const more = button(word ? 'Search older requests' : 'Older requests', () => busy(more, async () => {
    try {
      const next = await pageOf(word, cursor, signal);
      const older = next.requests.length > 0 && listed(next.requests);
      if (older) list.append(older);
      offerOlder({place, list, word, cursor: next.next_cursor, signal});
      focusOn(older ? older.querySelector('a') : place.querySelector('button'));
    } catch (error) {
      if (!signal.aborted) fill(place, problemBox(error), more);
    }
  }));
  fill(place, more);
}

const listed = (requests) => table({caption: 'Requests, newest first', columns, kind: 'requests', rows: requests.map(line)});

function line(request) {
  const {counts} = request;
  const state = requestStateOf(request.state);
  return [
    [h('a.cut', {href: `#/requests/${request.request_id}`, title: titleOf(request)}, titleOf(request)),
      h('small', moment(request.submitted_at), ' · ', request.submitted_by)],
    h(`span.word.${state.tone}`, state.name),
    [bar(request, `Progress of ${titleOf(request)}`),
      !request.done && h('small', `${number(settled(counts))} of ${count(counts.total, 'row')}`)],
    number(counts.total), number(reached(counts)), toFix(request) > 0 ? h('strong.fix', number(toFix(request))) : '0',
  ];
}

/** The address of the CSV template. */
export const template = () => new URL('template.csv', import.meta.url).href;

const empty = () => h('div.empty',
  h('p.lead', 'No invitations yet.'),
  h('p', 'Drop a spreadsheet, or paste addresses. usher checks the list before it sends anything, and reports what happened to every address.'),
  h('p.row', h('a.button.main', {href: '#/new'}, 'Invite people'),
    h('a.button', {href: template(), download: 'usher-template.csv'}, 'Download the CSV template')),
  h('p.quiet', 'The template has the columns ', h('code', 'email'), ', ', h('code', 'given_name'), ', ', h('code', 'family_name'), ', ', h('code', 'groups'), ' and ',
    h('code', 'ref'), '. Only ', h('code', 'email'), ' is required. ', h('a', {href: '#/help'}, 'Supported formats')));

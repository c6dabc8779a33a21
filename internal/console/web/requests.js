// The list of requests, newest first.

import {h, fill, table, button, busy, focusOn} from './dom.js';
import {read} from './api.js';
import {bar, reached, settled, toFix} from './bar.js';
import {count, moment, number} from './format.js';
import {pause} from './live.js';
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

/** Shows the list and keeps it up to date while a request runs. */
export async function showRequests(stage, {signal}) {
  document.title = 'Requests · usher';
  const list = h('div');
  const older = h('div.after');
  const latest = await read(pageOf(), {signal});
  fill(stage, h('div.head', h('h1', 'Requests'), latest.requests.length > 0 && h('a.button.main', {href: '#/new'}, 'New request')), list, older);
  if (latest.requests.length === 0) {
    fill(list, empty());
    return;
  }
  fill(list, listed(latest.requests));
  offerOlder(older, list, latest.next_cursor, signal);
  follow(list, latest.requests, signal).catch((error) => { if (!signal.aborted) fill(older, problemBox(error)); });
}

/** The path of a page of the list; without a cursor, of the first. */
const pageOf = (cursor = {}) => `/requests?${new URLSearchParams({limit: page, ...cursor})}`;

/** Reads the first page again until no request in it runs. */
async function follow(list, requests, signal) {
  while (requests.some((r) => !r.done)) {
    await pause(every, signal);
    try {
      ({requests} = await read(pageOf(), {signal}));
    } catch (error) {
      if (!error.temporary) throw error;
      continue;
    }
    const kept = list.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    list.firstElementChild.replaceWith(listed(requests));
    if (kept) list.querySelector(`a[href="${kept}"]`)?.focus();
  }
}

function offerOlder(place, list, cursor, signal) {
  if (!cursor) {
    fill(place);
    return;
  }
  const more = button('Older requests', () => busy(more, async () => {
    try {
      const next = await read(pageOf({cursor}), {signal});
      const older = listed(next.requests);
      list.append(older);
      focusOn(older.querySelector('a'));
      offerOlder(place, list, next.next_cursor, signal);
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

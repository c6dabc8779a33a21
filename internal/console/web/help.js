// What can be read, and what the words mean.

import {h, fill, table} from './dom.js';
import {codes, states} from './words.js';
import {template} from './requests.js';

/** Shows the help. It needs nothing from the API. */
export async function showHelp(stage) {
  document.title = 'Help · usher';
  fill(stage, h('h1', 'Help'), flow(), formats(), stateList(), codeList());
}

const flow = () => h('section', h('h2', 'How it goes'), h('ol',
  h('li', 'Drop a file or paste addresses. The list is checked; nothing is stored and nobody is mailed.'),
  h('li', 'Look at what would happen, and confirm. The request’s page has a link of its own from then on: close the page, share the link, come back.'),
  h('li', 'Each row gets an outcome. Some rows failing is ordinary: correct them and send them again. Nobody who was invited is invited twice, however often you send a list.')));

const formats = () => h('section', h('h2', 'What it can read'),
  h('p', 'Up to 10,000 rows and 5 MB at a time, unless whoever deployed usher chose otherwise. ', h('a', {href: template(), download: 'usher-template.csv'}, 'Download the CSV template'), '.'),
  table({caption: 'Formats', kind: 'terms', columns: [{name: 'Format', kind: 'what'}, {name: 'What it holds', kind: 'why'}], rows: [
    ['CSV', 'The first line names the columns, in any order and case. Separated by commas, semicolons or tabs, as your spreadsheet writes it. Save workbooks as “CSV UTF-8”. Cognito’s own import file is read unchanged.'],
    ['Text', 'An e-mail address on each line. What you paste may also be a list of recipients out of a mail program, names and all.'],
    ['JSON, NDJSON', [h('code', '{"users": ["ann@example.org", …]}'), ', a list, or one object on each line. ', h('a', {href: new URL('../openapi.json', document.baseURI).href}, 'The API’s description')]],
  ]}),
  h('h3', 'Columns of a CSV file'),
  table({caption: 'Columns', kind: 'terms', columns: [{name: 'Column', kind: 'what'}, {name: 'What it is', kind: 'why'}], rows: [
    [h('code', 'email'), 'The address: the only column that must be there. “E-Mail” and the like are understood.'],
    [h('code', 'groups'), 'Groups of the pool to put the person into. Several with a semicolon or a vertical bar between.'],
    [h('code', 'ref'), 'A number or word of your own, such as a staff number. It comes back in the results and is not stored in the pool.'],
    [[h('code', 'given_name'), ', ', h('code', 'family_name'), ' …'], 'Attributes that the pool stores. A column that the pool does not know is kept for the results and told as a warning.'],
    [[h('code', 'state'), ', ', h('code', 'code'), ', ', h('code', 'reason')], 'What usher adds to results. All three together are passed over, so that a downloaded file can be corrected and sent as it is.'],
  ]}));

const stateList = () => h('section', h('h2', 'States'), table({caption: 'States', kind: 'terms',
  columns: [{name: 'State', kind: 'what'}, {name: 'What it means', kind: 'why'}],
  rows: Object.entries(states).map(([state, {name, tone, help}]) => [[h(`span.word.${tone}`, name), h('small', h('code', state))], help])}));

const codeList = () => h('section', h('h2', 'Codes'), table({caption: 'Codes', kind: 'terms',
  columns: [{name: 'Code', kind: 'what'}, {name: 'What to do', kind: 'why'}],
  rows: Object.entries(codes).map(([code, {name, help}]) => [[name, h('small', h('code', code))], help])}));

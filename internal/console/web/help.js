// Formats, states and codes.

import {h, fill, table} from './dom.js';
import {codes, states} from './words.js';
import {template} from './requests.js';

/** Shows the help. It needs nothing from the API. */
export async function showHelp(stage) {
  document.title = 'Help · usher';
  fill(stage, h('h1', 'Help'), flow(), formats(), stateList(), codeList());
}

const flow = () => h('section', h('h2', 'How it works'), h('ol',
  h('li', 'Drop a file or paste addresses. usher checks the list; it stores nothing and sends nothing.'),
  h('li', 'See what would happen, and confirm. The request then has its own page: you can close it, share its link and come back.'),
  h('li', 'Each row gets an outcome. If rows fail, correct them and send them again. Nobody is invited twice, even if you send the same list again.')));

const formats = () => h('section', h('h2', 'Supported formats'),
  h('p', 'Up to 10,000 rows and 5 MB at a time, unless the operator of usher chose other limits. ', h('a', {href: template(), download: 'usher-template.csv'}, 'Download the CSV template'), '.'),
  table({caption: 'Formats', kind: 'terms', columns: [{name: 'Format', kind: 'what'}, {name: 'Content', kind: 'why'}], rows: [
    ['Excel', 'A workbook (.xlsx): its first visible sheet with a column for the address. Rows that are hidden or filtered are left out, and named. Dates and numbers are read as their cells show them. Formulas need their results, so save the workbook in Excel first.'],
    ['CSV', 'The first line names the columns, in any order, in upper or lower case. Commas, semicolons or tabs separate the cells. In a spreadsheet program, save as “CSV UTF-8”. Cognito’s own import files work too.'],
    ['Text', 'One e-mail address per line. You can also paste a list of recipients from a mail program, including names.'],
    ['JSON, NDJSON', [h('code', '{"users": ["ann@example.org", …]}'), ', a list, or one object per line. ', h('a', {href: new URL('../openapi.json', document.baseURI).href}, 'Description of the API')]],
  ]}),
  h('h3', 'Columns of a workbook or a CSV file'),
  table({caption: 'Columns', kind: 'terms', columns: [{name: 'Column', kind: 'what'}, {name: 'Meaning', kind: 'why'}], rows: [
    [h('code', 'email'), 'The address. This is the only required column. Similar names, such as “E-Mail”, work too.'],
    [h('code', 'groups'), 'Groups of the pool that the person joins. Separate several with a semicolon, a comma or a vertical bar.'],
    [h('code', 'ref'), 'Your own id for the row, such as a staff number. It comes back in the results and is not stored in the pool.'],
    [[h('code', 'given_name'), ', ', h('code', 'family_name'), ' …'], 'Attributes that the pool stores. Other columns are not used, unless you choose what they are when the list is checked.'],
    [[h('code', 'state'), ', ', h('code', 'code'), ', ', h('code', 'reason')], 'Columns that usher adds to results. If a file has all three, usher ignores them, so you can correct a downloaded file and send it.'],
  ]}));

const stateList = () => h('section', h('h2', 'States'), table({caption: 'States', kind: 'terms',
  columns: [{name: 'State', kind: 'what'}, {name: 'Meaning', kind: 'why'}],
  rows: Object.entries(states).map(([state, {name, tone, help}]) => [[h(`span.word.${tone}`, name), h('small', h('code', state))], help])}));

const codeList = () => h('section', h('h2', 'Codes'), table({caption: 'Codes', kind: 'terms',
  columns: [{name: 'Code', kind: 'what'}, {name: 'What to do', kind: 'why'}],
  rows: Object.entries(codes).map(([code, {name, help}]) => [[name, h('small', h('code', code))], help])}));

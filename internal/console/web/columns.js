// What the columns of a table are used as: guessed by the API and chosen here.

import {h, table} from './dom.js';
import {readPool} from './api.js';
import {draft} from './draft.js';
import {count} from './format.js';
import {remember} from './remember.js';
import {attributeName} from './words.js';

/** What a column can be besides an attribute. */
const meanings = {email: 'E-mail address', groups: 'Groups', ref: 'Your own id (ref)'};
const none = 'none';

/** Attributes that are always offered: people know them. */
const usual = ['given_name', 'family_name', 'name'];

/** Attributes that are no choice: they are the address, or the pool sets them. */
const notChosen = ['sub', 'email', 'email_verified', 'phone_number_verified', 'updated_at', 'identities'];

/** Shows one choice per column; those that are not used are folded away. chosen is called after a choice. */
export function columnsOf(columns, chosen) {
  if (!columns?.length) return null;
  const used = columns.filter((c) => c.meaning !== none);
  const unused = columns.filter((c) => c.meaning === none);
  return h('section.columns', h('h2', 'Columns'),
    used.length > 0 && choices(columns, used, 'Columns and what they are used as', chosen),
    unused.length > 0 && [
      h('details', {open: used.every((c) => c.meaning !== 'email')}, h('summary', count(unused.length, 'column is not used', 'columns are not used')),
        choices(columns, unused, 'Columns that are not used', chosen)),
      keep(chosen)]);
}

function keep(chosen) {
  const box = h('input', {type: 'checkbox', id: 'keep-columns', checked: draft.options.keep_columns, onchange: () => {
    draft.options.keep_columns = box.checked;
    chosen();
  }});
  return h('p.check', box, h('label', {for: 'keep-columns'}, 'Keep columns that are not used, so that they come back in the results'));
}

const choices = (all, shown, caption, chosen) => table({caption, kind: 'mapping',
  columns: [{name: 'Column', kind: 'what'}, ...(sampled(shown) ? [{name: 'Example', kind: 'example'}] : []), {name: 'Used as', kind: 'use'}],
  rows: shown.map((c) => [c.name || '(no name)', ...(sampled(shown) ? [c.sample ?? ''] : []), choice(all, c, chosen)])});

/** Whether there is an example: a list that is refused shows none. */
const sampled = (columns) => columns.some((c) => c.sample);

/** The choice for one column. The pool's attributes are added when they are known. */
function choice(all, column, chosen) {
  const select = h('select', {'aria-label': `Column ${column.name} is used as`, onchange: () => {
    draft.columns = {...draft.columns, [column.name]: select.value};
    remember(all, draft.columns);
    chosen();
  }});
  const offer = (names) => {
    const own = [...new Set([...usual, ...names.filter((n) => !notChosen.includes(n))])];
    if (![...Object.keys(meanings), ...own, none].includes(column.meaning)) own.push(column.meaning);
    select.replaceChildren(...Object.entries(meanings).map(option), ...own.map((n) => option([n, attributeName(n)])), option([none, 'Not used']));
    select.value = column.meaning;
  };
  const option = ([value, text]) => h('option', {value}, text);
  offer([]);
  readPool().then(({pool}) => { if (pool && document.activeElement !== select) offer(pool.attributes); }, () => {});
  return select;
}

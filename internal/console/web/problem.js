// Shows an error: what happened and what to do next.

import {h} from './dom.js';
import {plain, problemText} from './words.js';

/** How many rows with errors are listed. */
const fewRows = 10;

/** A box with an error. Screen readers announce it at once. */
export function problemBox(error) {
  const rows = error.errors?.filter((e) => e.row) ?? [];
  return h('div.box.fix', {role: 'alert', 'data-code': error.code},
    h('p', problemText(error)),
    rows.length > 1 && h('ul.notes', rows.slice(0, fewRows).map((e) => h('li', `Row ${e.row}: ${plain(e.detail)}`))));
}

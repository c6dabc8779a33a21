// Shows a refusal: what happened and what to do.

import {h} from './dom.js';
import {sentence} from './format.js';

/** How many rows at fault are named. */
const fewRows = 10;

/** A box that says what went wrong, read out at once. */
export function problemBox(error) {
  const rows = error.errors?.filter((e) => e.row) ?? [];
  return h('div.box.fix', {role: 'alert', 'data-code': error.code},
    h('p', sentence(error.message)),
    rows.length > 1 && h('ul.notes', rows.slice(0, fewRows).map((e) => h('li', `Row ${e.row}: ${sentence(e.detail)}`))));
}

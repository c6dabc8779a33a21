// Shows a refusal: what happened and what to do.

import {h} from './dom.js';
import {sentence} from './format.js';

/** A box that says what went wrong, read out at once. */
export function problemBox(error) {
  const rows = error.errors?.filter((e) => e.row) ?? [];
  return h('div.box.mend', {role: 'alert'},
    h('p', sentence(error.message)),
    rows.length > 0 && h('p.quiet', rows.length === 1 ? `It is in row ${rows[0].row}.` : `It begins in row ${rows[0].row}.`));
}

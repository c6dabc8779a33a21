// Asks for confirmation before an action.

import {h, fill, button, busy} from './dom.js';
import {problemBox} from './problem.js';

let made = 0;

/**
 * Makes a button that opens a dialog, and the dialog whose button does the work. shown is
 * called whenever it opens; main says that its button is the main one.
 */
export function asked({open, title, body, yes, no = 'Close', main = false, shown = () => {}, work}) {
  const id = `dialog-${++made}`;
  const trouble = h('div');
  const go = button(yes, () => busy(go, async () => {
    fill(trouble);
    try {
      await work();
      dialog.close();
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  }), 'main');
  const dialog = h('dialog', {'aria-labelledby': id, onchange: () => fill(trouble)}, h('h2', {id}, title), body, trouble,
    h('p.row', go, button(no, () => dialog.close())));
  return [button(open, () => { fill(trouble); dialog.showModal(); shown(); }, main ? 'main' : undefined), dialog];
}

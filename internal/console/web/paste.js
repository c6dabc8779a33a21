// Pasted text: addresses, or cells of a spreadsheet.

import {h, busy} from './dom.js';
import {draft, keepText, takeText} from './draft.js';

/** Makes the form. take receives the function that reads the text. */
export function pasteForm(take) {
  let chosen = draft.asTable;
  const text = h('textarea', {id: 'paste', rows: 10, spellcheck: 'false', autocomplete: 'off', wrap: 'off', required: true, value: draft.text,
    placeholder: 'ann@example.org\nbob@example.org', oninput: () => {
      if (!chosen) columns.checked = !(lines.checked = !namesColumns(text.value));
      keep();
    }});
  const choose = () => { chosen = true; keep(); };
  const lines = h('input', {type: 'radio', name: 'form', id: 'form-lines', checked: !draft.asTable, onchange: choose});
  const columns = h('input', {type: 'radio', name: 'form', id: 'form-table', checked: draft.asTable, onchange: choose});
  const keep = () => keepText(text.value, columns.checked);
  const send = h('button.main', {type: 'submit'}, 'Check the list');
  const onsubmit = (event) => {
    event.preventDefault();
    busy(send, () => take(async () => {
      takeText(text.value, columns.checked);
      text.value = draft.text;
    }));
  };
  return h('form.paste', {onsubmit, 'aria-labelledby': 'paste-title'},
    h('h2', {id: 'paste-title'}, draft.notice ? 'Rows to correct' : 'Or paste addresses'),
    h('label', {for: 'paste'}, draft.notice ? 'Correct the rows. Remove a line if it should not be invited. The columns state, code and reason may stay.' : 'The list'), text,
    h('fieldset.inline', h('legend.unseen', 'How to read it'),
      h('span', lines, h('label', {for: 'form-lines'}, 'Addresses, one per line or as copied from a mail program')),
      h('span', columns, h('label', {for: 'form-table'}, 'A table whose first line names the columns'))),
    send);
}

/** Whether the first line names columns: then it contains no address. */
function namesColumns(text) {
  const first = text.trimStart().split('\n', 1)[0];
  return first !== '' && !first.includes('@') && /[,;\t]|mail/i.test(first);
}

// First step of a new request: a file or pasted text.

import {h, fill, table, button, busy} from './dom.js';
import {check, clear, draft, takeFile, takeText} from './draft.js';
import {problemBox} from './problem.js';
import {steps} from './steps.js';
import {template} from './requests.js';
import {number, sentence} from './format.js';
import {codeOf} from './words.js';

/** Up to how many faults are shown at once, and how many at most. */
const openFaults = 20;
const mostFaults = 500;

/** Shows the step. A draft that was begun is still there. */
export async function showSource(stage, {signal}) {
  document.title = 'New request · usher';
  const trouble = h('div');
  const take = async (given) => {
    fill(trouble, h('p.quiet', {role: 'status'}, 'Checking …'));
    try {
      await given();
      await check(signal);
      location.hash = '#/new/check';
    } catch (error) {
      if (signal.aborted) return;
      fill(trouble, problemBox(error));
      trouble.scrollIntoView({block: 'nearest'});
    }
  };
  fill(stage, steps(0), h('h1', draft.notice ? 'Correct and send again' : 'Whom do you want to invite?'),
    draft.notice && notice(stage, signal), faults(), trouble,
    h('div.ways', draft.notice ? null : dropZone(take), pasteForm(take)),
    h('p.quiet', 'Nobody is invited before you have seen what would happen and said so.'));
}

function notice(stage, signal) {
  return h('p', draft.notice, ' ', button('Begin with an empty list', () => { clear(); showSource(stage, {signal}); }, 'plain'));
}

/** What is wrong with the rows that are to be corrected, above the rows themselves. */
function faults() {
  if (draft.faults.length === 0) return null;
  return h('details.findings', {open: draft.faults.length <= openFaults}, h('summary', 'What is wrong with them'),
    table({caption: 'Rows to correct', kind: 'rows', columns: [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'Why', kind: 'why'}],
      rows: draft.faults.slice(0, mostFaults).map((i) => [number(i.row), i.email || '(empty)', sentence(i.reason ?? codeOf(i.code).name)])}));
}

function dropZone(take) {
  const input = h('input.unseen', {type: 'file', id: 'file', accept: '.csv,.tsv,.tab,.txt,.json,.ndjson,.jsonl,text/csv,text/plain',
    onchange: () => { if (input.files[0]) take(() => takeFile(input.files[0])); }});
  const zone = h('section.drop', {'aria-labelledby': 'drop-title'},
    h('h2', {id: 'drop-title'}, 'Drop a file'),
    h('p', 'A spreadsheet saved as CSV, or a text file with an address on each line.'),
    input, h('label.button.main', {for: 'file'}, 'Choose a file'),
    h('p.quiet', 'A column named ', h('code', 'email'), ' is all it takes. ', h('a', {href: template(), download: 'usher-template.csv'}, 'CSV template'), ' · ',
      h('a', {href: '#/help'}, 'What it can read')));
  const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle('over', on); };
  zone.addEventListener('dragover', over(true));
  zone.addEventListener('dragleave', over(false));
  zone.addEventListener('drop', (event) => {
    over(false)(event);
    const file = event.dataTransfer.files[0];
    if (file) take(() => takeFile(file));
  });
  return zone;
}

function pasteForm(take) {
  const text = h('textarea', {id: 'paste', rows: 10, spellcheck: 'false', autocomplete: 'off', wrap: 'off', required: true, value: draft.text,
    placeholder: 'ann@example.org\nbob@example.org', oninput: guess});
  const lines = h('input', {type: 'radio', name: 'form', id: 'form-lines', checked: !draft.asTable, onchange: choose});
  const columns = h('input', {type: 'radio', name: 'form', id: 'form-table', checked: draft.asTable, onchange: choose});
  let chosen = draft.asTable;
  function choose() { chosen = true; }
  // A line that names columns holds no address; any other first line does.
  function guess() {
    if (chosen) return;
    const first = text.value.trimStart().split('\n', 1)[0];
    columns.checked = first !== '' && !first.includes('@') && /[,;\t]|mail/i.test(first);
    lines.checked = !columns.checked;
  }
  const send = h('button.main', {type: 'submit'}, 'Check the list');
  const onsubmit = (event) => {
    event.preventDefault();
    busy(send, () => take(async () => takeText(text.value, columns.checked)));
  };
  return h('form.paste', {onsubmit, 'aria-labelledby': 'paste-title'},
    h('h2', {id: 'paste-title'}, draft.notice ? 'Rows to correct' : 'Or paste addresses'),
    h('label', {for: 'paste'}, draft.notice ? 'Change what is wrong. Take a line out if nobody is to be invited by it; the columns state, code and reason may stay.' : 'The list'), text,
    h('fieldset.inline', h('legend.unseen', 'How to read it'),
      h('span', lines, h('label', {for: 'form-lines'}, 'An address on each line')),
      h('span', columns, h('label', {for: 'form-table'}, 'A table: the first line names the columns'))),
    send);
}

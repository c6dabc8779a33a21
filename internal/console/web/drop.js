// A file: dropped anywhere on the page, or chosen.

import {h} from './dom.js';
import {takeFile} from './draft.js';
import {template} from './requests.js';

const endings = '.csv,.tsv,.tab,.txt,.json,.ndjson,.jsonl,text/csv,text/plain';

/** Makes the place for a file. take is given what reads it. */
export function dropZone(take) {
  const input = h('input.unseen', {type: 'file', id: 'file', accept: endings, onchange: () => {
    const [file] = input.files;
    if (file) take(() => takeFile(file)).then(() => { input.value = ''; }); // or the same file, corrected, could not be chosen again
  }});
  const zone = h('section.drop', {'aria-labelledby': 'drop-title'},
    h('h2', {id: 'drop-title'}, 'Drop a file'),
    h('p', 'A spreadsheet saved as CSV, or a text file with an address on each line.'),
    input, h('label.button.main', {for: 'file'}, 'Choose a file'),
    h('p.quiet', 'A column named ', h('code', 'email'), ' is all it takes. ', h('a', {href: template(), download: 'usher-template.csv'}, 'CSV template'), ' · ',
      h('a', {href: '#/help'}, 'What it can read')));
  return zone;
}

/**
 * Has the whole page take files for as long as the signal lets it: beside the
 * zone the browser would open them in place of the page.
 */
export function catchFiles(zone, take, signal) {
  const on = (name, act) => document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return; // text is dragged as ever
    event.preventDefault();
    act(event);
  }, {signal});
  on('dragover', () => zone.classList.add('over'));
  on('dragleave', (event) => { if (!event.relatedTarget) zone.classList.remove('over'); });
  on('drop', (event) => {
    zone.classList.remove('over');
    const files = [...event.dataTransfer.files];
    take(() => takeFile(only(files)));
  });
}

function only(files) {
  if (files.length !== 1) throw new Error('Drop one file at a time: each becomes a request of its own.');
  return files[0];
}

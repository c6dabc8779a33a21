// A file: dropped anywhere on the page, or chosen.

import {h} from './dom.js';
import {takeFile} from './draft.js';
import {template} from './requests.js';

const endings = '.xlsx,.csv,.tsv,.tab,.txt,.json,.ndjson,.jsonl,text/csv,text/plain';

/** Makes the area for a file. take receives the function that reads it. */
export function dropZone(take) {
  const input = h('input.unseen', {type: 'file', id: 'file', accept: endings, onchange: () => {
    const [file] = input.files;
    if (file) take(() => takeFile(file)).then(() => { input.value = ''; }); // so that the same file, corrected, can be chosen again
  }});
  const zone = h('section.drop', {'aria-labelledby': 'drop-title'},
    h('h2', {id: 'drop-title'}, 'Drop a file'),
    h('p', 'An Excel workbook (.xlsx), a CSV file, or a text file with one address per line.'),
    input, h('label.button.main', {for: 'file'}, 'Choose a file'),
    h('p.quiet', 'Only a column named ', h('code', 'email'), ' is required. ', h('a', {href: template(), download: 'usher-template.csv'}, 'CSV template'), ' · ',
      h('a', {href: '#/help'}, 'Supported formats')));
  return zone;
}

/**
 * Accepts files dropped anywhere on the page until the signal aborts. Otherwise the
 * browser would open a file dropped beside the area, and leave the page.
 */
export function catchFiles(zone, take, signal) {
  const on = (name, act) => document.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return; // dragged text is not ours
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
  if (files.length !== 1) throw new Error('Drop one file at a time. Each file becomes a separate request.');
  return files[0];
}

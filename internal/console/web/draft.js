// The request that is being made: what was given, what the check said of it, and
// the choices. It lives as long as the page does.

import {call, newKey, read} from './api.js';
import {oneEachLine} from './recipients.js';

/** Types by the ending of a file's name: systems disagree on what a CSV file is. */
const types = {
  csv: 'text/csv', tsv: 'text/tab-separated-values', tab: 'text/tab-separated-values', txt: 'text/plain',
  json: 'application/json', ndjson: 'application/x-ndjson', jsonl: 'application/x-ndjson',
};

/** Files that hold tables in a form that only their own program reads. */
const workbooks = ['xlsx', 'xls', 'xlsm', 'ods', 'numbers'];

/** In session storage: that there is a draft. What it holds is kept nowhere. */
const begun = 'usher.draft';

const defaults = () => ({label: '', on_existing: 'skip', mail: 'send', force: false});

const blank = () => ({
  name: '', text: '', asTable: false, // what was given
  notice: '', faults: [], // what there is to correct in it
  body: null, type: '', // what is sent
  report: null, key: '', // what the check said, and the submission's own word
  options: defaults(),
});

export const draft = blank();

/** Forgets everything: the next request begins anew. */
export function clear() {
  Object.assign(draft, blank());
  sessionStorage.removeItem(begun);
}

function begin(given) {
  Object.assign(draft, given);
  sessionStorage.setItem(begun, 'yes');
}

/** Whether a draft has gone because the page was loaded again. Says so once. */
export function wasLost() {
  const lost = !draft.body && !draft.text && sessionStorage.getItem(begun) !== null;
  if (lost) clear();
  return lost;
}

/**
 * Takes a file. Its bytes are read once, so that what is sent is what was
 * checked, whatever becomes of the file. Its name becomes the label, unless it
 * holds the corrections that were begun. Fails with a text for people.
 */
export async function takeFile(file) {
  const ending = file.name.split('.').pop().toLowerCase();
  if (workbooks.includes(ending)) {
    throw new Error(`The file ${file.name} is a workbook. Save the sheet as CSV (in Excel: Save As, “CSV UTF-8”) and drop that file here.`);
  }
  const body = await file.arrayBuffer().catch(() => { throw new Error(`The file ${file.name} cannot be read. Close it in other programs and drop it again.`); });
  const label = draft.notice ? draft.options.label : file.name.replace(/\.[^.]+$/, '').slice(0, 256);
  clear();
  begin({name: file.name, body, type: types[ending] ?? (file.type || 'application/octet-stream')});
  draft.options.label = label;
}

/** Keeps what is being written, for when the writer comes back from another page. */
export function keepText(text, asTable) {
  begin({text, asTable});
}

/**
 * Takes text: addresses, as people or mail programs write them, or a table whose
 * first line names its columns.
 */
export function takeText(text, asTable) {
  if (draft.name) draft.options.label = ''; // it was the file's
  const list = asTable ? text : oneEachLine(text);
  begin({
    name: '', text: list, asTable, body: new TextEncoder().encode(list), report: null, key: '',
    type: asTable ? 'text/csv; charset=utf-8' : 'text/plain; charset=utf-8',
  });
}

/** Begins a request from rows of an earlier one that are to be corrected. */
export function beginWith(text, label, notice, faults) {
  clear();
  begin({text, asTable: true, notice, faults});
  draft.options.label = label;
}

/** Asks the API what would become of the draft. Nothing is stored there. */
export async function check(signal) {
  draft.report = await read(`/requests?${query({dry_run: 'true'})}`,
    {method: 'POST', headers: {'Content-Type': draft.type}, body: draft.body, signal});
  draft.key = newKey();
}

/** Submits the draft and gives the request. May be repeated: it counts once. */
export async function submit() {
  const answer = await call(`/requests?${query({})}`,
    {method: 'POST', headers: {'Content-Type': draft.type, 'Idempotency-Key': draft.key}, body: draft.body});
  return answer.json();
}

function query(more) {
  const {label, on_existing, mail, force} = draft.options;
  const all = new URLSearchParams({on_existing, mail, ...more});
  if (force && on_existing === 'resend') all.set('force', 'true');
  if (label.trim()) all.set('label', label.trim());
  return all;
}

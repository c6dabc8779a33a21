// The request that is being made: its list, the report of the check, and the
// options. It is lost when the page is closed or reloaded.

import {call, newKey, read} from './api.js';
import {oneEachLine} from './recipients.js';
import {longestLabel} from './title.js';

/** Types by the ending of a file's name: systems disagree on what a CSV file is. */
const types = {
  csv: 'text/csv', tsv: 'text/tab-separated-values', tab: 'text/tab-separated-values', txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', json: 'application/json', ndjson: 'application/x-ndjson', jsonl: 'application/x-ndjson',
};

/** In session storage: that there is a draft. Its content is not stored. */
const begun = 'usher.draft';

const defaults = () => ({label: '', on_existing: 'skip', mail: 'send', force: false});

const blank = () => ({
  name: '', text: '', asTable: false, // the list as it was given
  notice: '', faults: [], // what to correct in it
  body: null, type: '', // what is sent
  report: null, key: '', // of the check, and the Idempotency-Key
  options: defaults(),
});

export const draft = blank();

/** Discards the draft. */
export function clear() {
  Object.assign(draft, blank());
  sessionStorage.removeItem(begun);
}

function begin(given) {
  Object.assign(draft, given);
  sessionStorage.setItem(begun, 'yes');
}

/** Whether a draft was lost because the page was reloaded. True only once. */
export function wasLost() {
  const lost = !draft.body && !draft.text && sessionStorage.getItem(begun) !== null;
  if (lost) clear();
  return lost;
}

/**
 * Takes a file. Its bytes are read once, so that what is sent is what was checked
 * even if the file changes. Its name becomes the label, unless the draft corrects
 * an earlier request. Fails with a text for people.
 */
export async function takeFile(file) {
  const ending = file.name.split('.').pop().toLowerCase();
  const body = await file.arrayBuffer().catch(() => { throw new Error(`The file ${file.name} cannot be read. Close it in other programs, then drop it again.`); });
  const label = draft.notice ? draft.options.label : file.name.replace(/\.[^.]+$/, '').slice(0, longestLabel);
  clear();
  begin({name: file.name, body, type: types[ending] ?? (file.type || 'application/octet-stream')});
  draft.options.label = label;
}

/** Keeps the text, so that it is there when the person comes back from another page. */
export function keepText(text, asTable) {
  begin({text, asTable});
}

/**
 * Takes text: addresses, as people or mail programs write them, or a table whose
 * first line names its columns.
 */
export function takeText(text, asTable) {
  if (draft.name) draft.options.label = ''; // it was the file's name
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

/** Asks the API what would happen to the draft. It stores nothing. */
export async function check(signal) {
  draft.report = await read(`/requests?${query({dry_run: 'true'})}`,
    {method: 'POST', headers: {'Content-Type': draft.type}, body: draft.body, signal});
  draft.key = newKey();
}

/** Submits the draft and returns the request. Repeated calls count once. */
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

// The request that is being made: its list, the report of the check, and the
// options. It is lost when the page is closed or reloaded.

import {call, newKey, read} from './api.js';
import {oneEachLine} from './recipients.js';
import {remembered} from './remember.js';
import {labelOfCorrections, longestLabel} from './title.js';

/** Types by the ending of a file's name: systems disagree on what a CSV file is. */
const types = {
  csv: 'text/csv', tsv: 'text/tab-separated-values', tab: 'text/tab-separated-values', txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', json: 'application/json', ndjson: 'application/x-ndjson', jsonl: 'application/x-ndjson',
};

/** In session storage: that there is a draft. Its content is not stored. */
const begun = 'usher.draft';

const defaults = () => ({label: '', group: '', on_existing: 'skip', mail: 'send', force: false, keep_columns: false});

const blank = () => ({
  name: '', text: '', asTable: false, // the list as it was given
  notice: '', faults: [], // what to correct in it
  body: null, type: '', // what is sent
  columns: {}, // what was chosen for them: meanings by name
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
    name: '', text: list, asTable, body: new TextEncoder().encode(list), report: null, key: '', columns: {},
    type: asTable ? 'text/csv; charset=utf-8' : 'text/plain; charset=utf-8',
  });
}

/** Begins a request, with the same options, from rows of an earlier one that are to be corrected. */
export function beginWith(request, text, notice, faults) {
  const {on_existing, mail, force} = request.options;
  clear();
  begin({text, asTable: true, notice, faults, options: {...defaults(), on_existing, mail, force, label: labelOfCorrections(request)}});
}

/**
 * Asks the API what would happen to the draft. It stores nothing. Where columns of
 * the same names were chosen before, these choices hold.
 */
export async function check(signal) {
  const fresh = Object.keys(draft.columns).length === 0;
  const first = await ask(signal).catch((error) => {
    if (!fresh || !chosenBefore(error.columns)) throw error;
    return null;
  });
  draft.report = first && !(fresh && chosenBefore(first.columns)) ? first : await ask(signal);
  draft.key = newKey();
}

/** Takes the choices for columns that were made for the same header before, if there are any. */
function chosenBefore(columns) {
  draft.columns = (columns && remembered(columns)) ?? draft.columns;
  return Object.keys(draft.columns).length > 0;
}

const ask = (signal) => read(`/requests?${query({dry_run: 'true'})}`,
  {method: 'POST', headers: {'Content-Type': draft.type}, body: draft.body, signal});

/** Submits the draft and returns the request. Repeated calls count once. */
export async function submit() {
  const answer = await call(`/requests?${query({})}`,
    {method: 'POST', headers: {'Content-Type': draft.type, 'Idempotency-Key': draft.key}, body: draft.body});
  return answer.json();
}

function query(more) {
  const {label, group, on_existing, mail, force, keep_columns: keep} = draft.options;
  const all = new URLSearchParams({on_existing, mail, ...more});
  if (force && on_existing === 'resend') all.set('force', 'true');
  if (label.trim()) all.set('label', label.trim());
  if (group) all.set('group', group);
  if (keep) all.set('keep_columns', 'true');
  if (Object.keys(draft.columns).length > 0) all.set('columns', JSON.stringify(draft.columns));
  return all;
}

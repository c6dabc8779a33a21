// Calls to the HTTP API. A refusal is thrown as a Problem.

import {token, renew, forget} from './signin.js';

/** Where the API is: one folder above the console. */
const root = new URL('..', document.baseURI);

/** A refusal, or no answer at all (status 0). detail says what to do next. columns are those of a table that was refused for them. */
export class Problem extends Error {
  constructor({status, code, detail, errors = [], columns = [], retryAfter = 0}) {
    super(detail);
    Object.assign(this, {status, code, detail, errors, columns, retryAfter});
  }

  /** Whether the same call may succeed later: the fault is not in the call. */
  get temporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const lost = () => new Problem({status: 0, code: 'not_reached', detail: 'usher cannot be reached. Check your connection and try again.'});

/**
 * Calls the API and returns the response, whose status is below 400. A refused
 * token is renewed once; of several calls at the same time, one renews it for all.
 */
export async function call(path, {method = 'GET', headers = {}, body, signal} = {}) {
  const sent = token();
  const answer = await send(path, {method, headers, body, signal});
  if (answer.status !== 401) return accept(answer);
  const renewed = token() !== sent || await renew();
  return accept(renewed && token() ? await send(path, {method, headers, body, signal}) : answer);
}

async function send(path, {method, headers, body, signal}) {
  const all = new Headers(headers);
  if (token()) all.set('Authorization', `Bearer ${token()}`);
  try {
    return await fetch(new URL(path.replace(/^\//, ''), root),
      {method, headers: all, body, signal, cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer'});
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw lost();
  }
}

async function accept(answer) {
  if (answer.status < 400) return answer;
  if (answer.status === 401) forget();
  throw await problemOf(answer);
}

async function problemOf(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Problem({
    status: answer.status,
    code: body.code ?? `http_${answer.status}`,
    detail: body.detail ?? (answer.status === 429 ? 'usher is busy. Try again in a minute.' : `The server answered with status ${answer.status}. Try again in a minute.`),
    errors: body.errors,
    columns: body.columns,
    retryAfter: secondsOf(answer.headers.get('Retry-After')),
  });
}

export const secondsOf = (header) => Math.max(0, Number.parseInt(header ?? '0', 10) || 0);

/** Reads JSON. */
export const read = async (path, options) => (await call(path, options)).json();

/** Acts on a request, and returns the request afterwards. */
export const act = (id, what) => read(`/requests/${id}/${what}`, {method: 'POST'});

/** An Idempotency-Key for one submission, so that sending it twice counts once. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')}`;
}

let pool;

/** The report of the pool doctor, read once per visit. A failure is not cached. */
export function readPool() {
  pool ??= read('/pool').catch((error) => { pool = undefined; throw error; });
  return pool;
}

/** The rows to correct, as a query: those that failed and those whose mail bounced. Nothing is left to correct in erased ones. */
export const rowsToCorrect = {state: 'failed', delivery: 'bounced', erased: 'false'};

/** The invitations of a request that a query chooses ({}: all), page by page. */
export async function* invitations(id, chosen, signal) {
  let cursor = null;
  do {
    const query = new URLSearchParams({limit: '1000', ...chosen});
    if (cursor) query.set('cursor', cursor);
    const page = await read(`/requests/${id}/invitations?${query}`, {signal});
    yield page.invitations;
    cursor = page.next_cursor;
  } while (cursor);
}

/** The result as CSV in the submitter's columns. A large result is read in parts. */
export async function results(id, chosen = {}) {
  const parts = [];
  let query = new URLSearchParams({from_row: '1', ...chosen});
  while (query) {
    const answer = await call(`/requests/${id}/invitations?${query}`, {headers: {Accept: 'text/csv'}});
    parts.push(await answer.blob());
    query = nextQuery(answer.headers.get('Link'));
  }
  return new Blob(parts, {type: 'text/csv'});
}

/** The query of the next part, from the Link header; null after the last. */
function nextQuery(link) {
  const next = /^<([^>]*)>; rel="next"$/.exec(link ?? '');
  return next && new URL(next[1], root).searchParams;
}

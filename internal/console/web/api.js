// Calls to the HTTP API. A refusal is thrown as a Problem.

import {token, renew, forget} from './signin.js';

/** Where the API is: one folder above the console. */
const root = new URL('..', document.baseURI);

/** A refusal, or no answer at all (status 0). detail says what to do. */
export class Problem extends Error {
  constructor({status, code, detail, errors = [], retryAfter = 0}) {
    super(detail);
    Object.assign(this, {status, code, detail, errors, retryAfter});
  }

  /** Whether the same call may well pass in a while: nothing is wrong with it. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const lost = () => new Problem({status: 0, code: 'not_reached', detail: 'usher cannot be reached; look at the connection and try again'});

/**
 * Calls the API and gives the answer, whose status is below 400. The token, if
 * there is one, is renewed once when it is refused; of calls at the same time
 * one renews it for all.
 */
export async function call(path, {method = 'GET', headers = {}, body, signal} = {}) {
  const sent = token();
  const answer = await send(path, {method, headers, body, signal});
  if (answer.status !== 401) return accept(answer);
  const other = token() !== sent || await renew();
  return accept(other && token() ? await send(path, {method, headers, body, signal}) : answer);
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
  const told = await answer.json().catch(() => ({}));
  return new Problem({
    status: answer.status,
    code: told.code ?? `http_${answer.status}`,
    detail: told.detail ?? (answer.status === 429 ? 'usher has more to do than it can; try again in a minute' : `the server answered ${answer.status}; try again in a minute`),
    errors: told.errors,
    retryAfter: secondsOf(answer.headers.get('Retry-After')),
  });
}

export const secondsOf = (header) => Math.max(0, Number.parseInt(header ?? '0', 10) || 0);

/** Reads JSON. */
export const read = async (path, options) => (await call(path, options)).json();

/** Orders something of a request, and gives the request as it is then. */
export const order = (id, what) => read(`/requests/${id}/${what}`, {method: 'POST'});

/** A word of its own for one submission, so that sending it twice counts once. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')}`;
}

let pool;

/** What the pool doctor says, asked once a visit. A failed asking is not kept. */
export function readPool() {
  pool ??= read('/pool').catch((error) => { pool = undefined; throw error; });
  return pool;
}

/** Every invitation of a request in some states (all: none named), page by page. */
export async function* invitations(id, states, signal) {
  let cursor = null;
  do {
    const query = new URLSearchParams({limit: '1000'});
    if (states.length > 0) query.set('state', states.join(','));
    if (cursor) query.set('cursor', cursor);
    const page = await read(`/requests/${id}/invitations?${query}`, {signal});
    yield page.invitations;
    cursor = page.next_cursor;
  } while (cursor);
}

/** The result as CSV, in the caller's own columns: of a large one part after part. */
export async function results(id, states = []) {
  const parts = [];
  let query = new URLSearchParams({from_row: '1'});
  if (states.length > 0) query.set('state', states.join(','));
  while (query) {
    const answer = await call(`/requests/${id}/invitations?${query}`, {headers: {Accept: 'text/csv'}});
    parts.push(await answer.blob());
    query = nextQuery(answer.headers.get('Link'));
  }
  return new Blob(parts, {type: 'text/csv'});
}

/** The query of the next part, from the header that names it; null after the last. */
function nextQuery(link) {
  const next = /^<([^>]*)>; rel="next"$/.exec(link ?? '');
  return next && new URL(next[1], root).searchParams;
}

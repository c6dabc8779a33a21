// Signing in at Cognito's hosted pages: authorization code with PKCE (RFC 7636).
// Tokens live in this tab's session storage and end with it.

const settings = JSON.parse(document.querySelector('meta[name=usher-sign-in]').content);

/** local: no sign-in is needed. hosted: at Cognito's pages. none: not possible. */
export const mode = settings.mode;

/** The address to come back to; the app client allows no other. */
const home = new URL('.', document.baseURI).href;

const sessionKey = 'usher.session';
const asked = 'usher.signing-in';

const load = (key) => JSON.parse(sessionStorage.getItem(key) ?? 'null');
const store = (key, value) => sessionStorage.setItem(key, JSON.stringify(value));

let session = load(sessionKey);

/** The token to send, or nothing. */
export const token = () => session?.access;

/** The name of the person who signed in. */
export const who = () => session?.who;

export const signedIn = () => mode === 'local' || Boolean(session);

/** Discards the tokens. The next page asks to sign in. */
export function forget() {
  session = null;
  sessionStorage.removeItem(sessionKey);
  window.dispatchEvent(new Event('usher:signed-out'));
}

/** Goes to the sign-in page, which leads back to the present page. */
export async function signIn() {
  const verifier = random();
  const state = random();
  store(asked, {verifier, state, back: location.hash});
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  location.assign(address('/oauth2/authorize', {
    response_type: 'code', client_id: settings.client_id, redirect_uri: home, scope: 'openid email', state,
    code_challenge_method: 'S256', code_challenge: base64url(new Uint8Array(digest)),
  }));
}

/** How long the end of a sign-in is waited for, in milliseconds: it must not keep anybody signed in. */
const revokePatience = 3000;

/** Discards the tokens, has the pool revoke them, and ends the session at the sign-in page too. */
export async function signOut() {
  const refresh = session?.refresh;
  session = null;
  sessionStorage.removeItem(sessionKey);
  if (refresh) await revoke(refresh);
  location.assign(address('/logout', {client_id: settings.client_id, logout_uri: home}));
}

/**
 * Makes the pool refuse the refresh token, and the access tokens wherever Cognito
 * itself reads them (RFC 7009). AWS does not document whether the answer may be read
 * from here, so it is not: the form is one that browsers send without asking first.
 */
async function revoke(refresh) {
  await fetch(address('/oauth2/revoke'), {
    method: 'POST', mode: 'no-cors', credentials: 'omit', keepalive: true, signal: AbortSignal.timeout(revokePatience),
    body: new URLSearchParams({token: refresh, client_id: settings.client_id}),
  }).catch(() => {});
}

/**
 * Takes the code that the sign-in page added to the address, if there is one, and
 * first removes it from the address. Fails with a text for people.
 */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('code') && !answer.has('error')) return;
  const question = load(asked);
  sessionStorage.removeItem(asked);
  history.replaceState(null, '', home + (question?.back ?? ''));
  if (!question || answer.get('state') !== question.state) {
    throw new Error('The sign-in was started in another tab. Sign in again here.');
  }
  if (answer.has('error')) {
    throw new Error(`The sign-in page refused (${answer.get('error')}). Sign in again.`);
  }
  const given = await exchange({
    grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: home, code_verifier: question.verifier,
  });
  if (!given) throw new Error('The sign-in failed. Sign in again.');
  keep(given);
}

let renewing;

/** Gets a new token with the refresh token. Returns false if that fails. */
export function renew() {
  if (mode !== 'hosted' || !session?.refresh) return Promise.resolve(false);
  renewing ??= exchange({grant_type: 'refresh_token', refresh_token: session.refresh})
    .then((given) => { if (given) keep(given); return Boolean(given); })
    .finally(() => { renewing = undefined; });
  return renewing;
}

async function exchange(fields) {
  try {
    const answer = await fetch(address('/oauth2/token'), {
      method: 'POST', body: new URLSearchParams({client_id: settings.client_id, ...fields}), credentials: 'omit',
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function keep(given) {
  session = {access: given.access_token, refresh: given.refresh_token ?? session?.refresh, who: nameIn(given.id_token) ?? session?.who};
  store(sessionKey, session);
}

/** The name to show in the corner. It is not verified. */
function nameIn(idToken) {
  try {
    const bytes = Uint8Array.from(atob(idToken.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims.email ?? claims['cognito:username'];
  } catch {
    return undefined;
  }
}

function address(path, query = {}) {
  const url = new URL(path, settings.domain);
  url.search = new URLSearchParams(query);
  return url.href;
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

// Chooses the page by the fragment of the address, and shows who is signed in.

import {h, fill, button, focusOn} from './dom.js';
import {readPool, Problem} from './api.js';
import {mode, who, signedIn, signIn, signOut, comeBack} from './signin.js';
import {showRequests} from './requests.js';
import {showRequest} from './request.js';
import {showSource} from './source.js';
import {showCheck} from './check.js';
import {showConfirm} from './confirm.js';
import {showHelp} from './help.js';
import {searchBox, showPerson} from './person.js';
import {hush} from './live.js';
import {problemBox} from './problem.js';

const main = document.getElementById('main');

/** Pages by fragment. open: needs no sign-in. */
const pages = [
  {at: /^\/?$/, nav: '#/', show: showRequests},
  {at: /^\/new$/, nav: '#/new', show: showSource},
  {at: /^\/new\/check$/, nav: '#/new', show: showCheck},
  {at: /^\/new\/confirm$/, nav: '#/new', show: showConfirm},
  {at: /^\/requests\/(?<id>[\w-]{1,64})(?:\/(?<place>sign-ins))?$/, nav: '#/', show: showRequest},
  {at: /^\/person$/, show: showPerson},
  {at: /^\/help$/, nav: '#/help', show: showHelp, open: true},
];

let leaving = new AbortController();
let first = true;

/** Shows the page of the address. Calls of the previous page are aborted. */
async function route() {
  leaving.abort();
  leaving = new AbortController();
  hush();
  const {signal} = leaving;
  const path = location.hash.slice(1);
  const page = pages.find(({at}) => at.test(path));
  const stage = h('div.page');
  const arrived = leave(page, stage);
  fill(main, stage);
  account();
  try {
    if (!page) notFound(stage);
    else if (!page.open && !signedIn()) fill(stage, signInPage());
    else await page.show(stage, {signal, arrived, ...path.match(page.at).groups});
  } catch (error) {
    if (signal.aborted) return;
    fail(stage, error);
  }
  if (!signal.aborted) arrived();
}

function fail(stage, error) {
  if (!signedIn()) {
    fill(stage, signInPage());
    return;
  }
  document.title = 'Error · usher';
  if (error instanceof Problem && error.status === 403) fill(stage, notAdministrator(error));
  else if (error instanceof Problem && error.status === 404) missing(stage, error);
  else fill(stage, h('h1', 'This page could not be loaded'), problemBox(error), h('p.row', button('Try again', route)));
}

/**
 * Marks the next page in the navigation and scrolls to the top. Returns a function
 * to call when the page is ready: it moves the focus to the heading, so that screen
 * readers read it, unless the focus was moved elsewhere meanwhile.
 */
function leave(page, stage) {
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === page?.nav) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (first) {
    first = false;
    return () => {};
  }
  main.focus({preventScroll: true});
  window.scrollTo(0, 0);
  return () => { if ([main, document.body].includes(document.activeElement)) focusOn(stage.querySelector('h1')); };
}

function missing(stage, error) {
  document.title = 'No such request · usher';
  fill(stage, h('h1', 'No such request'), problemBox(error), h('p.row', h('a.button.main', {href: '#/'}, 'All requests')));
}

function notFound(stage) {
  document.title = 'No such page · usher';
  fill(stage, h('h1', 'No such page'), h('p', 'The link may be incomplete. ', h('a', {href: '#/'}, 'All requests'), '.'));
}

/** The page shown until the person has signed in. */
function signInPage(trouble) {
  document.title = 'Sign in · usher';
  if (mode === 'none') {
    return [h('h1', 'Sign-in is not set up'),
      h('p', 'This deployment of usher has no sign-in page. The operator can add one with the parameter ',
        h('code', 'SignInDomainPrefix'), '. Until then, use the command line: ', h('code', 'usher login'), '.')];
  }
  return [h('h1', 'Sign in'),
    h('p', 'Here, administrators invite people into a user pool.'),
    trouble && h('p.box.fix', {role: 'alert'}, trouble),
    h('p', button('Sign in', signIn, 'main'))];
}

const notAdministrator = (problem) => [h('h1', 'You are signed in, but not as an administrator'), problemBox(problem),
  h('p', 'Ask an administrator of the pool to add you to the administrators’ group. Then sign in again.'),
  h('p.row', button('Sign out', signOut))];

/** Shows in the corner the name of the pool and of the person. */
function account() {
  const find = document.getElementById('find');
  if (!signedIn()) fill(find);
  else if (!find.firstChild) fill(find, searchBox());
  const corner = document.getElementById('account');
  const person = mode === 'local' ? 'local administrator' : who();
  fill(corner, h('span.pool'),
    signedIn() && person && h('span.who', person),
    mode === 'hosted' && signedIn() && button('Sign out', signOut, 'plain'));
  if (!signedIn()) return;
  readPool().then(({pool}) => { if (pool) fill(corner.querySelector('.pool'), pool.name || pool.id); }, () => {});
}

async function start() {
  let trouble;
  await comeBack().catch((error) => { trouble = error.message; });
  window.addEventListener('hashchange', route);
  window.addEventListener('usher:signed-out', () => {
    leaving.abort();
    fill(main, h('div.page', signInPage('Your session has ended. Sign in to continue where you left off.')));
    account();
  });
  document.querySelector('.skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  await route();
  if (trouble) fill(main, h('div.page', signInPage(trouble)));
}

start();

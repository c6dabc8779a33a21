// Chooses the page that the address names, and shows who is signed in.

import {h, fill, button} from './dom.js';
import {readPool, Problem} from './api.js';
import {mode, who, signedIn, signIn, signOut, comeBack} from './signin.js';
import {showRequests} from './requests.js';
import {showRequest} from './request.js';
import {showSource} from './source.js';
import {showCheck} from './check.js';
import {showConfirm} from './confirm.js';
import {showHelp} from './help.js';
import {problemBox} from './problem.js';

const main = document.getElementById('main');

/** Pages by the part of the address behind the #. open: needs no sign-in. */
const pages = [
  {at: /^\/?$/, nav: '#/', show: showRequests},
  {at: /^\/new$/, nav: '#/new', show: showSource},
  {at: /^\/new\/check$/, nav: '#/new', show: showCheck},
  {at: /^\/new\/confirm$/, nav: '#/new', show: showConfirm},
  {at: /^\/requests\/([\w-]{1,64})$/, nav: '#/', show: showRequest},
  {at: /^\/help$/, nav: '#/help', show: showHelp, open: true},
];

let leaving = new AbortController();
let first = true;

/** Shows the page of the address. What the page before had going is ended. */
async function route() {
  leaving.abort();
  leaving = new AbortController();
  const {signal} = leaving;
  const path = location.hash.slice(1);
  const page = pages.find(({at}) => at.test(path));
  markPlace(page);
  const stage = h('div.page');
  fill(main, stage);
  try {
    if (!page) fill(stage, nowhere());
    else if (!page.open && !signedIn()) fill(stage, door());
    else await page.show(stage, {signal, id: path.match(page.at)[1]});
  } catch (error) {
    if (signal.aborted) return;
    fail(stage, error);
  }
  account();
}

function fail(stage, error) {
  if (!signedIn()) fill(stage, door());
  else if (error instanceof Problem && error.status === 403) fill(stage, notAdministrator(error));
  else fill(stage, h('h1', 'This page cannot be shown'), problemBox(error), button('Try again', route));
}

/** Marks the page in the navigation, and takes the reader to its top. */
function markPlace(page) {
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === page?.nav) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (!first) {
    main.focus({preventScroll: true});
    window.scrollTo(0, 0);
  }
  first = false;
}

const nowhere = () => [h('h1', 'There is no such page'), h('p', 'The address may be incomplete. ', h('a', {href: '#/'}, 'Go to the requests'), '.')];

/** What stands in place of a page until somebody has signed in. */
function door(trouble) {
  document.title = 'Sign in · usher';
  if (mode === 'none') {
    return [h('h1', 'Nobody can sign in here yet'),
      h('p', 'This deployment of usher has no sign-in page. Whoever deployed it can add one with the parameter ',
        h('code', 'SignInDomainPrefix'), ', or use the command line: ', h('code', 'usher login'), '.')];
  }
  return [h('h1', 'Sign in'),
    h('p', 'You invite people into a user pool from here. That takes an administrator of the pool.'),
    trouble && h('p.box.mend', {role: 'alert'}, trouble),
    h('p', button('Sign in', signIn, 'main'))];
}

const notAdministrator = (problem) => [h('h1', 'You are signed in, but not as an administrator'), problemBox(problem),
  h('p', 'Ask whoever looks after the pool to put you into the administrators’ group. Then sign in again.'),
  button('Sign out', signOut)];

/** Shows in the corner which pool this is, and who is here. */
function account() {
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
  window.addEventListener('usher:signed-out', () => { leaving.abort(); fill(main, h('div.page', door('You are signed out, or your time is over. Sign in to go on where you were.'))); account(); });
  document.querySelector('.skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  await route();
  if (trouble) fill(main, h('div.page', door(trouble)));
}

start();

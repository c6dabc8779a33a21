// Chooses the page that the part of the link behind the # names, and shows who is
// signed in.

import {h, fill, button, focusOn} from './dom.js';
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

/** Pages by that part. open: needs no sign-in. */
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

/** Shows the page that was gone to. What the page before had going is ended. */
async function route() {
  leaving.abort();
  leaving = new AbortController();
  const {signal} = leaving;
  const path = location.hash.slice(1);
  const page = pages.find(({at}) => at.test(path));
  const stage = h('div.page');
  const arrived = leave(page, stage);
  fill(main, stage);
  account();
  try {
    if (!page) nowhere(stage);
    else if (!page.open && !signedIn()) fill(stage, door());
    else await page.show(stage, {signal, arrived, id: path.match(page.at)[1]});
  } catch (error) {
    if (signal.aborted) return;
    fail(stage, error);
  }
  if (!signal.aborted) arrived();
}

function fail(stage, error) {
  if (!signedIn()) {
    fill(stage, door());
    return;
  }
  document.title = 'Not shown · usher';
  if (error instanceof Problem && error.status === 403) fill(stage, notAdministrator(error));
  else fill(stage, h('h1', 'This page cannot be shown'), problemBox(error), h('p.row', button('Try again', route)));
}

/**
 * Marks the page to come in the navigation and takes the reader to its top. Gives
 * what is to be called when the page can be read: the focus goes to its heading,
 * which has it read out, unless it was put elsewhere meanwhile.
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

function nowhere(stage) {
  document.title = 'No such page · usher';
  fill(stage, h('h1', 'There is no such page'), h('p', 'The link may be incomplete. ', h('a', {href: '#/'}, 'Go to the requests'), '.'));
}

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
    trouble && h('p.box.fix', {role: 'alert'}, trouble),
    h('p', button('Sign in', signIn, 'main'))];
}

const notAdministrator = (problem) => [h('h1', 'You are signed in, but not as an administrator'), problemBox(problem),
  h('p', 'Ask whoever looks after the pool to put you into the administrators’ group. Then sign in again.'),
  h('p.row', button('Sign out', signOut))];

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
  window.addEventListener('usher:signed-out', () => {
    leaving.abort();
    fill(main, h('div.page', door('You are signed out, or your time is over. Sign in to go on where you were.')));
    account();
  });
  document.querySelector('.skip').addEventListener('click', (event) => { event.preventDefault(); main.focus(); });
  await route();
  if (trouble) fill(main, h('div.page', door(trouble)));
}

start();

// What is known of a request's people after their invitation: what became of the mails,
// and who has signed in.

import {h, fill, button, busy} from './dom.js';
import {act} from './api.js';
import {figure, reached} from './bar.js';
import {moment} from './format.js';
import {problemBox} from './problem.js';
import {deliveries, signIns} from './words.js';

/** Shows the facts; null before there can be any. changed is called after a scan was asked for. */
export function factsOf(request, changed) {
  const known = [mails(request), people(request, changed)].filter(Boolean);
  return known.length > 0 ? h('div.facts', known) : null;
}

/** Null where the sender does not report, or has not yet. */
function mails({deliveries: tally, counts}) {
  if (!tally) return null;
  const open = counts.invited + counts.resent - Object.values(tally).reduce((sum, n) => sum + n, 0);
  return h('section', h('h2', 'Mails'), h('dl.figures.small',
    Object.keys(deliveries).filter((d) => tally[d] > 0 || d === 'delivered').map((d) => figure(deliveries[d], tally[d])),
    open > 0 && figure({name: 'Not reported', tone: 'calm'}, open)));
}

/** Null where nobody waits for a first sign-in: a pool without passwords, or nobody reached. */
function people(request, changed) {
  const {counts, no_passwords: none, sign_ins: found} = request;
  if (none || reached(counts) + counts.not_mailed === 0) return null;
  const trouble = h('div');
  const look = button(found?.as_of ? 'Look again' : 'Find out now', () => busy(look, async () => {
    fill(trouble);
    try {
      await act(request.request_id, 'scan');
      changed();
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  }));
  return h('section', h('h2', 'Sign-ins'), found?.as_of && tallied(found),
    found?.scanning ? h('p.quiet', 'usher is finding out who has signed in. It takes a minute or two. You can close this page.')
      : h('p.row', found?.as_of ? h('span.quiet', 'As of ', moment(found.as_of), '. Later sign-ins show when you look again.')
        : h('span.quiet', 'Nobody has looked yet who has signed in.'), look), trouble);
}

const tallied = ({yes, no, unknown}) => h('dl.figures.small',
  figure(signIns.yes, yes), figure(signIns.no, no), unknown > 0 && figure(signIns.unknown, unknown));

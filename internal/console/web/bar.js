// A request's counts as a bar and as numbers.

import {h} from './dom.js';
import {number} from './format.js';
import {states} from './words.js';

/**
 * A bar of all rows by state. Screen readers get a progress element instead, named
 * by label.
 */
export function bar(request, label) {
  const {counts} = request;
  const parts = Object.keys(states).filter((s) => counts[s] > 0).map((s) => {
    const part = h(`span.${states[s].tone}.s-${s}`);
    part.style.flexGrow = counts[s];
    return part;
  });
  return h('div.bar', h('progress.unseen', {'aria-label': label, max: 100, value: request.percent_done}),
    h('div.parts', {'aria-hidden': 'true'}, parts));
}

/** The counts that matter, each with its name: settled first, waiting last. */
export function figures(counts) {
  const shown = Object.keys(states).filter((s) => counts[s] > 0 || s === main(counts));
  return h('dl.figures', shown.map((s) => h(`div.${states[s].tone}.s-${s}`, h('dt', states[s].name), h('dd', number(counts[s])))));
}

/** The outcome that the request is for, shown even while its count is 0. */
function main(counts) {
  return ['invited', 'created', 'resent'].find((s) => counts[s] > 0) ?? 'invited';
}

/** The states of rows that need attention. */
export const statesToFix = ['failed', 'not_mailed'];

/** How many rows need attention. */
export const toFix = (counts) => statesToFix.reduce((sum, state) => sum + counts[state], 0);

/** How many rows got a new account or a new mail. */
export const reached = (counts) => counts.invited + counts.created + counts.resent;

/** How many rows have an outcome. */
export const settled = (counts) => counts.total - counts.pending - counts.deferred;

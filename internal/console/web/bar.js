// A request's counts as a bar and as numbers.

import {h} from './dom.js';
import {number} from './format.js';
import {states} from './words.js';

/**
 * A bar of all rows by state. Those who listen get a progress element with the
 * same; label names it.
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

/** The outcome that the request is for, shown even while it is nought. */
function main(counts) {
  return ['invited', 'created', 'resent'].find((s) => counts[s] > 0) ?? 'invited';
}

/** Rows that somebody has to see to. */
export const toFix = (counts) => counts.failed + counts.not_mailed;

/** Rows with a new user or a new mail. */
export const reached = (counts) => counts.invited + counts.created + counts.resent;

/** Rows that have an outcome. */
export const settled = (counts) => counts.total - counts.pending - counts.deferred;

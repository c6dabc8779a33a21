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
  return h('dl.figures', shown.map((s) => figure(states[s], counts[s])));
}

/** One number with its name. */
export const figure = ({name, tone}, n) => h(`div.${tone}`, h('dt', name), h('dd', number(n)));

/** The outcome that the request is for, shown even while its count is 0. */
function main(counts) {
  return ['invited', 'created', 'resent'].find((s) => counts[s] > 0) ?? 'invited';
}

/** The rows that need attention, as a query of the API. */
export const rowsToFix = {state: 'failed,not_mailed', delivery: 'bounced'};

/** How many they are. Lists of requests leave out what became of the mails. */
export const toFix = ({counts, deliveries}) => counts.failed + counts.not_mailed + (deliveries?.bounced ?? 0);

/** How many rows got a new account or a new mail. */
export const reached = (counts) => counts.invited + counts.created + counts.resent;

/** How many rows have an outcome. */
export const settled = (counts) => counts.total - counts.pending - counts.deferred;

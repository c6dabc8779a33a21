// The steps of a new request.

import {h} from './dom.js';

const names = ['Addresses', 'Check', 'Confirm'];

/** The steps, the current one marked. */
export const steps = (current) => h('ol.steps', {'aria-label': 'Steps'},
  names.map((name, i) => h('li', {'aria-current': i === current && 'step', class: i < current ? 'past' : null}, name)));

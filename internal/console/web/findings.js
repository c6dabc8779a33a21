// What the pool doctor found.

import {h} from './dom.js';
import {count} from './format.js';
import {findingOf} from './words.js';

/** Shows findings and how to fix them: errors in full, warnings folded away. */
export function findings(list) {
  const errors = list.filter((f) => f.severity === 'error');
  const others = list.filter((f) => f.severity !== 'error');
  return [
    errors.length > 0 && h('section.box.fix', h('h2', 'The user pool is not ready'), items(errors)),
    others.length > 0 && h('details.findings', {open: others.some((f) => ['mail_quota_short', 'mfa_required'].includes(f.code))},
      h('summary', count(others.length, 'warning about the user pool', 'warnings about the user pool')), items(others)),
  ];
}

const items = (list) => h('ul.notes', list.map((f) => h('li', {'data-code': f.code}, h('strong', `${findingOf(f.code).name}. `), f.effect, ' ', h('span.quiet', 'To fix it: ', f.fix))));

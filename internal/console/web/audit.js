// What was done about a request, by whom and when, and what was chosen for it.

import {h} from './dom.js';
import {count, day, moment} from './format.js';

const acts = {submit: 'Submitted', retry: 'Tried again', resume: 'Resumed', cancel: 'Canceled'};

/** Shows it, folded away. */
export function auditOf({audit, options, expires_at: until}) {
  return h('details.history', h('summary', 'What was done'),
    h('ul.notes',
      audit.map((a) => h('li', moment(a.at), ` · ${acts[a.what] ?? a.what}`, a.rows > 0 && ` (${count(a.rows, 'row')})`, ` by ${a.by}`)),
      h('li', chosen(options)),
      until && h('li', `Kept until ${day(until)}, then forgotten.`)));
}

function chosen({on_existing: existing, mail, force, resend_only: resend}) {
  if (resend) return `Mails new temporary passwords; creates nobody.${force ? ' Also to those who were mailed within a day.' : ''}`;
  return `${mail === 'send' ? 'Invitations are mailed' : 'Nobody is mailed'}; those who have a user already are ${existing === 'skip' ? 'left alone' : 'mailed a new temporary password if they never signed in'}.`;
}

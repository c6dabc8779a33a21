// The actions on a request, by whom and when, and its options.

import {h} from './dom.js';
import {count, day, moment} from './format.js';

const actions = {submit: 'Submitted', retry: 'Retried', resume: 'Resumed', cancel: 'Canceled', resend: 'Mailed again', cancel_person: 'Canceled one person', erase_person: 'Erased one person', erase: 'Erased'};

/** Shows it, folded away. */
export function auditOf({audit, options, label, expires_at: until}) {
  return h('details.history', h('summary', 'History'),
    h('ul.notes',
      audit.map((a) => h('li', moment(a.at), ` · ${actions[a.what] ?? a.what}`, a.rows > 0 && ` (${count(a.rows, 'row')})`, ` by ${a.by}`)),
      label && h('li', `Label: ${label}`),
      h('li', optionsOf(options)),
      until && h('li', `Deleted after ${day(until)}.`)));
}

function optionsOf({on_existing: existing, mail, force, resend_only: resend}) {
  if (resend) return `New temporary passwords are mailed; no accounts are created.${force ? ' People who were mailed less than 24 hours before are included.' : ''}`;
  return `${mail === 'send' ? 'Invitations are mailed' : 'No mail is sent'}. ${existing === 'skip' ? 'Nothing is done for people who have an account already' : 'People who have an account but never signed in get a new temporary password'}.`;
}

// The mail that people get, as text: nothing of the pool's markup is used.

import {h} from './dom.js';

/** Shows the mail of a checked list; null if no mail is sent or the pool could not be read. */
export function mailOf({mail}) {
  if (!mail) return null;
  const line = (name, text) => text && [h('dt', name), h('dd', text)];
  return h('section.mail', h('h2', 'The mail'),
    h('p.quiet', 'As the first of these people gets it, without its formatting.'),
    (mail.from || mail.subject) && h('dl', line('From', mail.from), line('Subject', mail.subject)),
    mail.text && h('blockquote', mail.text),
    mail.note && h('p', mail.note));
}

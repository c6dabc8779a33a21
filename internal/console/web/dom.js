// Builds pages from elements. Nothing here parses markup, so text is always text.

import {number} from './format.js';

/**
 * Makes an element: h('p.note', {id: 'x'}, 'text', child, [more]). Functions
 * under on… are listeners; null, undefined and false leave an attribute or a
 * child out.
 */
export function h(spec, ...rest) {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  if (isAttributes(rest[0])) setAttributes(element, rest.shift());
  add(element, rest);
  return element;
}

function isAttributes(value) {
  return value !== null && typeof value === 'object' && !(value instanceof Node) && !Array.isArray(value);
}

function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** Replaces the children of an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/**
 * Makes a table whose parts keep their roles even where the style lays them out
 * as blocks. Columns are {name, kind}; a kind is a class of its cells. Rows are
 * lists of cells, the first of which names its row.
 */
export function table({caption, columns, rows, kind = ''}) {
  return h('table', {role: 'table', class: kind},
    h('caption.unseen', caption),
    h('thead', {role: 'rowgroup'}, h('tr', {role: 'row'},
      columns.map((c) => cell('th', 'columnheader', c, c.name, {scope: 'col'})))),
    h('tbody', {role: 'rowgroup'}, rows.map((cells) => rowOf(columns, cells))));
}

const cell = (tag, role, column, content, more = {}) =>
  h(tag, {role, class: column.kind, 'data-name': column.name, ...more}, content);

const rowOf = (columns, cells) => h('tr', {role: 'row'}, cells.map((content, i) => i === 0
  ? cell('th', 'rowheader', columns[i], content, {scope: 'row'})
  : cell('td', 'cell', columns[i], content)));

/**
 * Makes a table of which some rows are shown at first and the others on request.
 * line makes the cells of an item.
 */
export function longTable({items, line, first = 100, ...rest}) {
  const shown = table({...rest, rows: items.slice(0, first).map(line)});
  const body = shown.querySelector('tbody');
  let next = first;
  const more = button('', () => {
    const added = items.slice(next, next + 10 * first).map((item) => rowOf(rest.columns, line(item)));
    next += added.length;
    body.append(...added);
    offer();
    focusOn(added[0]);
  });
  const place = h('div.after', more);
  const offer = () => {
    place.hidden = next >= items.length;
    more.textContent = `Show ${number(Math.min(items.length - next, 10 * first))} more`;
  };
  offer();
  return [shown, place];
}

/** An address that breaks after @ and dots where it is too long for its place. */
export const address = (text) => h('span.address', text
  ? text.split(/(?<=[@.])/).flatMap((part, i) => i === 0 ? [part] : [h('wbr'), part])
  : '(empty)');

let labels = 0;

/** Makes a labeled control; help, if given, describes it. */
export function field(label, control, help) {
  control.id ||= `field-${++labels}`;
  const note = help && h('small', {id: `${control.id}-help`}, help);
  if (note) control.setAttribute('aria-describedby', note.id);
  return h('div.field', h('label', {for: control.id}, label), control, note);
}

/** Makes a button. Kinds: main, plain (a link's look), else the ordinary one. */
export function button(text, onclick, kind = '') {
  return h('button', {type: 'button', class: kind, onclick}, text);
}

/**
 * Runs work with the button inactive, so that a second click does nothing. The
 * button is not disabled, because then it would lose the focus.
 */
export async function busy(element, work) {
  if (element.ariaDisabled === 'true') return;
  element.ariaDisabled = 'true';
  try {
    await work();
  } finally {
    element.ariaDisabled = null;
  }
}

/** Focuses an element that is no control, so that screen readers continue there. */
export function focusOn(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({preventScroll: true});
}

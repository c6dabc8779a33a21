// One row as fields: address, groups and attributes.

import {h, fill} from './dom.js';
import {number} from './format.js';
import {attributeName} from './words.js';

/** Attributes that nobody enters: they are the address, or the pool sets them. */
const notEntered = ['sub', 'email', 'email_verified', 'phone_number_verified', 'updated_at', 'identities'];

/**
 * Returns a function that makes the cells of an item. pool has the groups and
 * attributes to choose from, or is null where they are not known. changed is called
 * when something was typed or chosen.
 */
export function rowEditor(pool, changed) {
  return (item) => {
    const why = h('div', {id: `why-${item.row}`});
    const c = {item, pool, changed, why};
    const email = addressField(c);
    item.shown = () => {
      fill(why, item.trouble === null ? h('span.word.good', 'Ready') : item.trouble);
      if (item.code?.startsWith('email_') || item.bounced && item.trouble !== null) email.setAttribute('aria-invalid', 'true');
      else email.removeAttribute('aria-invalid');
    };
    item.shown();
    return [number(item.row), [email, item.ref && h('small', `ref ${item.ref}`)], groupsField(c), attributeFields(c), why];
  };
}

/** A text field. label names it for screen readers where the column's name is not enough. */
function input(c, label, value, set) {
  const element = h('input', {type: 'text', value, 'aria-label': `${label} of row ${c.item.row}`, autocomplete: 'off', spellcheck: 'false', oninput: () => {
    set(element.value);
    c.changed();
  }});
  return element;
}

function addressField(c) {
  const element = input(c, 'Address', c.item.email, (value) => { c.item.email = value.trim(); });
  element.setAttribute('aria-describedby', c.why.id);
  return element;
}

/** The groups of the row, each with a button to remove it, and the pool's others to add. */
function groupsField(c) {
  const {item, pool} = c;
  if (!pool) return input(c, 'Groups', item.groups.join('; '), (value) => { item.groups = value.split(/[;|]/).map((g) => g.trim()).filter(Boolean); });
  const place = h('div.chosen');
  const set = (groups) => {
    item.groups = groups;
    c.changed();
    paint();
    place.querySelector('select').focus();
  };
  const paint = () => fill(place,
    item.groups.map((group) => {
      const known = pool.groups.includes(group);
      return h(known ? 'span.chip' : 'span.chip.fix', h('span', group, !known && h('small', 'not in the pool')),
        h('button', {type: 'button', class: 'plain', 'aria-label': `Remove group ${group} from row ${item.row}`, onclick: () => set(item.groups.filter((g) => g !== group))}, '×'));
    }),
    picker(`Add a group to row ${item.row}`, 'Add a group …', () => pool.groups.filter((g) => !item.groups.includes(g)).map((g) => [g, g]), (group) => set([...item.groups, group])));
  paint();
  return place;
}

/** A choice that does something with what is chosen. Its options are made when it is opened: a pool may have thousands. */
function picker(label, first, offered, chosen) {
  const select = h('select', {'aria-label': label, onchange: () => { if (select.value) chosen(select.value); }}, h('option', {value: ''}, first));
  const offer = () => {
    if (select.options.length === 1) select.append(...offered().map(([value, text]) => h('option', {value}, text)));
  };
  select.addEventListener('pointerdown', offer);
  select.addEventListener('focus', offer);
  return select;
}

/** The attributes that the row has, and the pool's others to add. */
function attributeFields(c) {
  const {item, pool} = c;
  const place = h('div.chosen');
  const known = (name) => !pool || pool.attributes.includes(name);
  const paint = (added) => {
    const names = Object.keys(item.attributes);
    const fields = names.filter(known).map((name) => {
      const element = input(c, attributeName(name), item.attributes[name], (value) => { item.attributes[name] = value; });
      if (name === added) setTimeout(() => element.focus());
      return h('span.named', h('small', {'aria-hidden': 'true'}, attributeName(name)), element);
    });
    const lacking = names.filter((name) => !known(name));
    fill(place, fields, lacking.length > 0 && h('small', `Not in the pool, left out: ${lacking.map(attributeName).join(', ')}`),
      pool && picker(`Add a value to row ${item.row}`, 'Add a value …',
        () => pool.attributes.filter((a) => !names.includes(a) && !notEntered.includes(a)).map((a) => [a, attributeName(a)]),
        (name) => { item.attributes[name] = ''; paint(name); }));
  };
  paint();
  return place;
}

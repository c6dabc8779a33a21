// First step of a new request: a file or pasted text.

import {h, address, fill, longTable, button} from './dom.js';
import {columnsOf} from './columns.js';
import {check, clear, draft, wasLost} from './draft.js';
import {catchFiles, dropZone} from './drop.js';
import {pasteForm} from './paste.js';
import {problemBox} from './problem.js';
import {steps} from './steps.js';
import {number, sentence} from './format.js';
import {codeOf} from './words.js';

/** Up to how many errors are unfolded at first. */
const openFaults = 20;

/** Shows the step, with the draft if there is one. */
export async function showSource(stage, {signal}) {
  document.title = 'New request · usher';
  const trouble = h('div.parts-of');
  const take = taker(trouble, signal);
  const ways = h('div.ways', draft.notice ? null : dropZone(take), pasteForm(take));
  catchFiles(ways, take, signal);
  fill(stage, steps(0), h('h1', draft.notice ? 'Correct and send again' : 'Who do you want to invite?'),
    wasLost() && h('p.box', 'The page was reloaded, so your list is gone. Drop or paste it again. Nothing was sent.'),
    draft.notice && notice(stage, signal), faults(), trouble,
    ways,
    h('p.quiet', 'Nothing is sent until you confirm.'));
}

/** Returns a function that takes a list, checks it and goes to the next step. */
function taker(trouble, signal) {
  let taking = false;
  const again = () => take(() => {});
  async function take(given) {
    if (taking) return;
    taking = true;
    fill(trouble, h('p.quiet', {role: 'status'}, 'Checking …'));
    try {
      await given();
      await check(signal);
      location.hash = '#/new/check';
    } catch (error) {
      if (signal.aborted) return;
      fill(trouble, problemBox(error), columnsOf(error.columns, again));
      trouble.scrollIntoView({block: 'nearest'});
    } finally {
      taking = false;
    }
  }
  return take;
}

function notice(stage, signal) {
  return h('p', draft.notice, ' ', button('Start with an empty list', () => { clear(); showSource(stage, {signal}); }, 'plain'));
}

/** The errors in the rows to correct, shown above the rows. */
function faults() {
  if (draft.faults.length === 0) return null;
  return h('details.findings', {open: draft.faults.length <= openFaults}, h('summary', 'What is wrong'),
    longTable({caption: 'Rows to correct', kind: 'rows', columns: [{name: 'Row', kind: 'n'}, {name: 'Address', kind: 'address'}, {name: 'Reason', kind: 'why'}],
      items: draft.faults, line: (i) => [number(i.row), address(i.email), sentence(i.reason ?? codeOf(i.code).name)]}));
}

// Who was invited from here before, as the check found it. An older usher does not say.

import {moment} from './format.js';

/** How many earlier requests are named. */
const mostNamed = 2;

export const alreadyInvited = ({known}) => known?.rows ?? 0;

/** How many of the rows are people who were not invited before. */
export const toInvite = (report) => report.counts.pending - alreadyInvited(report);

/** Which requests invited them: " (people.csv, 27 Nov, 10:00)". */
export function before({rows, requests}) {
  if (requests.length === 0) return '';
  const named = requests.slice(0, mostNamed);
  const names = named.map((r) => [r.label ?? r.request_id, r.submitted_at && moment(r.submitted_at).textContent].filter(Boolean).join(', '));
  if (named.reduce((sum, r) => sum + r.rows, 0) < rows) names.push('and others');
  return ` (${names.join('; ')})`;
}

// The title of a request, and the earlier request that it corrects or mails again:
// the label ends with its id.

/** The longest label that the API accepts, in characters. */
export const longestLabel = 256;

const ids = /\b[0-9A-HJKMNP-TV-Z]{26}\b/g;
const follows = /(?:, )?\b(corrections|resend) of ([0-9A-HJKMNP-TV-Z]{26})$/;

const short = (id) => `…${id.slice(-6)}`;

/** The label or, without one, the end of the id. */
export const titleOf = ({label, request_id: id}) => label ? label.replace(ids, short) : `Request ${short(id)}`;

/** Longer titles are cut in the browser's tab and in sentences, to so many characters. */
const longestTitle = 60;

/** titleOf, cut where it is long. */
export function shortTitleOf(request) {
  const title = titleOf(request);
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title;
}

/** The label of a request that corrects rows of this one. */
export function labelOfCorrections({label, request_id: id}) {
  const end = `corrections of ${id}`;
  const name = nameIn(label ?? '').slice(0, longestLabel - end.length - 2);
  return name ? `${name}, ${end}` : end;
}

/** The request that this one corrects or mails again: {what, id, title}, or null. */
export function originOf({label}) {
  const found = label?.match(follows);
  if (!found) return null;
  const [, what, id] = found;
  return {what, id, title: nameIn(label) || `Request ${short(id)}`};
}

const nameIn = (label) => label.replace(follows, '');

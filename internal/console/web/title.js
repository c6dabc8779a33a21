// What a request is called, and which one it follows on from: its label may end
// with the id of the one before.

/** The longest label that the API takes, in characters. */
const longest = 256;

const ids = /\b[0-9A-HJKMNP-TV-Z]{26}\b/g;
const follows = /(?:, )?\b(corrections|resend) of ([0-9A-HJKMNP-TV-Z]{26})$/;

const short = (id) => `…${id.slice(-6)}`;

/** The request's label, or the end of its id, which tells it from others. */
export const titleOf = ({label, request_id: id}) => label ? label.replace(ids, short) : `Request ${short(id)}`;

/** The label for a request that corrects rows of this one. */
export function labelOfCorrections({label, request_id: id}) {
  const end = `corrections of ${id}`;
  const name = nameIn(label ?? '').slice(0, longest - end.length - 2);
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

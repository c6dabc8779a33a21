// Lists as mail programs write them: Ann <ann@example.org>; Bob <bob@example.org>

/**
 * Puts each address on its own line, without the name. A line that is no list of
 * recipients stays as it is, so that the check reports it.
 */
export const oneEachLine = (text) => text.split(/\r\n|\r|\n/).flatMap(addressesOf).join('\n');

function addressesOf(line) {
  const list = line.replace(/[;,\s]+$/, '');
  const several = list.split('@').length > 2;
  if (!several && !bracketed.test(list)) return [list];
  const bare = list.replace(quotedName, '');
  const parts = several ? bare.split(bare.includes(';') ? ';' : ',') : [bare];
  return parts.map((part) => part.match(bracketed)?.[1] ?? part).map((part) => part.trim()).filter(Boolean);
}

const bracketed = /<([^<>]*@[^<>]*)>/;

/** A quoted name: a comma in it separates nothing. */
const quotedName = /"[^"]*"\s*(?=<)/g;

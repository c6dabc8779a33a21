// Lists as mail programs write them: Ann <ann@example.org>; Bob <bob@example.org>

/**
 * Puts each address on its own line, without the name. A line that is no list of
 * recipients stays as it is, so that the check reports it: nobody is left out.
 */
export const oneEachLine = (text) => text.split(/\r\n|\r|\n/).flatMap((line) => apart(line.replace(trailing, '').replace(quotedName, ''))).join('\n');

/** What separates recipients; a comma only where there is no semicolon, since names have commas. */
const separators = [/[;；]/, /[,，、\t]/];

const trailing = /[;,；，、\s]+$/;

/** A quoted name: a comma in it separates nothing. */
const quotedName = /"[^"]*"\s*(?=<)/g;

const bracketed = /<([^<>]*@[^<>]*)>/g;

/** Words between addresses that are no names. */
const fillers = new Set(['and', 'or', 'und', 'et', 'y', 'e', '&', '+', 'to', 'cc', 'bcc']);

const atSigns = (text) => text.split('@').length - 1;

/** The addresses of a list, each without its name. */
function apart(list, level = 0) {
  if (atSigns(list) > 1 && level < separators.length) {
    return list.split(separators[level]).filter((part) => part.trim() !== '').flatMap((part) => apart(part, level + 1));
  }
  if (list.trim() === '') return [list];
  const found = [...list.matchAll(bracketed)].map(([, inner]) => inner.trim());
  if (found.length > 0 && found.length === atSigns(list)) return found;
  return words(list);
}

/** Addresses with nothing but spaces, brackets and fillers between them; else the whole text. */
function words(text) {
  const all = text.split(/[\s()[\]]+/).filter((word) => word !== '' && !fillers.has(word.toLowerCase().replace(/:$/, '')));
  return all.length > 0 && all.every((word) => atSigns(word) === 1) ? all : [text.trim()];
}

// Remembers in this browser what the columns of a table are used as, for the next
// table with the same header.

const place = 'usher.columns.';

/**
 * Where the choices for a header are kept: under a number made of its text (FNV-1a,
 * 64 bits), so that the browser keeps no text of a file.
 */
function placeOf(columns) {
  let sum = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(JSON.stringify(columns.map((c) => c.name)))) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  return place + sum.toString(36);
}

/** What was chosen earlier for a table with this header: {name: meaning}, or null. */
export function remembered(columns) {
  try {
    const kept = JSON.parse(localStorage.getItem(placeOf(columns)));
    const chosen = columns.map((c, i) => [c.name, kept[i]]).filter(([, meaning]) => typeof meaning === 'string');
    return chosen.length > 0 ? Object.fromEntries(chosen) : null;
  } catch {
    return null; // nothing is kept, or not by us, or the browser keeps nothing
  }
}

/** Keeps what was chosen: {name: meaning}. */
export function remember(columns, chosen) {
  try {
    localStorage.setItem(placeOf(columns), JSON.stringify(columns.map((c) => chosen[c.name] ?? null)));
  } catch { /* the browser keeps nothing: it is asked for again next time */ }
}

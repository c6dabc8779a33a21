// Announcements for screen readers.

/** The least time between two announcements, in milliseconds. */
const between = 5000;

let last = 0;
let waiting;

/** Announces a text, at most one every five seconds. Of several, only the last is announced. */
export function say(text) {
  clearTimeout(waiting);
  const wait = last + between - Date.now();
  if (wait > 0) {
    waiting = setTimeout(() => say(text), wait);
    return;
  }
  last = Date.now();
  document.getElementById('live').textContent = text;
}

/** Takes back what was announced or waits to be: it is about a page that is left. */
export function hush() {
  clearTimeout(waiting);
  document.getElementById('live').textContent = '';
}

/**
 * Waits for some seconds, or until the page becomes visible, the connection is back,
 * or an event "wake" arrives. With Infinity it waits only for these. Fails when the
 * signal aborts.
 */
export function pause(seconds, signal, wake = new EventTarget()) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    let timer;
    const end = (settle) => () => {
      clearTimeout(timer);
      done.abort();
      settle();
    };
    const on = (target, name, act) => target.addEventListener(name, act, {signal: done.signal});
    const go = end(resolve);
    const stop = end(() => reject(signal.reason));
    if (signal.aborted) {
      stop();
      return;
    }
    if (seconds !== Infinity) timer = setTimeout(go, seconds * 1000);
    on(signal, 'abort', stop);
    on(document, 'visibilitychange', () => { if (!document.hidden) go(); });
    on(window, 'online', go);
    on(wake, 'wake', go);
  });
}

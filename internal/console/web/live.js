// What is said to people who listen rather than look.

/** The least time between two announcements, in milliseconds. */
const between = 5000;

let last = 0;
let waiting;

/** Announces a text, at most one every five seconds: of several the last is said. */
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

/**
 * Waits for some seconds, less if somebody comes back to the page, the
 * connection does, or an event "wake" arrives. Infinity waits for these alone.
 * Fails when the signal ends it.
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

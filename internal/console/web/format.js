// Numbers, times and sentences as people read them.

const numbers = new Intl.NumberFormat('en');
const moments = new Intl.DateTimeFormat('en-GB', {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'});
const wholeMoments = new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});
const days = new Intl.DateTimeFormat('en-GB', {dateStyle: 'long'});

export const number = (n) => numbers.format(n);

/** "1 row", "1,200 rows", "2 people". */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** A short time; its title has the year and the seconds. */
export function moment(stamp) {
  const element = document.createElement('time');
  element.dateTime = stamp;
  element.title = wholeMoments.format(new Date(stamp));
  element.textContent = moments.format(new Date(stamp));
  return element;
}

const hours = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});

/** When Cognito's mail day begins, as an hour in UTC. */
const mailDayHour = 9;

/** When the mail day begins in the local time zone. */
export const mailDayBegins = () => hours.format(new Date().setUTCHours(mailDayHour, 0, 0, 0));

/** When the nth mail day after the current one begins: "24 Nov, 10:00". */
export function mailDay(nth, now = Date.now()) {
  const todays = new Date(now).setUTCHours(mailDayHour, 0, 0, 0);
  return moments.format(todays + (now < todays ? nth - 1 : nth) * 86_400_000);
}

export const day = (stamp) => days.format(new Date(stamp));

/** A length of time in one or two units: "9 seconds", "2 minutes 30 seconds". */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return count(whole, 'second');
  if (whole < 3600) return joined(Math.floor(whole / 60), 'minute', whole % 60, 'second');
  if (whole < 86400) return joined(Math.floor(whole / 3600), 'hour', Math.floor(whole % 3600 / 60), 'minute');
  return joined(Math.floor(whole / 86400), 'day', Math.floor(whole % 86400 / 3600), 'hour');
}

function joined(large, largeUnit, small, smallUnit) {
  return count(large, largeUnit) + (small > 0 ? ` ${count(small, smallUnit)}` : '');
}

/** A stored reason as a sentence: an earlier version stored some without a capital letter and a full stop. */
export function sentence(reason) {
  const whole = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

export const size = (bytes) => bytes < 1000 ? count(bytes, 'byte') : bytes < 1e6
  ? `${number(Math.round(bytes / 1000))} kB` : `${number(Math.round(bytes / 1e5) / 10)} MB`;

/**
 * The `@X` of `-F`: strftime(3) for the characters that make sense without a locale.
 */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (value: number): string => String(value).padStart(2, '0');

/** `+0100`: how far local time is ahead of UTC. */
export function zoneOf(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function dayOfYear(time: Date): number {
  const start = Date.UTC(time.getFullYear(), 0, 0);
  return Math.round((Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - start) / 86_400_000);
}

const PARTS: Readonly<Record<string, (time: Date) => string>> = {
  a: (time) => (DAYS[time.getDay()] ?? '').slice(0, 3),
  A: (time) => DAYS[time.getDay()] ?? '',
  b: (time) => (MONTHS[time.getMonth()] ?? '').slice(0, 3),
  B: (time) => MONTHS[time.getMonth()] ?? '',
  d: (time) => two(time.getDate()),
  D: (time) => strftime('m/d/y', time),
  e: (time) => String(time.getDate()).padStart(2, ' '),
  F: (time) => `${time.getFullYear()}-${strftime('m-d', time)}`,
  H: (time) => two(time.getHours()),
  I: (time) => two(time.getHours() % 12 || 12),
  j: (time) => String(dayOfYear(time)).padStart(3, '0'),
  m: (time) => two(time.getMonth() + 1),
  M: (time) => two(time.getMinutes()),
  n: () => '\n',
  p: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
  R: (time) => strftime('H:M', time),
  s: (time) => String(Math.floor(time.getTime() / 1000)),
  S: (time) => two(time.getSeconds()),
  t: () => '\t',
  T: (time) => strftime('H:M:S', time),
  u: (time) => String(time.getDay() || 7),
  w: (time) => String(time.getDay()),
  y: (time) => two(time.getFullYear() % 100),
  Y: (time) => String(time.getFullYear()),
  z: zoneOf,
};

/** Whether `strftime` knows a character. */
export function isTimePart(character: string): boolean {
  return character in PARTS;
}

/** Replaces each letter that it knows; other characters stay. Local time. */
export function strftime(pattern: string, time: Date): string {
  return [...pattern].map((character) => PARTS[character]?.(time) ?? character).join('');
}

/**
 * The facts of a run, as they stand in its page as JSON (`PageData` in page.ts), and what every part of the page draws
 * with. Runs in a browser; every text is set as text.
 */

/** @type {import('./page.ts').PageData} */
export const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}');

export const WORDS = {
  passed: 'passed',
  failed: 'failed',
  known: 'known departure',
  gone: 'departs no more',
};
export const SIGNS = { passed: '✓', failed: '✗', known: '◆', gone: '✗', none: '–' };

/**
 * An element with attributes and children; what is undefined or false is left out.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...unknown} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key, value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children.flat(2).filter((child) => child !== undefined && child !== false));
  return made;
}

export const count = (cell, ...verdicts) =>
  cell.plays.filter(([, , verdict]) => verdicts.includes(verdict)).length;
export const duration = (ms) => (ms < 950 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`);
export const plural = (number, one, many = `${one}s`) =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
/** A name may be broken where a word ends within it. */
export const breakable = (name) =>
  name.split(/(?<=[/_,])/).flatMap((part, index) => (index === 0 ? [part] : [element('wbr'), part]));

/** What a cell is, in one word, and its numbers. */
export function standing(cell) {
  const numbers = {
    passed: count(cell, 'passed'),
    failed: count(cell, 'failed', 'gone'),
    known: count(cell, 'known'),
    none: cell.notPlayed.length,
  };
  const tone = numbers.failed > 0 ? 'failed' : numbers.passed + numbers.known > 0 ? 'passed' : 'none';
  return { numbers, tone };
}

/** Texts with how often they were said, most first. */
export function counted(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

export function listOf(entries, tone) {
  return element(
    'dl',
    { class: `reasons ${tone}` },
    entries.map(([text, number]) => [element('dt', {}, number), element('dd', {}, text)]),
  );
}

export function reasonsOf(cells) {
  const entries = counted(
    cells.flatMap(({ notPlayed }) => notPlayed.map(([, , reason]) => data.reasons[reason])),
  );
  if (entries.length === 0) return undefined;
  const title = `Not played, and why (${cells.reduce((sum, { notPlayed }) => sum + notPlayed.length, 0)})`;
  return element(
    'details',
    { class: cells.length > 1 ? 'card foot' : 'plays' },
    element('summary', {}, title),
    listOf(entries, 'none'),
  );
}

/**
 * The page of a run: the sums, the matrix, the pair that is clicked, the known departures.
 */
import {
  breakable,
  count,
  counted,
  data,
  duration,
  element,
  listOf,
  plural,
  reasonsOf,
  SIGNS,
  standing,
} from './facts.mjs';
import { pair } from './pair.mjs';

const totals = { passed: 0, failed: 0, known: 0, none: 0 };
for (const cell of data.cells)
  for (const [name, number] of Object.entries(standing(cell).numbers)) totals[name] += number;

function head() {
  const began = new Date(data.began);
  const when = began.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
  const tone = totals.failed + data.troubles.length > 0 ? 'failed' : 'passed';
  const verdict =
    totals.failed > 0 ? `${plural(totals.failed, 'play')} failed` : (data.troubles[0] ?? 'Nothing failed');
  return element(
    'header',
    {},
    element(
      'div',
      {},
      element('h1', {}, 'MQTT interop matrix'),
      element(
        'p',
        { class: 'soft' },
        `${plural(data.clients.filter(({ isBetween }) => !isBetween).length, 'client')}, ${plural(data.brokers.length, 'broker')}, played in ${duration(data.ms)} on `,
        element('time', { datetime: data.began }, when),
      ),
    ),
    element('p', { class: `verdict ${tone}` }, `${SIGNS[tone]} ${verdict}`),
  );
}

function sums() {
  const of = (tone, text) =>
    element(
      'li',
      { class: tone },
      element('b', {}, `${SIGNS[tone]} ${totals[tone].toLocaleString('en')}`),
      ` ${text}`,
    );
  return element(
    'ul',
    { class: 'sums' },
    of('passed', 'passed'),
    of('failed', 'failed'),
    of('known', totals.known === 1 ? 'known departure' : 'known departures'),
    of('none', 'not played'),
  );
}

function bar(numbers) {
  const parts = ['passed', 'known', 'failed'].filter((name) => numbers[name] > 0);
  return element(
    'div',
    { class: 'bar', 'aria-hidden': 'true' },
    parts.map((name) => element('i', { class: name, style: `flex: ${numbers[name]}` })),
  );
}

function tile(cell) {
  const { numbers, tone } = standing(cell);
  const names = `${data.clients[cell.client].name} with ${data.brokers[cell.broker].name}`;
  const label = `${names}: ${numbers.passed} passed, ${numbers.failed} failed, ${plural(numbers.known, 'known departure')}, ${numbers.none} not played`;
  if (cell.plays.length === 0)
    return element(
      'button',
      {
        class: 'tile none',
        type: 'button',
        'aria-label': label,
        'aria-expanded': 'false',
        click: () => open(cell),
      },
      element('strong', {}, '–'),
      element('span', {}, numbers.none > 0 ? 'not played' : ''),
    );
  const isFailed = numbers.failed > 0;
  return element(
    'button',
    {
      class: `tile ${tone}`,
      type: 'button',
      'aria-label': label,
      'aria-expanded': 'false',
      click: () => open(cell),
    },
    element(
      'strong',
      {},
      isFailed ? `${SIGNS.failed} ${numbers.failed} failed` : `${SIGNS.passed} ${numbers.passed}`,
    ),
    isFailed && element('span', { class: 'passed' }, `${SIGNS.passed} ${numbers.passed}`),
    numbers.known > 0 && element('span', { class: 'known' }, `${SIGNS.known} ${numbers.known} known`),
    bar(numbers),
  );
}

/** @type {Map<object, HTMLElement>} */
const tiles = new Map();

function matrix() {
  const header = element(
    'tr',
    {},
    element('td', {}),
    data.brokers.map(({ name, version, isOurs }) =>
      element(
        'th',
        { scope: 'col' },
        breakable(name),
        (version !== '' || isOurs) && element('small', {}, isOurs ? 'ours' : version),
      ),
    ),
  );
  const rows = data.clients.map(({ name, isOurs }, client) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, breakable(name), isOurs && element('small', {}, 'ours')),
      data.brokers.map((_, broker) => {
        const cell = data.cells.find((one) => one.client === client && one.broker === broker);
        const made = tile(cell);
        tiles.set(cell, made);
        return element('td', {}, made);
      }),
    ),
  );
  return element(
    'div',
    { class: 'card matrix' },
    element(
      'table',
      { 'aria-label': 'Clients down, brokers across; each cell is a pair' },
      element(
        'colgroup',
        {},
        element('col', { class: 'names' }),
        data.brokers.map(() => element('col', {})),
      ),
      element('thead', {}, header),
      element('tbody', {}, rows),
    ),
  );
}

/** Where the pair that was clicked stands. */
const place = element('section', { 'aria-live': 'polite', hidden: true });
let opened;

function close() {
  const before = tiles.get(opened);
  before?.setAttribute('aria-expanded', 'false');
  before?.focus();
  opened = undefined;
  place.hidden = true;
  place.replaceChildren();
  history.replaceState(undefined, '', location.pathname + location.search);
}

function open(cell) {
  tiles.get(opened)?.setAttribute('aria-expanded', 'false');
  opened = cell;
  tiles.get(cell)?.setAttribute('aria-expanded', 'true');
  place.hidden = false;
  place.replaceChildren(pair(cell, close));
  const names = [data.clients[cell.client].name, data.brokers[cell.broker].name];
  history.replaceState(undefined, '', `#${names.map(encodeURIComponent).join('/')}`);
  place.querySelector('h2')?.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'start' });
}

/** Every known departure that was met, with its reason: always in sight. */
function known() {
  const met = data.cells.flatMap((cell) =>
    cell.plays
      .filter(([, , verdict]) => verdict === 'known')
      .map(([, , , , exchange]) => data.exchanges[exchange].known),
  );
  if (met.length === 0) return undefined;
  return element(
    'div',
    { class: 'card foot' },
    element('h2', {}, 'Known departures'),
    element(
      'p',
      { class: 'soft' },
      "In others' brokers and clients. One that is gone is a failure of this list; one of ours is a failure.",
    ),
    listOf(counted(met), 'known'),
  );
}

/** Which pairs failed, as a way to them. */
function failures() {
  const cells = data.cells.filter((cell) => count(cell, 'failed', 'gone') > 0);
  if (cells.length === 0) return undefined;
  return element(
    'ul',
    { class: 'sums' },
    cells.map((cell) =>
      element(
        'li',
        { class: 'failed' },
        element(
          'button',
          { class: 'mark failed', type: 'button', click: () => open(cell) },
          `${SIGNS.failed} ${count(cell, 'failed', 'gone')} in ${data.clients[cell.client].name} with ${data.brokers[cell.broker].name}`,
        ),
      ),
    ),
  );
}

document
  .getElementById('page')
  ?.replaceChildren(
    ...[
      head(),
      sums(),
      failures(),
      matrix(),
      place,
      element('section', {}, known() ?? '', reasonsOf(data.cells) ?? ''),
    ].filter((part) => part !== undefined),
  );
const [client, broker] = location.hash.slice(1).split('/').map(decodeURIComponent);
const asked = data.cells.find(
  (cell) => data.clients[cell.client].name === client && data.brokers[cell.broker].name === broker,
);
if (asked !== undefined) open(asked);

/**
 * One pair of a client and a broker: its scenarios by its ways, and what passed in those that did not go well.
 */
import { data, duration, element, plural, reasonsOf, SIGNS, standing, WORDS } from './facts.mjs';

/** @param close what the button does */
export function pair(cell, close) {
  const title = `${data.clients[cell.client].name} with ${data.brokers[cell.broker].name}`;
  const { numbers } = standing(cell);
  const said = `${numbers.passed} passed, ${numbers.failed} failed, ${plural(numbers.known, 'known departure')}, ${numbers.none} not played`;
  return element(
    'div',
    { class: 'card pair' },
    element(
      'header',
      {},
      element('div', {}, element('h2', { tabindex: '-1' }, title), element('p', { class: 'soft' }, said)),
      element('button', { class: 'close', type: 'button', click: close }, 'Close'),
    ),
    element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Scenarios by ways' },
      stories(cell),
    ),
    departures(cell),
    reasonsOf([cell]),
  );
}

/** Scenarios down, versions and transports across. */
function stories(cell) {
  const all = [...cell.plays, ...cell.notPlayed];
  const ways = [...new Set(all.map(([, way]) => way))];
  const scenarios = [...new Set(all.map(([scenario]) => scenario))].sort((a, b) => a - b);
  const split = ways.map((way) => data.ways[way].split(' '));
  const isFirst = (index) => index === 0 || split[index][0] !== split[index - 1][0];
  const versions = split.filter((_, index) => isFirst(index)).map(([version]) => version);
  const edge = (index) => (isFirst(index) ? 'first' : undefined);
  const played = new Map(cell.plays.map((one) => [`${one[0]} ${one[1]}`, one]));
  const left = new Map(cell.notPlayed.map((one) => [`${one[0]} ${one[1]}`, one]));
  const rows = scenarios.map((scenario) => {
    const { name, statements } = data.scenarios[scenario];
    const marks = ways.map((way, index) =>
      element(
        'td',
        { class: edge(index) },
        mark(played.get(`${scenario} ${way}`), left.get(`${scenario} ${way}`)),
      ),
    );
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, name, statements !== '' && element('small', {}, statements)),
      marks,
    );
  });
  return element(
    'table',
    { class: 'stories' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', {}),
        versions.map((version) =>
          element(
            'th',
            { class: 'first', scope: 'colgroup', colspan: split.filter(([one]) => one === version).length },
            version,
          ),
        ),
      ),
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'Scenario; how long it took, ms'),
        split.map(([, ...transport], index) =>
          element('th', { class: edge(index), scope: 'col' }, transport.join(' ')),
        ),
      ),
    ),
    element('tbody', {}, rows),
  );
}

function mark(played, left) {
  if (played === undefined) {
    const why = left === undefined ? 'not asked for' : data.reasons[left[2]];
    return element(
      'span',
      { class: 'mark none', title: why, 'aria-label': `not played: ${why}`, role: 'img' },
      SIGNS.none,
    );
  }
  const [, , verdict, ms, exchange] = played;
  if (verdict === 'passed')
    return element(
      'span',
      { class: 'mark passed', title: `passed in ${ms} ms` },
      `${SIGNS.passed} ${ms.toLocaleString('en')}`,
    );
  const show = (event) => {
    event.preventDefault();
    const details = document.getElementById(`play-${exchange}`);
    for (let one = details; one !== null && one !== undefined; one = one.parentElement?.closest('details'))
      one.setAttribute('open', '');
    details?.scrollIntoView({ block: 'start' });
    details?.querySelector('summary')?.focus({ preventScroll: true });
  };
  const label = `${WORDS[verdict]}: what passed`;
  return element(
    'a',
    { class: `mark ${verdict}`, href: `#play-${exchange}`, 'aria-label': label, click: show },
    `${SIGNS[verdict]} ${ms.toLocaleString('en')}`,
  );
}

/** What failed and what is known to fail, with what passed; failures first, those that are alike together. */
function departures(cell) {
  const order = ['failed', 'gone', 'known'];
  const groups = new Map();
  for (const play of cell.plays.filter(([, , verdict]) => verdict !== 'passed')) {
    const [scenario, , verdict, , exchange] = play;
    const key = `${order.indexOf(verdict)} ${scenario} ${data.exchanges[exchange].known}`;
    groups.set(key, [...(groups.get(key) ?? []), play]);
  }
  if (groups.size === 0) return undefined;
  const sorted = [...groups].sort(([a], [b]) => a[0].localeCompare(b[0])).map(([, plays]) => plays);
  return element('div', { class: 'plays' }, sorted.map(alike));
}

/** One scenario that did not pass for one reason, in each way in which it was so. */
function alike(plays) {
  const [[scenario, , verdict, , first]] = plays;
  const { reason, known } = data.exchanges[first];
  const said =
    verdict === 'known'
      ? `Known: ${known}`
      : verdict === 'gone'
        ? reason
        : `Failed: ${reason.split('\n')[0]}`;
  const ways = plays.map(([, way]) => data.ways[way]).join(', ');
  const inside =
    plays.length === 1
      ? what(plays[0])
      : plays.map((play, index) =>
          element(
            'details',
            { id: `play-${play[4]}`, open: index === 0 },
            element(
              'summary',
              {},
              `${data.ways[play[1]]} `,
              element('span', { class: 'soft' }, duration(play[3])),
            ),
            what(play),
          ),
        );
  return element(
    'details',
    { class: `play ${verdict}`, id: plays.length === 1 ? `play-${first}` : undefined },
    element(
      'summary',
      {},
      element('h3', {}, data.scenarios[scenario].name),
      element('span', { class: 'soft' }, ` ${ways}`),
      element('p', {}, said),
    ),
    element('div', { class: 'inside' }, inside),
  );
}

/** Why one play did not pass, and what passed in it. */
function what([, , verdict, , exchange]) {
  const { reason, note, lines } = data.exchanges[exchange];
  return [
    verdict !== 'gone' && element('p', { class: 'reason' }, reason),
    note !== '' && element('p', { class: 'soft' }, note),
    lines.length > 0 && packets(lines),
  ];
}

/** Packets in the order of time: when, whose connection, which way, in words, as bytes. */
function packets(lines) {
  return element(
    'ol',
    { class: 'exchange' },
    lines.map(({ at, on, what, meaning, hex }) => {
      const [type, ...rest] = meaning.split(' ');
      const isEnd = what === '--';
      const arrow = what === '->' ? '→' : what === '<-' ? '←' : '·';
      const direction = what === '->' ? 'to the broker' : what === '<-' ? 'from the broker' : '';
      return element(
        'li',
        {},
        element('span', { class: 'at' }, `${at} ms`),
        element('span', { class: 'on', title: on }, on),
        element(
          'span',
          { class: what === '->' ? 'to' : what === '<-' ? 'from' : '', title: direction },
          arrow,
        ),
        element(
          'div',
          { class: isEnd ? 'what end' : 'what' },
          isEnd ? meaning : [element('b', {}, type), ` ${rest.join(' ')}`],
          hex !== '' && element('code', {}, hex),
        ),
      );
    }),
  );
}

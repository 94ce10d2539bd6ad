/**
 * Several servers side by side: the counts, the statements that one of them does not keep, and every failure with its
 * exchange. Text for the terminal and docs/conformance-peers.md. Decides nothing.
 */

import type { Version } from './case.ts';
import { allCases } from './cases/all.ts';
import { departureOf } from './departures.ts';
import type { Outcome } from './outcome.ts';
import { keyOf, readStatements } from './statements.ts';
import { count, type Row, STANDINGS, type Standing } from './survey.ts';

/** One server and what its run gave. */
export interface Result {
  /** `Mosquitto 2.0.11` */
  readonly title: string;
  /** By which its departures are known; undefined for ours. */
  readonly known: string | undefined;
  readonly rows: readonly Row[];
  readonly outcomes: readonly Outcome[];
}

type Mark = Standing | 'doubtful';

const VERSIONS: readonly Version[] = ['3.1.1', '5.0'];
const MARKS: Readonly<Record<Mark, string>> = {
  doubtful: 'fails (doubtful)',
  passed: 'passes',
  failed: '**fails**',
  'not applicable': 'n/a',
  'not reached': 'not reached',
  'not observable': '-',
  'not played': '-',
};

/** How a statement stands; `doubtful` when whatever failed may be seen otherwise. */
function markOf(row: Row, known: string | undefined): Mark {
  if (row.standing !== 'failed') return row.standing;
  const failed = row.outcomes.filter(({ failing }) => failing.includes(row.statement.id));
  return failed.every((one) => departureOf(known, one)?.doubt !== undefined) ? 'doubtful' : 'failed';
}

/** The counts as a table, a column a server. */
export function countsTable(results: readonly Result[]): string[] {
  const lines = VERSIONS.flatMap((version) => {
    const counts = results.map(({ rows }) =>
      count(rows.filter(({ statement }) => statement.version === version)),
    );
    const doubtful = results.map(
      ({ rows, known }) =>
        rows.filter((row) => row.statement.version === version && markOf(row, known) === 'doubtful').length,
    );
    const line = (name: string, numbers: readonly number[]): string =>
      `| ${version} ${name} | ${numbers.join(' | ')} |`;
    return STANDINGS.filter((standing) => counts.some((one) => one[standing] > 0)).flatMap((standing) => {
      const own = line(
        standing,
        counts.map((one) => one[standing]),
      );
      return standing === 'failed' && doubtful.some((number) => number > 0)
        ? [own, line('of these doubtful', doubtful)]
        : [own];
    });
  });
  return [head(['', ...results.map(({ title }) => title)]), ...lines];
}

function head(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n|${cells.map(() => '---|').join('')}`;
}

/** The whole document; `command` is what writes it. */
export function comparisonDocument(
  results: readonly Result[],
  clients: readonly Result[],
  command: string,
): string {
  return [
    '# How mqttd, Mosquitto, aedes and RabbitMQ keep the statements',
    '',
    'Normative statements of MQTT 3.1.1 and 5.0 that bind a server, played by',
    `[\`mqtt-conformance\`](../apps/interop/README.md) in ${allCases.length} scripted exchanges against each broker as it comes: its defaults,`,
    'memory where not said otherwise, everybody may connect. A statement fails when one of its exchanges does. *n/a*: the',
    'broker says that it lacks the feature, or has no user for SCRAM-SHA-256. *not reached*: the exchange failed before',
    'its point. *-*: nobody outside can observe it. What another broker failed only beside other exchanges, and kept',
    'when it was played alone, counts as kept.',
    '',
    `Written by \`${command}\`; do not edit. Each failure of others was judged by hand against the statement; where one may`,
    'see it otherwise, that stands beside it.',
    '',
    ...countsTable(results),
    '',
    '## Statements that are not kept by all',
    '',
    ...VERSIONS.flatMap((version) => differing(version, results)),
    ...results.flatMap(failures),
    ...clientsPart(clients),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function differing(version: Version, results: readonly Result[]): string[] {
  const [first] = results;
  const own = (first?.rows ?? []).filter(({ statement }) => statement.version === version);
  const standingsOf = ({ statement }: Row): Mark[] =>
    results.map(({ rows, known }) => {
      const row = rows.find((one) => keyOf(one.statement) === keyOf(statement));
      return row === undefined ? 'not played' : markOf(row, known);
    });
  const lines = own.flatMap((row) => {
    const standings = standingsOf(row);
    if (!standings.some((one) => ['failed', 'doubtful', 'not reached'].includes(one))) return [];
    const { id, paraphrase } = row.statement;
    return [`| ${id} | ${paraphrase} | ${standings.map((one) => MARKS[one]).join(' | ')} |`];
  });
  if (lines.length === 0) return [];
  return [head([version, '', ...results.map(({ title }) => title)]), ...lines, ''];
}

/** Clients: counts, statements, and one line for each case that failed. */
function clientsPart(clients: readonly Result[]): string[] {
  const lines = clients.flatMap(({ title, known, outcomes }) =>
    outcomes
      .filter(({ verdict }) => verdict === 'failed' || verdict === 'not reached')
      .map((one) => {
        const { why = '**Not judged yet**', doubt } = departureOf(known, one) ?? {};
        const doubtful = doubt === undefined ? '' : ` (doubtful: ${doubt})`;
        return `| ${title} | ${one.version} | ${one.case.name} | ${why}${doubtful} |`;
      }),
  );
  return [
    '## Clients',
    '',
    'The statements that bind a client, put to clients by a scripted server. The exchange of a failure:',
    '`npm run conformance:run -- --client --driver mqtt.js --filter "part of its name"`.',
    '',
    ...countsTable(clients),
    '',
    ...VERSIONS.flatMap((version) => differing(version, clients)),
    ...(lines.length === 0 ? [] : [head(['client', '', 'case', 'what it does']), ...lines, '']),
  ];
}

function failures({ title, known, outcomes }: Result): string[] {
  const bad = outcomes.filter(({ verdict }) => verdict === 'failed' || verdict === 'not reached');
  if (bad.length === 0) return [];
  const texts = new Map(readStatements().map((one) => [keyOf(one), one.paraphrase]));
  return [
    `## ${title}`,
    '',
    ...bad.flatMap((one) => {
      const { version } = one;
      const { why, doubt } = departureOf(known, one) ?? {};
      const ids = one.failing.length > 0 ? one.failing : one.statements;
      return [
        `### ${version}: ${one.case.name}`,
        '',
        ...ids.map((id) => `- ${id}: ${texts.get(keyOf({ version, id })) ?? ''}`),
        '',
        `${why ?? '**Not judged yet**'}.${doubt === undefined ? '' : ` Doubtful: ${doubt}.`}`,
        '',
        '```text',
        ...one.exchange.map(
          ({ on, what, meaning, hex }) =>
            `${on} ${what} ${cut(meaning, 90)}${hex === '' ? '' : `  | ${cut(hex, 72)}`}`,
        ),
        `${one.reason.replace(/; nor: .*$/, '')}`,
        '```',
        '',
      ];
    }),
  ];
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

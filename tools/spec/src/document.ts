/**
 * docs/conformance.md from the rows: counts, what is not there yet, and one table a section. Decides nothing.
 */
import { isClientTest, type Row, type Standing } from './coverage.ts';
import { sectionOf } from './sections.ts';
import { bindsClient, bindsServer, NOT_YET, VERSIONS, type Version } from './table.ts';

/** Where the document stands, from the repository's top. */
export const DOCUMENT = 'docs/conformance.md';
/** What writes it. */
export const COMMAND = 'npm run fix';

const STANDINGS: readonly Standing[] = ['tested', 'reasoned', 'not yet', 'missing'];

/** How many of the statements that bind a server stand how. */
export function count(rows: readonly Row[]): Readonly<Record<Standing, number>> {
  const counts = { tested: 0, reasoned: 0, 'not yet': 0, missing: 0 };
  for (const row of rows) if (bindsServer(row.statement)) counts[row.standing]++;
  return counts;
}

/** The same of those that bind a client. */
export function countClient(rows: readonly Row[]): Readonly<Record<Standing, number>> {
  const counts = { tested: 0, reasoned: 0, 'not yet': 0, missing: 0 };
  for (const { statement, client } of rows) if (bindsClient(statement)) counts[client]++;
  return counts;
}

/** The whole document. */
export function write(rows: readonly Row[]): string {
  const parts = [
    ...head(rows),
    ...notYet(rows),
    ...VERSIONS.flatMap((version) => chapter(version, rows)),
    ...links(rows),
  ];
  return `${parts.join('\n')}\n`;
}

function head(rows: readonly Row[]): string[] {
  return [
    '# Conformance',
    '',
    'Every normative statement of MQTT 3.1.1 and 5.0, in our words, with the tests that name its id. A statement that',
    'binds a server counts as tested when a test drives a whole broker over a connection, byte for byte or packet for',
    'packet, and names the id; tests of its rooms and of other packages stand beside it. A *case* is one of those that',
    '`mqtt-conformance` plays against any server ([how others keep them](conformance-peers.md)); `npm test` plays all of',
    'them against mqttd, and the *client cases* with `@mqtt/client`. A *scenario* is a story that every client plays against',
    'every broker (`npm run interop`). Reasoned: no test can reach it, and the line says',
    'why. Not yet: the broker lacks the feature. `npm run check` fails when one has neither.',
    '',
    `Generated from the tests and from \`tools/spec/statements.tsv\` by \`${COMMAND}\`; do not edit.`,
    '',
    ...counts('bind a server', rows, count),
    '',
    'What binds a client is proven by tests of `@mqtt/client` that drive a whole client against a scripted server:',
    '',
    ...counts('bind a client', rows, countClient),
    '',
  ];
}

function counts(title: string, rows: readonly Row[], of: typeof count): string[] {
  return [
    `| version | ${title} | ${STANDINGS.join(' | ')} |`,
    '|---|---|---|---|---|---|',
    ...VERSIONS.map((version) => {
      const found = of(rows.filter(({ statement }) => statement.version === version));
      const numbers = STANDINGS.map((standing) => found[standing]);
      return `| ${version} | ${numbers.reduce((sum, n) => sum + n, 0)} | ${numbers.join(' | ')} |`;
    }),
  ];
}

function notYet(rows: readonly Row[]): string[] {
  const byFeature = new Map<string, string[]>();
  for (const { statement, standing } of rows) {
    if (standing !== 'not yet' || !bindsServer(statement)) continue;
    const feature = statement.reason.slice(NOT_YET.length);
    byFeature.set(feature, [...(byFeature.get(feature) ?? []), `${statement.id} (${statement.version})`]);
  }
  if (byFeature.size === 0) return [];
  return ['## Not yet', '', ...[...byFeature].map(([feature, ids]) => `- ${feature}: ${ids.join(', ')}`), ''];
}

function chapter(version: Version, rows: readonly Row[]): string[] {
  const own = rows.filter(({ statement }) => statement.version === version);
  const sections = new Map<string, Row[]>();
  for (const row of own.filter(({ statement }) => bindsServer(statement))) {
    const section = sectionOf(row.statement);
    sections.set(section, [...(sections.get(section) ?? []), row]);
  }
  const ofClients = own
    .filter(({ statement }) => bindsClient(statement))
    .map(({ statement, client, tests }) => ({
      statement: { ...statement, reason: statement.clientReason },
      standing: client,
      client,
      tests: tests.filter(isClientTest),
    }));
  return [
    `## MQTT ${version}`,
    '',
    ...[...sections].flatMap(([section, inside]) => table(`${section} (${version})`, inside, whyNot)),
    ...table(`What binds a client (${version})`, ofClients, whyNot),
  ];
}

function table(title: string, rows: readonly Row[], otherwise: (row: Row) => string): string[] {
  if (rows.length === 0) return [];
  return [
    `### ${title}`,
    '',
    '| statement | paraphrase | tests |',
    '|---|---|---|',
    ...rows.map((row) => {
      const tests = row.tests.map((path) => `[${label(path)}]`);
      const proof = row.standing === 'tested' ? [] : [otherwise(row)];
      const cell = [...proof, ...tests].filter((text) => text !== '').join(', ');
      return `| ${row.statement.id} | ${row.statement.paraphrase} | ${cell} |`.replace('|  |', '| |');
    }),
    '',
  ];
}

function whyNot({ standing, statement }: Row): string {
  return standing === 'missing' ? '**missing**' : `*${statement.reason}*`;
}

function links(rows: readonly Row[]): string[] {
  const paths = [...new Set(rows.flatMap(({ tests }) => tests))];
  return paths.sort().map((path) => `[${label(path)}]: ../${path}`);
}

/** `conformance/connect` for a test of the broker, `session: inbound` for another's, `case: will` for a case, `client case: will`. */
function label(path: string): string {
  const [, client, cases] = /^apps\/interop\/src\/conformance\/(client\/)?cases\/(.*)\.ts$/.exec(path) ?? [];
  if (cases !== undefined) return `${client === undefined ? '' : 'client '}case: ${cases}`;
  const [, scenarios] = /^apps\/interop\/src\/scenarios\/(.*)\.ts$/.exec(path) ?? [];
  if (scenarios !== undefined) return `scenario: ${scenarios}`;
  const [, room = '', rest = ''] =
    /^(?:packages|apps)\/([^/]+)\/(?:src\/)?(?:test|testing)\/(.*)\.ts$/.exec(path) ?? [];
  const name = rest.replace(/\.test$/, '');
  if (path.startsWith('packages/broker/')) return name;
  return `${path.startsWith('apps/') ? 'apps/' : ''}${room}: ${name}`;
}

/**
 * Statements and tests together: which tests prove which statement, what is left, and what contradicts itself.
 * A server's statement is proven on the wire: by a test that drives a whole broker, or a program that runs one. Tests
 * of its rooms and of other packages are named beside it and prove nothing alone.
 */
import { type Mention, mentionsOf, type TestFile } from './mentions.ts';
import { bindsClient, bindsServer, keyOf, NOT_YET, type Statement, VERSIONS } from './table.ts';

/** What is known of a statement. */
export type Standing = 'tested' | 'reasoned' | 'not yet' | 'missing';

/** A statement with its tests. */
export interface Row {
  readonly statement: Statement;
  /** For a server, and for a client; of a statement that does not bind it, what is known all the same. */
  readonly standing: Standing;
  readonly client: Standing;
  /** Paths of the files that name it; those that prove it for a server first. */
  readonly tests: readonly string[];
}

/** Whose names must say which version they mean. */
const BROKERS = /^(packages\/broker|apps\/[^/]+)\/test\//;
/** Cases that are played with a client: they prove nothing for a server. */
const CLIENT_CASES = '/conformance/client/cases/';
/** What a test needs to have a whole broker: the house of wires, or the broker's own door. */
const WHOLE_BROKER = /\/wire\/house\.ts'|\bcreateBroker\b/;

/** Every statement with its tests, and what is wrong: a statement without both, a reason beside a test, a name that misleads. */
export function cover(
  statements: readonly Statement[],
  files: readonly TestFile[],
): { rows: Row[]; faults: string[] } {
  const known = new Set(statements.map(keyOf));
  const tests = new Map<string, Set<string>>();
  const wire = new Set(files.filter(isWireTest).map(({ path }) => path));
  const faults: string[] = [];
  for (const file of files) {
    for (const mention of mentionsOf(file)) {
      const version = resolve(mention, known);
      if (version !== undefined && known.has(keyOf({ version, id: mention.id }))) {
        const key = keyOf({ version, id: mention.id });
        tests.set(key, (tests.get(key) ?? new Set()).add(file.path));
      } else if (BROKERS.test(file.path) && version !== '3.1') {
        faults.push(`${file.path}:${mention.line} ${faultOf(mention, known)}`);
      }
    }
  }
  const rows = statements.map((statement) => rowOf(statement, tests.get(keyOf(statement)) ?? [], wire));
  return { rows, faults: [...faults, ...rows.flatMap(faultsOfRow)] };
}

/** true when a test in this file proves what binds a server. */
function isWireTest({ path, text }: TestFile): boolean {
  if (path.includes(CLIENT_CASES)) return false;
  return path.startsWith('apps/') || (BROKERS.test(path) && WHOLE_BROKER.test(text));
}

/** true when a test in this file proves what binds a client: it drives a whole one, or its way to the network. */
export function isClientTest(path: string): boolean {
  return path.startsWith('packages/client/test/') || path.includes(CLIENT_CASES);
}

/** The version the name says, or the only one that has this id. */
function resolve({ id, version }: Mention, known: ReadonlySet<string>): string | undefined {
  if (version !== undefined) return version;
  const having = VERSIONS.filter((name) => known.has(keyOf({ version: name, id })));
  return having.length === 1 ? having[0] : undefined;
}

function faultOf({ id, version }: Mention, known: ReadonlySet<string>): string {
  if (version !== undefined) return `[${id}] is no statement of ${version}`;
  const isKnown = VERSIONS.some((name) => known.has(keyOf({ version: name, id })));
  return isKnown
    ? `[${id}] is another statement in each version: write 5.0 or 3.1.1 before it, or in the describe around it`
    : `[${id}] is no statement`;
}

function rowOf(statement: Statement, paths: Iterable<string>, wire: ReadonlySet<string>): Row {
  const rank = (path: string): number => Number(wire.has(path));
  const tests = [...paths].sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
  const isProven = tests.some((path) => !bindsServer(statement) || wire.has(path));
  return {
    statement,
    tests,
    standing: isProven ? 'tested' : standingOf(statement.reason),
    client: tests.some(isClientTest) ? 'tested' : standingOf(statement.clientReason),
  };
}

function standingOf(reason: string): Standing {
  if (reason === '') return 'missing';
  return reason.startsWith(NOT_YET) ? 'not yet' : 'reasoned';
}

function faultsOfRow({ statement, standing, client, tests }: Row): string[] {
  const faultsFor = (who: string, how: Standing, reason: string): string[] => {
    const key = keyOf(statement);
    if (how === 'missing') return [`${key} binds a ${who} and has neither a test nor a reason`];
    if (how === 'tested' && reason !== '') return [`${key} has a test (${tests[0]}): its reason goes`];
    return [];
  };
  return [
    ...(bindsServer(statement) ? faultsFor('server', standing, statement.reason) : []),
    ...(bindsClient(statement) ? faultsFor('client', client, statement.clientReason) : []),
  ];
}

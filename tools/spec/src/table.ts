/**
 * The table of normative statements, `statements.tsv`: id, version, whom it binds, our paraphrase, and for what no
 * test can reach the reason, for a server and for a client. Reads and checks it; knows no tests and no document.
 */

/** Versions that number their statements; 3.1 does not. */
export const VERSIONS = ['3.1.1', '5.0'] as const;
/** A version that numbers its statements. */
export type Version = (typeof VERSIONS)[number];

const PARTIES = ['server', 'client', 'both'] as const;

/** One normative statement of one version. */
export interface Statement {
  /** `MQTT-3.1.0-2` */
  readonly id: string;
  readonly version: Version;
  readonly binds: (typeof PARTIES)[number];
  readonly paraphrase: string;
  /** Why there is no test; '' when there is one. Begins with `not yet: ` when it is the broker that is not there yet. */
  readonly reason: string;
  /** The same for a client. */
  readonly clientReason: string;
}

/** Marks a reason that ends when a feature comes. */
export const NOT_YET = 'not yet: ';

const COLUMNS = 'id\tversion\tbinds\tparaphrase\treason\tclient reason';
const ID = /^MQTT-\d+(\.\d+)+-\d+$/;
/** Longest paraphrase in characters: more is a quotation. */
const LONGEST = 180;

/** The statements, and what is wrong with the table. */
export function readTable(text: string): { statements: Statement[]; faults: string[] } {
  const [head = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const faults = head === COLUMNS ? [] : [`line 1: the columns are ${COLUMNS.replaceAll('\t', ', ')}`];
  const statements: Statement[] = [];
  const seen = new Set<string>();
  lines.forEach((line, index) => {
    const statement = readRow(line);
    if (typeof statement === 'string') faults.push(`line ${index + 2}: ${statement}`);
    else {
      const key = keyOf(statement);
      if (seen.has(key)) faults.push(`line ${index + 2}: ${key} stands here twice`);
      seen.add(key);
      statements.push(statement);
    }
  });
  return { statements, faults };
}

/** What names a statement among all versions: `5.0 MQTT-3.1.0-2`. */
export function keyOf({ version, id }: { readonly version: string; readonly id: string }): string {
  return `${version} ${id}`;
}

/** true when a server has to keep it. */
export function bindsServer({ binds }: Statement): boolean {
  return binds !== 'client';
}

/** true when a client has to keep it. */
export function bindsClient({ binds }: Statement): boolean {
  return binds !== 'server';
}

/** A row as a statement, or what is wrong with it. */
function readRow(line: string): Statement | string {
  const [id = '', version, binds, paraphrase = '', reason = '', clientReason = '', ...more] =
    line.split('\t');
  if (more.length > 0) return 'more than six columns';
  if (!ID.test(id)) return `${id} is no statement id`;
  const knownVersion = VERSIONS.find((name) => name === version);
  if (knownVersion === undefined) return `${id} is of a version that numbers none: ${version}`;
  const party = PARTIES.find((name) => name === binds);
  if (party === undefined) return `${id} binds nobody known: ${binds}`;
  if (paraphrase === '' || paraphrase.length > LONGEST)
    return `${id} has a paraphrase of 1 to ${LONGEST} characters`;
  if (/[|]/.test(paraphrase + reason + clientReason)) return `${id} holds a |, which ends a cell`;
  return { id, version: knownVersion, binds: party, paraphrase, reason, clientReason };
}

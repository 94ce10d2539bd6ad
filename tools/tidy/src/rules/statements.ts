/**
 * Statement ids are the index of this code: every `MQTT-…` in code and tests exists in tools/spec/statements.tsv,
 * and every `[A05]` in the name of a test exists in tools/spec/cases.tsv, `[N05]` in tools/hostile/own-cases.tsv.
 */
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';
import { isNode, type SourceFile, walk } from '../source.ts';

/** Where the ids stand: one row an id and version, without the statements' text. */
export const STATEMENT_TABLE = 'tools/spec/statements.tsv';
/** Where the ids of the hostile cases stand: those of the list, and in N our own. */
export const CASE_TABLE = 'tools/spec/cases.tsv';
export const OWN_CASE_TABLE = 'tools/hostile/own-cases.tsv';

const STATEMENT = /MQTT-\d+(?:\.\d+)+-\d+[a-z]?/g;
const CASE = /\[([A-LN]\d{2}[a-z]?)\]/g;

function firstColumn(repo: Repository, path: string): Set<string> {
  const rows = (repo.document(path) ?? '').split('\n').slice(1);
  return new Set(rows.map((row) => row.split('\t')[0] ?? '').filter((id) => id !== ''));
}

function checkStatements(file: SourceFile, known: ReadonlySet<string>): Finding[] {
  return file.lines.flatMap((text, index) =>
    [...text.matchAll(STATEMENT)]
      .filter(([id]) => !known.has(id))
      .map(([id]) => ({
        path: file.path,
        line: index + 1,
        rule: 'statements',
        what: id,
        why: `no such statement in ${STATEMENT_TABLE}`,
        wayOut: 'correct the id; if the specification has it, add it to the table',
      })),
  );
}

function checkCases(file: SourceFile, known: ReadonlySet<string>): Finding[] {
  if (!file.path.includes('/test/')) return [];
  const findings: Finding[] = [];
  walk(file.program, (node) => {
    const value = node.type === 'Literal' ? node.value : isNode(node.value) ? undefined : node.raw;
    if (typeof value !== 'string') return;
    for (const [, id = ''] of value.matchAll(CASE)) {
      if (known.has(id)) continue;
      const why = `no such hostile case in ${id.startsWith('N') ? OWN_CASE_TABLE : CASE_TABLE}`;
      const line = file.lineAt(node.start);
      findings.push({
        path: file.path,
        line,
        rule: 'statements',
        what: `[${id}]`,
        why,
        wayOut: 'correct the id',
      });
    }
  });
  return findings;
}

/** Findings on ids that no table knows. */
export function statementRule(repo: Repository): Finding[] {
  const statements = firstColumn(repo, STATEMENT_TABLE);
  const cases = new Set([...firstColumn(repo, CASE_TABLE), ...firstColumn(repo, OWN_CASE_TABLE)]);
  return repo.files
    .filter((file) => !/^tools\/(tidy|spec)\//.test(file.path)) // their tests invent ids
    .flatMap((file) => [...checkStatements(file, statements), ...checkCases(file, cases)]);
}

/**
 * Writes docs/conformance.md from the tests of this repository; with `--check` it only says whether that would change
 * it. Exit code 1 when a statement that binds a server has neither test nor reason, or the document is out of date.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { cover } from './coverage.ts';
import { COMMAND, count, countClient, DOCUMENT, write } from './document.ts';
import type { TestFile } from './mentions.ts';
import { readTable } from './table.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TABLE = 'tools/spec/statements.tsv';
/** Tests by their names, and what npm test plays against mqttd: cases of mqtt-conformance, scenarios of the matrix. */
const TESTS =
  /^((packages|apps)\/[^/]+\/test\/.*\.test\.ts|apps\/interop\/src\/(conformance\/(client\/)?cases|scenarios)\/.*\.ts)$/;

function testFiles(): TestFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', 'packages', 'apps'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 }).split('\0');
  const paths = [...new Set(listed)].filter((path) => TESTS.test(path) && existsSync(join(ROOT, path)));
  return paths.sort().map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

const isCheck = process.argv.includes('--check');
const table = readTable(readFileSync(join(ROOT, TABLE), 'utf8'));
const { rows, faults } = cover(table.statements, testFiles());
const text = write(rows);
const path = join(ROOT, DOCUMENT);
const wrong = [...table.faults.map((fault) => `${TABLE} ${fault}`), ...faults];
if (!isCheck) writeFileSync(path, text);
else if (!existsSync(path) || readFileSync(path, 'utf8') !== text)
  wrong.push(`${DOCUMENT} is out of date: ${COMMAND}`);
for (const fault of wrong) process.stdout.write(`${fault}\n`);
for (const [who, of] of [
  ['server', count],
  ['client', countClient],
] as const) {
  const counts = Object.entries(of(rows)).map(([standing, number]) => `${number} ${standing}`);
  process.stdout.write(`statements that bind a ${who}: ${counts.join(', ')}\n`);
}
process.exitCode = wrong.length === 0 ? 0 : 1;

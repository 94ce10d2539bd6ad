/**
 * Prints what tidy finds in this repository: file:line, the rule and the way out; exit code 1 when anything is found.
 * Arguments narrow what is shown to paths that start so: `npm run tidy -- packages/codec`.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { format } from './finding.ts';
import { readRepository } from './repository.ts';
import { SyntaxFault } from './source.ts';
import { tidy } from './tidy.ts';

try {
  const repo = readRepository(fileURLToPath(new URL('../../..', import.meta.url)));
  const only = process.argv.slice(2);
  const shown = tidy(repo).filter(
    ({ path }) => only.length === 0 || only.some((prefix) => path.startsWith(prefix)),
  );
  for (const finding of shown) process.stdout.write(`${format(finding)}\n`);
  process.stdout.write(`tidy: ${repo.files.length} files, ${shown.length} findings\n`);
  process.exitCode = shown.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof SyntaxFault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

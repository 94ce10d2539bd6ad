/**
 * Prints every import's bytes beside its budget; exit code 1 when one is over, or bundles to nothing.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUDGETS } from './budgets.ts';
import { measure } from './measure.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
for (const { name, source, most } of BUDGETS) {
  try {
    const bytes = await measure(source, here);
    const isWithin = bytes <= most;
    if (!isWithin) process.exitCode = 1;
    const verdict = isWithin ? `${Math.round((bytes / most) * 100)} %` : `over by ${bytes - most}`;
    process.stdout.write(`${name.padEnd(44)} ${String(bytes).padStart(6)} of ${most} bytes  ${verdict}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(`${name.padEnd(44)} ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

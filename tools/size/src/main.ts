/**
 * Prints every import's bytes beside its budget; exit code 1 when one is over, or bundles to nothing. Then what others'
 * clients weigh.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUDGETS, PEERS } from './budgets.ts';
import { measure } from './measure.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
for (const { name, source, most } of BUDGETS) {
  try {
    const bytes = await measure(source, here);
    const isWithin = bytes <= most;
    if (!isWithin) process.exitCode = 1;
    const verdict = isWithin ? `${Math.round((bytes / most) * 100)} %` : `over by ${bytes - most}`;
    process.stdout.write(`${name.padEnd(52)} ${String(bytes).padStart(6)} of ${most} bytes  ${verdict}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(`${name.padEnd(52)} ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write('\nThe same client program with others, for comparison:\n');
for (const { name, source } of PEERS) {
  const bytes = await measure(source, here);
  process.stdout.write(`${name.padEnd(52)} ${String(bytes).padStart(6)} bytes\n`);
}

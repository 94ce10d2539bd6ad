/**
 * `npm run hostile -- --full`: the cases whose full size no test run has time for, against the built mqttd, with numbers.
 * Exit code 1: one of them failed.
 */
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Arena } from '../arena.ts';
import { lines } from './lines.ts';
import { retained } from './retained.ts';
import { sessions } from './sessions.ts';
import { timing } from './timing.ts';
import { type FullCase, report } from './verdict.ts';

const CASES: readonly FullCase[] = [sessions, timing, retained, lines];
const HELP = `npm run hostile -- --full [--only C19,D04,F17,G07] [--scale 1]

Plays ${CASES.map(({ id }) => id).join(', ')} at the sizes of the list of hostile cases. What is measured by the clock wants priority: nice -n -15.
--scale 0.01 plays a hundredth. The other cases, and these in small, are npm test's.
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  process.stdout.write(text);
}

function load(): string {
  return `${cpus().length} cores, load average ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`;
}

/** Plays one on an mqttd of its own; whether it passed. */
async function tried(one: FullCase, scale: number): Promise<boolean> {
  const arena = await Arena.start(one.setup);
  try {
    const verdict = await one.play(arena, scale);
    await arena.check();
    say(`${report(one, verdict)}    ${load()}\n`);
    return verdict.faults.length === 0;
  } catch (error) {
    say(`${one.id} FAILED: ${error instanceof Error ? error.message : error}\n`);
    return false;
  } finally {
    await arena.stop();
  }
}

const scale = Number(values.scale);
const chosen = values.only?.toUpperCase().split(',');
const wanted = CASES.filter(({ id }) => chosen?.includes(id) ?? true);
const isUsable = values.full && scale > 0 && scale <= 1 && wanted.length === (chosen?.length ?? CASES.length);
if (values.help) say(HELP);
else if (!isUsable) {
  process.stderr.write(HELP);
  process.exitCode = 64;
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  for (const one of wanted) if (!(await tried(one, scale))) process.exitCode = 1;
}

/**
 * `npm run fuzz -- --seconds 60 --seed N`: mutated sessions against the built mqttd. Prints what was done, and for a
 * finding the seed that brings it back. Exit code 1: something was found.
 */
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { ATTACKS_OF_A_SEED, fuzz } from './fuzz.ts';
import { configured, mqttd } from './target.ts';

/** Bytes of memory that no attack of this kind may make the broker take: its limits hold a fraction of it. */
const MOST_MEMORY = 700e6;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(
    'npm run fuzz -- [--seconds 60] [--seed N]\n\nThe same seed makes the same attacks.\n',
  );
  process.exit(0);
}

const seconds = numberOf('seconds', values.seconds);
const seed = values.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', values.seed);
const until = performance.now() + seconds * 1000;
let shown = performance.now();

process.stdout.write(`fuzz: mqttd for ${seconds} s, from seed ${seed}\n`);
const configuration = configured();
const outcome = await fuzz({
  target: mqttd(configuration.file),
  seed,
  goesOn: () => performance.now() < until,
  mostMemory: MOST_MEMORY,
  report: (at, attacks) => {
    if (performance.now() - shown < 10_000) return;
    shown = performance.now();
    process.stdout.write(`fuzz: seed ${at}, ${attacks} attacks\n`);
  },
});
configuration.remove();
const megabytes = Math.round(outcome.rss / 1e6);
process.stdout.write(
  `fuzz: ${outcome.attacks} attacks, ${outcome.rounds} rounds of the witness, ${megabytes} MB at the end\n`,
);
if (outcome.finding !== undefined) {
  process.stdout.write(`fuzz: FOUND with seed ${outcome.seed}: ${outcome.finding}\n`);
  process.stdout.write(
    `fuzz: again: npm run fuzz -- --seed ${outcome.seed} (${ATTACKS_OF_A_SEED} attacks a seed)\n`,
  );
  process.exit(1);
}
process.stdout.write('fuzz: nothing found\n');

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  process.stderr.write(`fuzz: --${name} is a whole number, not ${text}\n`);
  process.exit(64);
}

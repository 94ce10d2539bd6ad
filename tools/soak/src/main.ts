/**
 * `npm run soak -- --minutes 30`: prints what was done and found, and writes plots. Exit code 1: something was found.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plot } from './plot.ts';
import type { Sample } from './samples.ts';
import { type Outcome, soak } from './soak.ts';

const REPORTS = fileURLToPath(new URL('../.reports/', import.meta.url));
const HELP = `npm run soak -- [--minutes 30] [--seed N]

mqttd with the durable store under a mix of everything: streams at each QoS, version and transport, MQTT.js, retained
messages, wills, shared subscriptions, requests, sessions that come and go, a reader that does not read, noise;
connections are cut four times a second. Every message is checked; memory must be flat.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (number >= 0) return number;
  process.stderr.write(`soak: --${name} is a number, not ${text}\n${HELP}`);
  process.exit(64);
}

function say(text: string): void {
  process.stdout.write(`soak: ${text}\n`);
}

function memory(name: string, samples: readonly Sample[], trend: Outcome['heapTrend']): string {
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);
  const last = samples.at(-1)?.value ?? 0;
  return `${name}: ${mega(trend.from)} MB after a third, ${mega(last)} MB at the end; slope ${mega(trend.perHour)} MB an hour`;
}

function report(outcome: Outcome): void {
  const width = Math.max(...outcome.did.map(([name]) => name.length));
  for (const [name, what] of outcome.did) say(`${name.padEnd(width)}  ${what}`);
  say(`${outcome.cuts} connections cut`);
  say(memory('heap', outcome.heap, outcome.heapTrend));
  say(memory('resident', outcome.resident, outcome.residentTrend));
  say(
    `event loop late by (p99 of each second): median ${outcome.delayMedian.toFixed(1)} ms, most ${outcome.delayMost.toFixed(1)} ms`,
  );
  mkdirSync(REPORTS, { recursive: true });
  const mega = (samples: readonly Sample[]): Sample[] =>
    samples.map(({ at, value }) => ({ at, value: value / 1e6 }));
  for (const [file, svg] of [
    ['heap', plot('mqttd: heap in use', 'MB', mega(outcome.heap))],
    ['resident', plot('mqttd: resident memory', 'MB', mega(outcome.resident))],
    ['delay', plot('mqttd: how late the event loop is, p99', 'ms', outcome.delay)],
  ] as const)
    writeFileSync(`${REPORTS}${file}.svg`, svg);
  say(`plots: ${REPORTS}{heap,resident,delay}.svg`);
  for (const finding of outcome.findings) say(`FOUND ${finding}`);
  if (outcome.findings.length === 0) say('nothing found');
}

if (values.help) process.stdout.write(HELP);
else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const seed = values.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', values.seed);
  const seconds = numberOf('minutes', values.minutes) * 60;
  say(`${values.minutes} minutes under seed ${seed}`);
  const progress = (at: number, findings: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${at} of ${seconds} s, ${findings} findings\x1b[K`);
  };
  const outcome = await soak({ seconds, seed, progress });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  report(outcome);
  process.exitCode = outcome.findings.length === 0 ? 0 : 1;
}

/**
 * `npm run soak -- --minutes 30`: prints what was done and found, and writes plots. Exit code 1: something was found.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Drawing, plot } from './plot.ts';
import { lowest, type Sample } from './samples.ts';
import { type Outcome, soak } from './soak.ts';
import { whenStartersGo } from './starters.ts';

const REPORTS = fileURLToPath(new URL('../.reports/', import.meta.url));
const HELP = `npm run soak -- [--minutes 30] [--seed N]

mqttd with the durable store under a mix of everything: streams at each QoS, version and transport, MQTT.js,
mosquitto_pub and mosquitto_sub, mqtt, retained messages, wills, shared subscriptions, requests, sessions that come and
go, a reader that does not read, noise; connections are cut four times a second. Every message is checked; memory must
be flat.
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

/** Of the lowest points: what a garbage collector leaves behind is what counts. */
function memory(name: string, { from, to, perHour }: Outcome['heapTrend']): string {
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return `${name}, its lowest points: ${mega(from)} MB after a third, ${mega(to)} MB at the end; slope ${mega(perHour)} MB an hour`;
}

function drawings(outcome: Outcome): (readonly [file: string, drawing: Drawing])[] {
  const mega = (samples: readonly Sample[]): Sample[] =>
    samples.map(({ at, value }) => ({ at, value: value / 1e6 }));
  const memoryDrawing = (
    title: string,
    samples: readonly Sample[],
    trend: Outcome['heapTrend'],
  ): Drawing => ({
    title,
    unit: 'MB',
    samples: mega(samples),
    line: mega(lowest(samples)),
    says: `lowest points of the last two thirds: ${(trend.perHour / 1e6).toFixed(1)} MB an hour`,
  });
  const { delay, delayMedian: value } = outcome;
  return [
    ['heap', memoryDrawing('mqttd: heap in use', outcome.heap, outcome.heapTrend)],
    ['resident', memoryDrawing('mqttd: resident memory', outcome.resident, outcome.residentTrend)],
    [
      'delay',
      {
        title: 'mqttd: how late the event loop is, p99 of each second',
        unit: 'ms',
        samples: delay,
        line: [delay[0], delay.at(-1)].flatMap((end) => (end === undefined ? [] : [{ at: end.at, value }])),
        says: `median ${value.toFixed(1)} ms, most ${outcome.delayMost.toFixed(1)} ms`,
      },
    ],
  ];
}

function report(outcome: Outcome): void {
  const width = Math.max(...outcome.did.map(([name]) => name.length));
  for (const [name, what] of outcome.did) say(`${name.padEnd(width)}  ${what}`);
  say(`${outcome.cuts} connections cut`);
  say(memory('heap', outcome.heapTrend));
  say(memory('resident', outcome.residentTrend));
  say(
    `event loop late by (p99 of each second): median ${outcome.delayMedian.toFixed(1)} ms, most ${outcome.delayMost.toFixed(1)} ms`,
  );
  mkdirSync(REPORTS, { recursive: true });
  for (const [file, drawing] of drawings(outcome)) writeFileSync(`${REPORTS}${file}.svg`, plot(drawing));
  say(`plots: ${REPORTS}{heap,resident,delay}.svg`);
  for (const finding of outcome.findings) say(`FOUND ${finding}`);
  if (outcome.findings.length === 0) say('nothing found');
}

if (values.help) process.stdout.write(HELP);
else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  whenStartersGo(() => process.exit(1));
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

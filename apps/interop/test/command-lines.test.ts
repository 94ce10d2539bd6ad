/** The same command lines with Mosquitto's programs and with `mqtt`, against Mosquitto and against mqttd: the same output. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoTools, ourTools, playRow } from '../src/command-lines/play.ts';
import { EXCHANGES, ROWS } from '../src/command-lines/table.ts';
import { startMosquitto } from '../src/peers/mosquitto.ts';
import { startMqttd } from '../src/peers/mqttd.ts';
import type { RunningBroker } from '../src/peers/peer.ts';

describe.each([
  ['Mosquitto', startMosquitto, ROWS],
  ['mqttd', startMqttd, EXCHANGES],
] as const)('against %s', (_name, startBroker, rows) => {
  let broker: RunningBroker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.stop());

  it.concurrent.each(rows.map((row, index) => [row.name, row, index] as const))(
    '%s',
    async (_row, row, index) => {
      const topic = (maker: string): string => `cl${maker}${String(index).padStart(3, '0')}`;
      const [theirs, ours] = await Promise.all([
        playRow(row, mosquittoTools(), broker.addresses, topic('m')),
        playRow(row, ourTools(), broker.addresses, topic('o')),
      ]);
      expect(ours).toEqual(theirs);
    },
  );
});

describe('the table of options in the README of mqtt', () => {
  const readme = readFileSync(new URL('../../cli/README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| .*`-/.test(line) && line.split('|').length === 6);
  const column = (at: number): string =>
    rows.map((row) => row.split('|').slice(2)[row.includes('the same') ? 0 : at] ?? '').join(' ');

  it.each([
    ['mosquitto_pub', 0],
    ['mosquitto_sub', 1],
    ['mosquitto_rr', 2],
  ] as const)('has every option of %s', (program, at) => {
    const help = spawnSync(program, ['--help'], { encoding: 'utf8' }).stdout; // its exit status is 1
    const theirs = [...help.matchAll(/^ (--?[\w-]+) :/gm)].map(([, option]) => option);
    const known = [...column(at).matchAll(/`(--?[\w-]+)`/g)].map(([, option]) => option);
    expect(theirs.length).toBeGreaterThan(30);
    expect(theirs.filter((option) => !known.includes(option))).toEqual([]);
  });
});

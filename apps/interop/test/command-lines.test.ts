/** The same command lines with Mosquitto's programs and with `mqtt`, against Mosquitto and against mqttd: the same output. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoTools, ourTools, type Played, playRow } from '../src/command-lines/play.ts';
import { EXCHANGES, ROWS } from '../src/command-lines/table.ts';
import { pool } from '../src/matrix/pool.ts';
import { startMosquitto } from '../src/peers/mosquitto.ts';
import { mqttdPath, startMqttd } from '../src/peers/mqttd.ts';
import type { RunningBroker } from '../src/peers/peer.ts';

/** Rows at a time: a row whose programs start beside those of many others takes as long as all of them. */
const AT_ONCE = 4;
/** ms for all rows, where much else runs; 15 s where nothing does. */
const LONGEST = 600_000;

describe.each([
  ['Mosquitto', startMosquitto, ROWS],
  ['mqttd', startMqttd, EXCHANGES],
] as const)('against %s', (_name, startBroker, rows) => {
  const played = new Map<number, readonly Played[] | Error>();
  beforeAll(async () => {
    const broker = await startBroker();
    await pool([...rows.entries()], { parallel: AT_ONCE }, async ([index, row]) => {
      const topic = (maker: string): string => `cl${maker}${String(index).padStart(3, '0')}`;
      const both = Promise.all([
        playRow(row, mosquittoTools(), broker.addresses, topic('m')),
        playRow(row, ourTools(), broker.addresses, topic('o')),
      ]);
      played.set(index, await both.catch((error: unknown) => new Error(String(error))));
    });
    await broker.stop();
  }, LONGEST);

  it.each(rows.map((row, index) => [row.name, index] as const))('%s', (_row, index) => {
    const both = played.get(index) ?? new Error('it was not played');
    if (both instanceof Error) throw both;
    const [theirs, ours] = both;
    expect(ours).toEqual(theirs);
  });
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

describe('against mqttd with users of SCRAM-SHA-256', () => {
  let folder: string;
  let broker: RunningBroker;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interop-scram-'));
    await writeFile(join(folder, 'passwd'), '');
    const words = ['passwd', '--hash', 'scram-sha-256', '-b', join(folder, 'passwd'), 'ada', 'correct horse'];
    expect(spawnSync(process.execPath, [mqttdPath(), ...words]).status).toBe(0);
    const listeners = 'listeners: [{ type: tcp, port: 0 }, { type: ws, port: 0 }]';
    const security = 'security: { authenticate: [{ type: password-file, file: passwd }] }';
    await writeFile(join(folder, 'mqttd.yaml'), `${listeners}\n${security}\n`);
    broker = await startMqttd([], ['-c', join(folder, 'mqttd.yaml'), '--data', ':memory:']);
  });
  afterAll(async () => {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['correct horse', 0],
    ['wrong', 3],
  ])('mqtt --auth-method proves %j: %i', (password, status) => {
    const [program = '', ...words] = ourTools().sub;
    const login = ['-L', `${broker.addresses.tcp}/t`, '-u', 'ada', '--auth-method', 'SCRAM-SHA-256', '-E'];
    const env = { ...process.env, MQTT_PASSWORD: password };
    expect(spawnSync(program, [...words, ...login], { env }).status).toBe(status);
  });
});

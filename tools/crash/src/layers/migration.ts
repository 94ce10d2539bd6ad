/**
 * Death during the migration of an older file: mqttd opens a file of format 1 and is killed, by the clock or by strace in
 * one of its writes and syncs, again and again; then it is started until it is ready. Everything must be there, for a
 * look at the file and for clients that come back.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../broker/program.ts';
import { freePort, Target } from '../broker/target.ts';
import { Client } from '../clients/client.ts';
import { Random } from '../clients/random.ts';
import { Recorder } from '../history/recorder.ts';
import { killedAtCall } from './commit-kill.ts';
import {
  contentsOf,
  copyFile,
  formatOf,
  makeOldFile,
  type OldContents,
  owedTo,
  sessionName,
} from './old-file.ts';

/** What is played. */
export interface MigrationPlay {
  readonly program: Program;
  readonly seed: number;
  /** How many files are migrated, at least one, and for how long more are begun, s. */
  readonly rounds: number;
  readonly seconds: number;
  readonly contents: OldContents;
  /** Whether strace is here. */
  readonly inCalls: boolean;
}

/** What came of it. */
export interface MigrationSum {
  files: number;
  deaths: number;
  /** Deaths after which the file had the older format, and after which it had today's. */
  older: number;
  migrated: number;
  /** ms of the shortest start that nobody killed. */
  undisturbed: number;
  readonly findings: string[];
}

/** Most deaths of one file before it may become ready. */
const DEATHS = 12;
/** Writes and syncs of a start: five that make it the owner, five of the migration, and what comes after. */
const CALLS = 12;
/** Clients that come back, of all sessions. */
const VISITORS = 5;
const PATIENCE = 60_000;

/** Plays it. @throws when mqttd does not start at all */
export async function migrations(play: MigrationPlay): Promise<MigrationSum> {
  const { program, contents, rounds, seconds } = play;
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-migration-'));
  const sum: MigrationSum = { files: 0, deaths: 0, older: 0, migrated: 0, undisturbed: 0, findings: [] };
  try {
    const old = join(folder, 'old');
    mkdirSync(old);
    await makeOldFile(old, join(folder, 'made'), contents);
    const expected = await contentsOf(old);
    const inFlight = [...expected].filter((thing) => thing.startsWith('{"table":"progress"')).length;
    if (inFlight !== contents.sessions * contents.sent) throw new Error(`${inFlight} records to migrate`);
    sum.undisturbed = await undisturbed(program, folder, old);
    const until = performance.now() + seconds * 1000;
    for (let seed = play.seed; sum.files < rounds || performance.now() < until; seed++) {
      const data = join(folder, `${seed}`, 'data');
      mkdirSync(data, { recursive: true });
      copyFile(old, data);
      const random = new Random(seed);
      const found = await migrated(play, data, random, expected, sum);
      sum.files++;
      sum.findings.push(...found.map((what) => `seed ${seed}: ${what}`));
      rmSync(join(folder, `${seed}`), { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return sum;
}

/** ms of a start that migrates and is left alone. */
async function undisturbed(program: Program, folder: string, old: string): Promise<number> {
  const data = join(folder, 'undisturbed', 'data');
  mkdirSync(data, { recursive: true });
  copyFile(old, data);
  const target = new Target(program, await freePort(), data);
  const ms = await target.start();
  await target.signal('SIGKILL');
  if (ms === undefined) throw new Error(`${program.name} does not start: ${target.tail}`);
  return ms;
}

/** Kills it while it migrates, lets it become ready, and says what is wrong then. */
async function migrated(
  { program, contents, inCalls }: MigrationPlay,
  data: string,
  random: Random,
  expected: ReadonlySet<string>,
  sum: MigrationSum,
): Promise<string[]> {
  const port = await freePort();
  let before: readonly string[] = [];
  const target = new Target(program, port, data, () => before);
  try {
    for (let death = 0; death < DEATHS && (await formatOf(data)) === 1; death++) {
      before = inCalls && !random.oneIn(3) ? killedAtCall(random.whole(1, CALLS)) : [];
      const started = target.start();
      // With strace it dies by itself, unless it makes fewer calls.
      await (before.length > 0 ? started : Promise.race([started, sleep(random.next() * sum.undisturbed)]));
      await target.signal('SIGKILL');
      sum.deaths++;
      if ((await formatOf(data)) === 1) sum.older++;
      else sum.migrated++;
    }
    before = [];
    const ms = await target.start();
    if (ms === undefined) return [`it does not start any more: ${target.tail}`];
    sum.undisturbed = Math.min(sum.undisturbed, ms);
    await target.signal('SIGKILL');
    const found = differences(expected, await contentsOf(data));
    if ((await formatOf(data)) === 1) found.push('it was ready, and its file has the older format');
    if ((await target.start()) === undefined) return [...found, `it does not start again: ${target.tail}`];
    const first = random.whole(0, contents.sessions - 1);
    for (let visitor = 0; visitor < Math.min(VISITORS, contents.sessions); visitor++)
      found.push(...(await visited(port, (first + visitor) % contents.sessions, contents)));
    return found;
  } finally {
    await target.signal('SIGKILL');
  }
}

/** What one has and the other has not, in a few words. */
export function differences(expected: ReadonlySet<string>, found: ReadonlySet<string>): string[] {
  const lost = [...expected].filter((thing) => !found.has(thing));
  const invented = [...found].filter((thing) => !expected.has(thing));
  const words = (what: string, things: readonly string[]): string[] =>
    things.length === 0 ? [] : [`${things.length} ${what}, first ${things[0]?.slice(0, 200)}`];
  return [...words('lost', lost), ...words('invented', invented)];
}

/** The client of a session comes back: what it is owed and does not get, or gets twice. */
async function visited(port: number, n: number, contents: OldContents): Promise<string[]> {
  const owed = new Set(owedTo(n, contents));
  const wrong: string[] = [];
  const recorder = new Recorder(() => performance.now());
  let hasAll = (): void => undefined;
  const all = new Promise<void>((go) => {
    hasAll = go;
  });
  const onMessage = (id: string): void => {
    if (!owed.delete(id)) wrong.push(`${id} came to ${sessionName(n)}, which it was not owed, or twice`);
    if (owed.size === 0) hasAll();
  };
  const client = new Client({ clientId: sessionName(n), version: 4, expiry: 0xffffffff }, recorder, {
    onMessage,
  });
  await client.connect(port, false);
  const late = new AbortController();
  await Promise.race([all, sleep(PATIENCE, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
  client.drop();
  await client.closed;
  if (!recorder.events.some((event) => event.is === 'connack' && event.isPresent))
    wrong.push(`the session ${sessionName(n)} was gone`);
  if (owed.size > 0) wrong.push(`${owed.size} messages did not come to ${sessionName(n)}`);
  return wrong;
}

/**
 * Plays a row of command lines with one set of programs against one broker, and says what stood on stdout and how each
 * ended, without what differs every time: the topic of the row, the time.
 */

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { within } from '../peers/deadline.ts';
import { HOW_TO_INSTALL } from '../peers/mosquitto.ts';
import type { Addresses } from '../peers/peer.ts';
import { findProgram } from '../peers/program.ts';
import type { Pub, Row } from './table.ts';

/** Programs of one maker. */
export interface Tools {
  readonly name: string;
  readonly pub: readonly string[];
  readonly sub: readonly string[];
  readonly ask: readonly string[];
  /** Asks the subscriber to tell when it has subscribed. */
  readonly talk: readonly string[];
  readonly subscribed: RegExp;
  /** What it tells on stdout, which is no message. */
  readonly chatter: RegExp;
}

/** What a row came to. */
export interface Played {
  readonly out: string;
  /** `0`, `27`, or `error` for any other status: both document their own. */
  readonly endings: readonly string[];
}

/** The built `mqtt`. @throws {Error} when it is not built */
function mqttPath(): string {
  const manifest = createRequire(import.meta.url).resolve('@mqtt/cli/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqtt: string } };
  const path = join(dirname(manifest), bin.mqtt);
  if (!existsSync(path)) throw new Error(`mqtt is not built (${path}): npm run build`);
  return path;
}

/** Mosquitto's programs. Into a pipe they write only when a buffer is full; stdbuf makes them write lines. */
export function mosquittoTools(): Tools {
  const stdbuf = findProgram('stdbuf', 'it is part of GNU coreutils');
  return {
    name: 'mosquitto_pub, mosquitto_sub, mosquitto_rr',
    pub: [findProgram('mosquitto_pub', HOW_TO_INSTALL)],
    sub: [stdbuf, '-oL', findProgram('mosquitto_sub', HOW_TO_INSTALL)],
    ask: [stdbuf, '-oL', findProgram('mosquitto_rr', HOW_TO_INSTALL)],
    talk: ['-d'],
    subscribed: /Subscribed \(mid: \d+\)|received SUBACK/,
    chatter: /^(Client \S+ (sending|received) .*|Subscribed \(mid: .*|All subscription requests.*)\n/gm,
  };
}

/** Ours. */
export function ourTools(): Tools {
  const program = [process.execPath, mqttPath()];
  return {
    name: 'mqtt pub, mqtt sub, mqtt request',
    pub: [...program, 'pub'],
    sub: [...program, 'sub'],
    ask: [...program, 'request'],
    talk: ['-d'],
    subscribed: /mqtt: subscribed /,
    chatter: /(?!)/g,
  };
}

/** ms that a program may take to start, or to end once it has what it waits for. */
const LONGEST = 30_000;

interface Ending {
  readonly code: number | null;
  readonly out: string;
}

interface Command {
  /** Resolves when it has ended, which it must do soon: nothing that it waits for is still to come. */
  readonly ends: () => Promise<Ending>;
  readonly shows: (wanted: RegExp) => Promise<void>;
}

function start(words: readonly string[], stdin = ''): Command {
  const [path = '', ...args] = words;
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let all = '';
  const watchers: (() => void)[] = [];
  const take = (chunk: Buffer, isOut: boolean): void => {
    const text = chunk.toString('utf8');
    all += text;
    if (isOut) out += text;
    for (const watch of watchers) watch();
  };
  child.stdout.on('data', (chunk: Buffer) => take(chunk, true));
  child.stderr.on('data', (chunk: Buffer) => take(chunk, false));
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
  const shows = (wanted: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (wanted.test(all)) resolve();
      };
      watchers.push(watch);
      watch();
      ended.then(
        () => resolve(),
        () => resolve(),
      );
    });
  const ends = async (): Promise<Ending> => {
    try {
      return await within(ended, words.join(' '), { patience: LONGEST, detail: () => `\n${all}` });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  };
  return { ends, shows };
}

function ending(code: number | null): string {
  return code === 0 || code === 27 ? String(code) : 'error';
}

/** Times and topics are of this run only. */
function masked(out: string, topic: string): string {
  return out
    .replaceAll(topic, '{t}')
    .replace(/"tst":(\s*)"[^"]*"/g, '"tst":$1"(time)"')
    .replace(/"mid":\d+,/g, '') // a packet id is the client's own business
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}/g, '(time)')
    .replace(/\d{10}\.\d{9}/g, '(time)');
}

/** Plays one row. `topic` is its own, and has the same length in every play, because widths are counted. */
export async function playRow(row: Row, tools: Tools, at: Addresses, topic: string): Promise<Played> {
  const { hostname, port } = new URL(at.tcp);
  const own = (words: readonly string[]): string[] => words.map((word) => word.replaceAll('{t}', topic));
  const server = ['-h', hostname, '-p', port];
  const endings: string[] = [];
  const publish = async ({ args, stdin }: Pub): Promise<void> => {
    const { code } = await start([...tools.pub, ...server, ...own(args)], stdin).ends();
    endings.push(`pub ${ending(code)}`);
  };
  for (const pub of row.before ?? []) await publish(pub);
  const [words, program] = row.ask === undefined ? [row.sub, tools.sub] : [row.ask, tools.ask];
  if (words === undefined) return { out: '', endings };
  const { later = [] } = row;
  const talk = later.length > 0 ? tools.talk : [];
  const sub = start([...program, ...server, ...talk, ...own(words)]);
  if (later.length > 0) await sub.shows(tools.subscribed);
  for (const pub of later) await publish(pub);
  const { code, out } = await sub.ends();
  endings.push(`sub ${ending(code)}`);
  const lines = masked(out.replace(tools.chatter, ''), topic);
  return { out: row.anyOrder === true ? lines.split('\n').sort().join('\n') : lines, endings };
}

/** One client under one load against a broker that runs: its processes from start to end, and what they measured. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Running } from '../broker/program.ts';
import { cpuMicroseconds } from '../broker/usage.ts';
import type { Load } from './loads.ts';

/** Who is measured. */
export type Contestant = 'ours' | 'theirs' | 'bare';

/** What one measurement gave; what a load does not measure is not there. */
export interface Result {
  readonly perSecond?: number;
  /** Microseconds of CPU for each message. */
  readonly cpuEach?: number;
  /** System calls for each message; NaN where nobody counts them. */
  readonly readsEach?: number;
  readonly writesEach?: number;
  /** Bytes. */
  readonly heapGrown?: number;
  readonly firstMs?: number;
  /** What the server used of one processor meanwhile; 1 is all of it: then the server is the limit. */
  readonly serverBusy?: number;
}

/** Messages of a load that are open at once at most. */
const WINDOW = 256;
/** ms until V8 has compiled what a load needs, and a flood has its speed: seconds before, for both. */
const WARM = 2000;
/** A process that has not answered by then hangs. */
const PATIENCE = 120_000;

const CONTESTANT = fileURLToPath(new URL('./contestant.mjs', import.meta.url));
const FLOOD = fileURLToPath(new URL('./flood.mjs', import.meta.url));

let topics = 0;

/** Plays one round. @throws Error when a process failed or hung */
export async function round(
  contestant: Contestant,
  load: Load,
  server: Running,
  seconds: number,
  messages: number,
): Promise<Result> {
  const words = JSON.stringify({
    ...load,
    port: server.port,
    seconds,
    messages,
    window: WINDOW,
    warm: WARM,
    topic: `source/${load.bytes}/${topics++}`,
  });
  const child = start(CONTESTANT, [contestant, words]);
  const busy = meter(child, server.pid);
  let flood: ChildProcess | undefined;
  try {
    if (load.receives) {
      await answer(child);
      if (server.name !== 'peer') {
        flood = start(FLOOD, [words]);
        await answer(flood);
      }
      await sleep(WARM);
      child.send({ go: true });
    }
    const { result } = await answer(child);
    if (result === undefined) throw new Error(`${contestant} gave no result of ${load.name}`);
    return { ...result, serverBusy: busy() };
  } finally {
    for (const one of [child, flood]) one?.kill('SIGKILL');
  }
}

function start(script: string, words: readonly string[]): ChildProcess {
  const child = fork(script, words, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

/** The share of a processor that `pid` used between the child's two marks. */
function meter(child: ChildProcess, pid: number): () => number {
  const marks: (readonly [ms: number, us: number])[] = [];
  child.on('message', (message: { mark?: string }) => {
    if (message.mark !== undefined) marks.push([performance.now(), cpuMicroseconds(pid)]);
  });
  return () => {
    const [[began, before] = [0, 0], [ended, after] = [Number.NaN, 0]] = marks;
    return (after - before) / 1000 / (ended - began);
  };
}

/** What a child says next that is no mark. */
async function answer(child: ChildProcess): Promise<{ readonly result?: Result }> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    return await Promise.race([
      said(child, signal),
      once(child, 'exit', { signal }).then(([code]) =>
        Promise.reject(new Error(`a process ended with ${code}`)),
      ),
      sleep(PATIENCE, undefined, { signal }).then(() => Promise.reject(new Error('a process hangs'))),
    ]);
  } finally {
    controller.abort();
  }
}

function said(child: ChildProcess, signal: AbortSignal): Promise<{ readonly result?: Result }> {
  return new Promise((resolve) => {
    const listener = (message: { mark?: string; result?: Result }): void => {
      if (message.mark === undefined) resolve(message);
    };
    child.on('message', listener);
    signal.addEventListener('abort', () => child.off('message', listener), { once: true });
  });
}

/**
 * How long the built mqttd takes, from its exec, until it serves the clients of a large store: its ready line, `/readyz`,
 * the first kept message of a client that comes back; with how much memory; and what a terminal shows meanwhile.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../broker/free-port.ts';
import { cpuMicroseconds, peakKilobytes } from '../broker/usage.ts';
import { CONNACK, connect, Incoming, PUBLISH } from '../broker/wire.ts';

/** What a start took, ms from exec. */
export interface StartReport {
  /** The ready line. */
  readonly ready: number;
  /** `/readyz` said 200. */
  readonly readyz: number;
  /** A client that came back at the ready line has the first message that was kept for it. */
  readonly message: number;
  /** ms of processor until then, all threads. */
  readonly processor: number;
  /** ms in which its main thread could have run and other work had the processor: none on a quiet machine. */
  readonly waited: number;
  /** MiB at most, mapped file included; MiB of it that are the process's own when it is ready. */
  readonly peak: number;
  readonly own: number;
  /** What stood on the terminal, state after state; empty without one. */
  readonly shown: readonly string[];
}

const PROGRAM = fileURLToPath(import.meta.resolve('mqttd/dist/mqttd.js'));
const READY = /mqttd ready [^\n]*\n/;
const POLL_MS = 50;
const LONGEST_MS = 300_000;
const READ_BYTES = 64 * 1024;
const MEBIBYTE = 2 ** 20;

/** Whether `script`, which gives a program a terminal, is here as util-linux has it. */
export function hasTerminal(): boolean {
  return spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
}

/** Starts mqttd with the store in `path`, as an installation would; on a terminal or not. */
export async function startDaemon(path: string, onTerminal: boolean): Promise<StartReport> {
  const [port, admin] = [await freePort(), await freePort()];
  const [file, pidFile] = [`${path}.json`, `${path}.pid`];
  const listeners = [{ type: 'tcp', port }];
  writeFileSync(
    file,
    JSON.stringify({ listeners, admin: { port: admin }, pidFile, persistence: { data: path } }),
  );
  const words = [process.execPath, PROGRAM, '-c', file];
  const begin = performance.now();
  const since = (): number => performance.now() - begin;
  const child = onTerminal
    ? spawn('script', ['-qec', `exec ${words.map((word) => `'${word}'`).join(' ')}`, '/dev/null'])
    : spawn(process.execPath, words.slice(1));
  const end = (): void => kill(child);
  process.once('exit', end);
  try {
    const answered = untilReadyz(admin, child).then(since);
    const said = await untilSaid(child);
    const ready = since();
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const waited = waitedMilliseconds(pid);
    await firstMessage(port, 'sensor-0');
    const message = since();
    const [processor, peak, own] = [
      cpuMicroseconds(pid) / 1000,
      peakKilobytes(pid) / 1024,
      ownMebibytes(pid),
    ];
    const readyz = await answered;
    process.kill(pid, 'SIGTERM');
    await once(child, 'exit');
    return { ready, readyz, message, processor, waited, peak, own, shown: onTerminal ? statesOf(said) : [] };
  } finally {
    process.off('exit', end);
    end();
    for (const left of [file, pidFile]) rmSync(left, { force: true });
  }
}

/** Ends a program that is not to go on, and the one that it gave a terminal: that would take the hang-up for a reload. */
function kill({ pid, exitCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  let children: string[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    // It is gone, or this is not Linux.
  }
  for (const one of [...children.map(Number), pid]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }
}

/** All that it said until its ready line. @throws when it ends before */
async function untilSaid(child: ChildProcess): Promise<string> {
  let said = '';
  const timer = setTimeout(() => kill(child), LONGEST_MS);
  try {
    await new Promise<void>((ready, fail) => {
      const heard = (chunk: unknown): void => {
        said += String(chunk);
        if (READY.test(said)) ready();
      };
      child.stdout?.on('data', heard);
      child.stderr?.on('data', heard);
      child.once('error', fail);
      child.once('exit', () => fail(new Error(`mqttd ended before it was ready: ${said.slice(-2000)}`)));
    });
  } finally {
    clearTimeout(timer);
  }
  return said;
}

async function untilReadyz(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(POLL_MS);
  }
}

/** A client of 3.1.1 comes back to its session; resolves with the first message of it. @throws when there is none */
function firstMessage(port: number, clientId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = dial({ host: '127.0.0.1', port });
    const incoming = new Incoming(READ_BYTES, {
      packet: (bytes, at, body) => {
        const first = bytes[at] ?? 0;
        if (first === CONNACK && bytes[body] !== 1) reject(new Error(`the session ${clientId} is gone`));
        if ((first & 0xf0) !== PUBLISH) return;
        socket.destroy();
        resolve();
      },
    });
    socket.on('connect', () => socket.write(connect(clientId, 4, true)));
    socket.on('data', (chunk) => incoming.take(chunk));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the session ${clientId} has no message`)));
  });
}

/** What the scheduler counted for the main thread; 0 where it does not tell. */
function waitedMilliseconds(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

function ownMebibytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/^RssAnon:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024) / MEBIBYTE;
  } catch {
    return Number.NaN;
  }
}

/** What was written over itself, and lines, in the order in which they stood there. */
function statesOf(said: string): string[] {
  return said.split(/[\r\n]+/).filter((state) => state.trim() !== '');
}

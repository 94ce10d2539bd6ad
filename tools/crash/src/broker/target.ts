/**
 * The broker as a process: started on a port and a folder, killed, stopped, started again on the same. Knows nothing of
 * what clients do meanwhile.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

const LINES = 30;
/**
 * Ports that no outgoing connection is given by the system: a client that waits for the broker would take its place. Below
 * them apps/interop takes its own.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;

/** A broker that comes and goes. */
export class Target {
  readonly port: number;
  readonly #program: Program;
  readonly #data: string;
  /** Words before the program's own at the nth start, e.g. those of strace. */
  readonly #before: (start: number) => readonly string[];
  #starts = 0;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #exited: Promise<number | undefined> = Promise.resolve(undefined);

  constructor(
    program: Program,
    port: number,
    data: string,
    before: (start: number) => readonly string[] = () => [],
  ) {
    this.port = port;
    this.#program = program;
    this.#data = data;
    this.#before = before;
  }

  /** What it printed last. */
  get tail(): string {
    return this.#lines.join('\n');
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves with the exit code when the process is gone; undefined when a signal ended it. */
  get exited(): Promise<number | undefined> {
    return this.#exited;
  }

  /** Starts it; resolves with the ms until it took connections, or undefined when it ended before. */
  async start(): Promise<number | undefined> {
    mkdirSync(this.#data, { recursive: true });
    const begin = performance.now();
    const [program = '', ...args] = [
      ...this.#before(this.#starts++),
      ...this.#program.words(this.port, this.#data),
    ];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    let isGone = false;
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const gone = (code: number | null): void => {
        isGone = true;
        process.off('exit', kill);
        resolve(code ?? undefined);
      };
      child.once('exit', gone);
      child.once('error', (error) => {
        this.#heard(String(error));
        gone(null);
      });
    });
    child.stdout.on('data', (chunk) => this.#heard(String(chunk)));
    child.stderr.on('data', (chunk) => this.#heard(String(chunk)));
    while (!isGone) {
      if (await answers(this.port)) return performance.now() - begin;
      await sleep(5);
    }
    return undefined;
  }

  /** Sends a signal and, for those that end it, waits until it has. */
  async signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    this.#child?.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await this.#exited;
  }

  #heard(text: string): void {
    this.#lines.push(text.trimEnd());
    if (this.#lines.length > LINES) this.#lines.shift();
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A port that is free now and that no outgoing connection will be given. No seed: two runs of one must not meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

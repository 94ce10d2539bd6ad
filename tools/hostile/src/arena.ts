/**
 * A running mqttd with one configuration: its ports by the names of its listeners, its log, its memory, a witness who
 * must be served whatever happens. Answers: is the broker still well? Knows no cases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { ConnectionOptions } from 'node:tls';
import { packet, publish, subscribe, u16 } from './bytes.ts';
import { endWithCase } from './deadline.ts';
import { Folder, program, type Setup } from './folder.ts';
import { Peer } from './peer.ts';

/** What mqttd logs when something inside it threw. */
const FAULT = 'a fault inside the broker';
/** Lines kept of the log. */
const LINES = 20_000;

/** A running mqttd. */
export class Arena {
  readonly child: ChildProcess;
  readonly folder: Folder;
  readonly #setup: Setup;
  readonly #lines: string[] = [];
  #written = 0;
  #ports: readonly number[] = [];
  #witness: Peer | undefined;
  #round = 0;
  #isOver = false;
  /** The one check at a time: the witness has one connection. */
  #checking: Promise<unknown> = Promise.resolve();
  readonly #waiting = new Set<() => void>();
  /** Resident bytes when it was ready. */
  base = 0;

  private constructor(setup: Setup, folder: Folder) {
    this.#setup = setup;
    this.folder = folder;
    const { flags = [], isStored = false, before = (words) => words } = setup;
    const data = isStored ? folder.data : ':memory:';
    const [word = '', ...words] = before([
      process.execPath,
      ...flags,
      program(),
      '-c',
      folder.configuration,
      '--data',
      data,
    ]);
    const env = { ...process.env, MQTTD_CONFIG: '' };
    const child = spawn(word, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child = child;
    endWithCase(child);
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => {
      process.off('exit', kill);
      this.#isOver = true;
      this.#wake();
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#written++;
      this.#lines.push(line);
      if (this.#lines.length > LINES) this.#lines.shift();
      this.#wake();
    });
  }

  /** Starts mqttd and its witness; `folder`: of one that ran before. @throws {Error} when it does not start */
  static async start(setup: Setup, folder: Folder = new Folder(setup)): Promise<Arena> {
    const arena = new Arena(setup, folder);
    const { child } = arena;
    const urls = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`mqttd ended with ${code}: ${arena.log.join('\n')}`)));
      if (child.stdout === null) return reject(new Error('mqttd has no stdout'));
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('mqttd ready ')) resolve(line);
      });
    });
    arena.#ports = [...urls.matchAll(/:(\d+)(?=[\s/]|$)/g)].map(([, port]) => Number(port));
    const witness = arena.open();
    const connack = await arena.#greet(witness);
    if (connack !== 'CONNACK 0x00') throw new Error(`the witness was not let in: ${connack}`);
    witness.send(subscribe('witness/of/all', { version: 4, options: 1, id: 9 }));
    await witness.next();
    arena.#witness = witness;
    await arena.check();
    arena.base = arena.rss;
    return arena;
  }

  #greet(witness: Peer): Promise<string> {
    return witness.hello({ version: 4, id: 'an-honest-witness', ...this.#setup.witness });
  }

  /** The port of the listener of this name. */
  port(listener = 'tcp'): number {
    return this.#ports[this.#setup.listeners.indexOf(listener)] ?? 0;
  }

  /** A bare connection. */
  open(listener = 'tcp', tls?: ConnectionOptions): Peer {
    return new Peer(this.port(listener), tls);
  }

  /** The lines of its log that are still kept. */
  get log(): readonly string[] {
    return this.#lines;
  }

  /** How many lines it logged. */
  get lines(): number {
    return this.#written;
  }

  /** A line of the log that holds all of `texts`, when it has come; empty when mqttd has ended. */
  async logged(...texts: readonly string[]): Promise<string> {
    const found = (): string | undefined =>
      this.#lines.find((line) => texts.every((text) => line.includes(text)));
    while (found() === undefined && !this.#isOver) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
    return found() ?? '';
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resident memory in bytes; 0 where the system does not say. */
  get rss(): number {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  /** A message of the witness to itself at QoS 1. @throws {Error} when the broker is not well */
  check(): Promise<void> {
    const turn = this.#checking.then(() => this.#check());
    this.#checking = turn.catch(() => undefined);
    return turn;
  }

  async #check(): Promise<void> {
    const fault = this.#lines.find((line) => line.includes(FAULT));
    if (fault !== undefined) throw new Error(`mqttd logged: ${fault.slice(0, 2000)}`);
    const witness = this.#witness;
    if (witness === undefined) throw new Error('there is no witness');
    const round = String(++this.#round);
    const id = (this.#round % 60_000) + 1;
    witness.send(publish('witness/of/all', { version: 4, qos: 1, id, payload: round }));
    const wanted = new Set([`PUBACK ${id}`, `PUBLISH witness/of/all ${round} q1`]);
    while (wanted.size > 0) {
      const words = await witness.next();
      if (words === 'closed') throw new Error(`the witness was cut: ${this.#lines.slice(-5).join('\n')}`);
      wanted.delete(words);
    }
    witness.send(packet(0x40, u16(this.#round % 65_535 || 65_535)));
  }

  /** SIGHUP, and the line that says what came of it. */
  async reload(): Promise<string> {
    const before = this.#lines.length;
    this.child.kill('SIGHUP');
    for (;;) {
      const line = this.#lines.slice(before).find((one) => /reload/i.test(one));
      if (line !== undefined || this.#isOver) return line ?? '';
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** Ends it, in order or not, and keeps its folder; the exit code. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    this.#witness?.cut();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = this.ended;
    this.child.kill(signal);
    return await ended;
  }

  /** When it has ended by itself: its exit code. */
  get ended(): Promise<number | null> {
    if (this.#isOver) return Promise.resolve(this.child.exitCode);
    return new Promise((resolve) => this.child.once('exit', (exit) => resolve(exit)));
  }

  /** Ends it in order and removes its folder; the exit code. */
  async stop(): Promise<number | null> {
    const exit = await this.end();
    this.folder.remove();
    return exit;
  }
}

/** Runs `play` on an mqttd of its own. @throws what `play` throws, and when mqttd is not well afterwards */
export async function withArena(setup: Setup, play: (arena: Arena) => Promise<void>): Promise<void> {
  const arena = await Arena.start(setup);
  try {
    await play(arena);
    await arena.check();
  } finally {
    await arena.stop();
  }
}

/** How a program ended that was not to start. */
export interface Refused {
  readonly code: number | null;
  readonly said: string;
}

/** Starts mqttd with a configuration, or in a folder with data, that it must refuse. */
export async function startRefused(setup: Pick<Setup, 'yaml' | 'files'>, kept?: Folder): Promise<Refused> {
  const folder = kept ?? new Folder(setup);
  const data = kept === undefined ? ':memory:' : kept.data;
  const child = spawn(process.execPath, [program(), '-c', folder.configuration, '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithCase(child);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('mqttd ready')) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exit = await new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  if (kept === undefined) folder.remove();
  return { code: exit, said };
}

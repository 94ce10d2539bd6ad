/**
 * A running mqttd with one configuration: its ports by the names of its listeners, its log, its memory, a witness who
 * must be served whatever happens. Answers: is the broker still well? Knows no cases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { ConnectionOptions } from 'node:tls';
import { packet, publish, subscribe, u16 } from './bytes.ts';
import { Peer } from './peer.ts';

/** What mqttd logs when something inside it threw. */
const FAULT = 'a fault inside the broker';
/** Lines kept of the log. */
const LINES = 20_000;

/** The built program. @throws {Error} when it is not built */
export function program(): string {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return path;
}

/** What mqttd is started with. */
export interface Setup {
  /** Names of the listeners, in the order of the configuration. */
  readonly listeners: readonly string[];
  /** The configuration; `@name` is the path of a file of `files`. */
  readonly yaml: string;
  /** Name -> content of the files that the configuration names. */
  readonly files?: Readonly<Record<string, string>>;
  /** With what the witness comes in; default: as nobody. */
  readonly witness?: { readonly username: string; readonly password: string };
  /** Descriptors it may open. */
  readonly descriptors?: number;
}

/** A folder with a configuration and the files it names. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'mqttd-hostile-'));

  constructor({ yaml, files = {} }: Pick<Setup, 'yaml' | 'files'>) {
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    this.write(
      'mqttd.yaml',
      yaml.replace(/@(\w[\w.-]*)/g, (_, name: string) => join(this.path, name)),
    );
  }

  get configuration(): string {
    return join(this.path, 'mqttd.yaml');
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.path, name), content, { mode: 0o600 });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

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

  private constructor(setup: Setup) {
    this.#setup = setup;
    this.folder = new Folder(setup);
    const args = [program(), '-c', this.folder.configuration, '--data', ':memory:'];
    const env = { ...process.env, MQTTD_CONFIG: '' };
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const { descriptors } = setup;
    const child =
      descriptors === undefined
        ? spawn(process.execPath, args, { stdio, env })
        : spawn('sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...args], {
            stdio,
            env,
          });
    this.child = child;
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

  /** Starts mqttd and its witness. @throws {Error} when it does not start */
  static async start(setup: Setup): Promise<Arena> {
    const arena = new Arena(setup);
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

  /** Ends it in order; the exit code. */
  async stop(): Promise<number | null> {
    this.#witness?.cut();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', (exit) => resolve(exit)));
    this.child.kill('SIGTERM');
    const exit = await ended;
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

/** Starts mqttd with a configuration that it must refuse. */
export async function startRefused(setup: Pick<Setup, 'yaml' | 'files'>): Promise<Refused> {
  const folder = new Folder(setup);
  const child = spawn(process.execPath, [program(), '-c', folder.configuration, '--data', ':memory:'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('mqttd ready')) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const exit = await new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  folder.remove();
  return { code: exit, said };
}

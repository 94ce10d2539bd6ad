/**
 * The broker under attack, as a process: where it listens, whether it lives, what it says of itself, how much memory it
 * has. Knows nothing of attacks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const READY = /^mqttd ready mqtt:\/\/\S+:(\d+) ws:\/\/\S+:(\d+)\S*$/;
/** ms within which the end of a process is known after its sockets broke. */
const A_MOMENT = 2000;
/** Lines kept for a report. */
const LINES = 40;
/** What mqttd logs when something inside it threw. */
const FAULT = 'a fault inside the broker';

/** A running broker. */
export class Target {
  readonly tcp: number;
  readonly ws: number;
  readonly #child: ChildProcess;
  readonly #lines: string[];
  #isStopping = false;
  /** Why it must be called broken; undefined while it is not. */
  broken: string | undefined;

  private constructor(child: ChildProcess, tcp: number, ws: number, lines: string[]) {
    this.#child = child;
    this.tcp = tcp;
    this.ws = ws;
    this.#lines = lines;
    child.on('exit', (code, signal) => {
      if (!this.#isStopping) this.broken = `the broker ended with ${signal ?? code}`;
    });
  }

  /** Starts a program that prints mqttd's ready line. @throws when it does not */
  static async start(words: readonly string[]): Promise<Target> {
    const [program = '', ...args] = words;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    let target: Target | undefined;
    const heard = (line: string): void => {
      lines.push(line);
      if (lines.length > LINES) lines.shift();
      if (target !== undefined && line.includes(FAULT))
        target.broken ??= `the broker logged: ${line.slice(0, 2000)}`;
    };
    createInterface({ input: child.stderr }).on('line', heard);
    const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) =>
        reject(new Error(`it ended with ${code} before it was ready: ${lines.join('\n')}`)),
      );
      createInterface({ input: child.stdout }).on('line', (line) => {
        const match = READY.exec(line);
        if (match !== null) resolve(match);
      });
    });
    target = new Target(child, Number(ready[1]), Number(ready[2]), lines);
    return target;
  }

  /** Why the witness failed: that the broker ended, if it did, is said a moment after its sockets broke. */
  async reason(error: unknown): Promise<string> {
    const text = error instanceof Error ? error.message : String(error);
    if (this.broken !== undefined) return this.broken;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    await Promise.race([ended, pause(A_MOMENT)]);
    return this.broken ?? text;
  }

  /** What it printed last. */
  get tail(): string {
    return this.#lines.join('\n');
  }

  /** Resident memory in bytes; 0 where the system does not say. */
  get rss(): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  /** Asks it to end, as a service manager does; returns why that was not in order. */
  async stop(): Promise<string | undefined> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.broken;
    this.#isStopping = true;
    const ended = new Promise<string | undefined>((resolve) => {
      const late = setTimeout(() => {
        this.#child.kill('SIGKILL');
        resolve('the broker did not end within 15 s of SIGTERM');
      }, 15_000);
      this.#child.once('exit', (code) => {
        clearTimeout(late);
        resolve(code === 0 ? undefined : `SIGTERM ended the broker with ${code}, not 0`);
      });
    });
    this.#child.kill('SIGTERM');
    return await ended;
  }
}

/** The words that start the built mqttd on free ports. @throws when it is not built */
export function mqttd(): readonly string[] {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return [process.execPath, path, '-p', '0', '--data', ':memory:'];
}

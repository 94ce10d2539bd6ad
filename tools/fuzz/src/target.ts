/**
 * The broker under attack, as a process: where it listens, whether it lives, what it says of itself, how much memory it
 * has. Knows nothing of attacks.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** TCP, WebSocket, and a door behind a proxy: without one, TCP stands for it. */
const READY = /^mqttd ready mqtt:\/\/\S+:(\d+) ws:\/\/\S+:(\d+)\/\S*(?: mqtt:\/\/\S+:(\d+))?$/;
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
  readonly proxy: number;
  readonly #child: ChildProcess;
  readonly #lines: string[];
  #isStopping = false;
  /** Why it must be called broken; undefined while it is not. */
  broken: string | undefined;

  private constructor(child: ChildProcess, [tcp, ws, proxy]: readonly number[], lines: string[]) {
    this.#child = child;
    this.tcp = tcp ?? 0;
    this.ws = ws ?? 0;
    this.proxy = proxy ?? this.tcp;
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
    const ports = ready.slice(1).flatMap((port) => (port === undefined ? [] : [Number(port)]));
    target = new Target(child, ports, lines);
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

/** SCRAM for a user that nobody has the password of, so that exchanges go as far as they can. */
const USERS = `fuzz:$scram-sha-256$4096$${'A'.repeat(22)}==$${'A'.repeat(43)}=$${'B'.repeat(42)}A=\n`;
const YAML = `
listeners:
  - { type: tcp, port: 0, security: { anonymous: true, authenticate: [{ type: password-file, file: "@users" }] } }
  - { type: ws, port: 0 }
  - { type: tcp, port: 0, proxyProtocol: { from: ["127.0.0.1"] } }
limits: { connectTimeout: 3000 }
`;

/** A folder with a configuration that opens every door; whoever asks for it removes it. */
export function configured(): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'mqttd-fuzz-'));
  const [file, users] = [join(folder, 'mqttd.yaml'), join(folder, 'users')];
  writeFileSync(users, USERS, { mode: 0o600 });
  writeFileSync(file, YAML.replace('@users', users));
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The words that start the built mqttd with a configuration. @throws when it is not built */
export function mqttd(configuration: string): readonly string[] {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return [process.execPath, path, '-c', configuration, '--data', ':memory:'];
}

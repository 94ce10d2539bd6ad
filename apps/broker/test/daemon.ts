/**
 * mqttd as its users start it: the built program in a process of its own, its output by the line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const PROGRAM: string = fileURLToPath(new URL('../dist/mqttd.js', import.meta.url));

/** The version in package.json. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** How it ended, and all it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A running mqttd. */
export class Daemon {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';
  /** What of stderr is in `#log`. */
  #read = 0;
  readonly #log: LogLine[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    // No configuration of this machine has a say in a test, and nothing is kept in its folders.
    const state = mkdtempSync(join(tmpdir(), 'mqttd-state-'));
    const none = { MQTTD_CONFIG: '', STATE_DIRECTORY: '', XDG_STATE_HOME: state };
    const env = { ...process.env, ...none, ...environment };
    const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        rmSync(state, { recursive: true, force: true });
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
        this.#wake();
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The whole lines of the log so far. @throws SyntaxError when one is no JSON */
  get log(): readonly LogLine[] {
    const end = this.#stderr.lastIndexOf('\n');
    if (end >= this.#read) {
      const lines = this.#stderr.slice(this.#read, end).split('\n');
      this.#read = end + 1;
      this.#log.push(...lines.map((line) => JSON.parse(line) as LogLine));
    }
    return this.#log;
  }

  /** What the ready line says, when it has come. @throws when the program ends before */
  async ready(): Promise<{ readonly mqtt: string; readonly ws: string | undefined }> {
    await this.until(() => this.#stdout.includes('\n') || this.child.exitCode !== null);
    const match = /^mqttd ready (mqtt:\/\/\S+)(?: (ws:\/\/\S+))?\n$/.exec(this.#stdout);
    if (match?.[1] === undefined) throw new Error(`no ready line: ${this.#stdout}${this.#stderr}`);
    return { mqtt: match[1], ws: match[2] };
  }

  /** The first line of the log for which `isIt`, when it has come. */
  async logged(isIt: (line: LogLine) => boolean): Promise<LogLine> {
    await this.until(() => this.log.some(isIt));
    const line = this.log.find(isIt);
    if (line === undefined) throw new Error('the line is gone');
    return line;
  }

  /** Asked again whenever something was said, until it is so. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

const daemons: Daemon[] = [];

/** Starts mqttd with these words. */
export function mqttd(...args: readonly string[]): Daemon {
  const daemon = new Daemon(args);
  daemons.push(daemon);
  return daemon;
}

/** Starts mqttd with these words and variables. */
export function mqttdWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Daemon {
  const daemon = new Daemon(args, environment);
  daemons.push(daemon);
  return daemon;
}

/** Runs mqttd to its own end. */
export function run(...args: readonly string[]): Promise<Ended> {
  return mqttd(...args).ended;
}

/** Kills what a failed test left running. */
export async function killAll(): Promise<void> {
  await Promise.all(daemons.splice(0).map((daemon) => daemon.end('SIGKILL')));
}

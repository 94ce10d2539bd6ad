/**
 * Another program as a child process: where it is, what it prints line by line, how it ends.
 * No program outlives this one. Knows nothing of MQTT.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { within } from './deadline.ts';
import { type Ending, type Start, type Started, startHere } from './started.ts';

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];
/** Characters of a line that are kept. */
const LONGEST_KEPT = 2000;
const running = new Set<Started>();
let start: Start = startHere;

process.on('exit', killPrograms);

/** Ends every program that still runs, without waiting; where this process itself may be ended without `exit`. */
export function killPrograms(): void {
  for (const started of running) started.kill('SIGKILL');
}

/** Has programs started so from now on. @returns how it was done before */
export function startProgramsBy(other: Start): Start {
  const before = start;
  start = other;
  return before;
}

/** The path of an installed program; `first` are folders that go before PATH. @throws {Error} that says how to install it */
export function findProgram(name: string, howToInstall: string, first: readonly string[] = []): string {
  const folders = [...first, ...(process.env.PATH ?? '').split(delimiter), ...FOLDERS];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: ${howToInstall}`);
  return found;
}

/** A running program, its output by the line. */
export class Program {
  readonly ended: Promise<Ending>;
  readonly #started: Started;
  readonly #name: string;
  readonly #seen: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();

  /** @param onLine called for every line of stdout and stderr, from the first on */
  constructor(path: string, args: readonly string[], onLine?: (line: string) => void) {
    this.#name = path.split('/').at(-1) ?? path;
    if (onLine !== undefined) this.#watchers.add(onLine);
    const started = start(path, args, (output) => {
      createInterface({ input: output, crlfDelay: 0 }).on('line', (line) => this.#line(line));
    });
    this.#started = started;
    running.add(started);
    this.ended = started.ended.finally(() => running.delete(started));
    this.ended.catch(() => undefined);
  }

  /** Process id, from its first line on. */
  get pid(): number | undefined {
    return this.#started.pid;
  }

  /** The last lines it printed, for messages of errors. */
  get tail(): string {
    return this.#seen
      .slice(-20)
      .map((line) => `\n  ${this.#name}: ${line.slice(0, 300)}`)
      .join('');
  }

  /**
   * The first line, printed already or to come, that `pattern` matches.
   * @throws {Error} when it ends before, or does not print it within `patience` ms
   */
  line(pattern: RegExp, patience?: number): Promise<string> {
    const printed = this.#seen.find((line) => pattern.test(line));
    return printed === undefined ? this.nextLine(pattern, patience) : Promise.resolve(printed);
  }

  /** The first line to come that `pattern` matches. @throws {Error} as `line` does */
  nextLine(pattern: RegExp, patience?: number): Promise<string> {
    const printing = new Promise<string>((resolve, reject) => {
      const watch = (line: string): void => {
        if (!pattern.test(line)) return;
        this.#watchers.delete(watch);
        resolve(line);
      };
      this.#watchers.add(watch);
      this.ended.then(
        ({ code, signal }) => reject(new Error(`${this.#name} ended with ${signal ?? code}${this.tail}`)),
        reject,
      );
    });
    return within(printing, `${pattern} from ${this.#name}`, { patience, detail: () => this.tail });
  }

  /** Our process need not live on for it: it is ended with ours, whenever that is. */
  unref(): void {
    this.#started.unref();
  }

  /** Writes to stdin, which stays open. */
  write(text: string): void {
    this.#started.write(text);
  }

  /** Gives all of stdin and closes it. */
  input(bytes: Uint8Array): void {
    this.#started.input(bytes);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Ending> {
    this.#started.kill(signal);
    return within(this.ended, `the end of ${this.#name} after ${signal}`, { detail: () => this.tail });
  }

  #line(line: string): void {
    // A message of a megabyte is a line too; what is kept is for people and for patterns.
    if (this.#seen.push(line.slice(0, LONGEST_KEPT)) > 400) this.#seen.splice(0, 200);
    for (const watch of [...this.#watchers]) watch(line);
  }
}

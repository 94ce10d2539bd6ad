/**
 * A process of another program, however it was started: its output, its input, its end. Knows no lines.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started, or is about to be. */
export interface Started {
  /** undefined until it runs. */
  readonly pid: number | undefined;
  /** Resolves when it has ended and all that it printed was handed over; rejects when it could not be started. */
  readonly ended: Promise<Ending>;
  /** Writes to its stdin, which stays open. */
  write(text: string): void;
  /** Gives all of its stdin and closes it. */
  input(bytes: Uint8Array): void;
  kill(signal: NodeJS.Signals): void;
  /** Our process need not live on for it. */
  unref(): void;
}

/** Starts the program at `path`; `onOutput` is given its stdout and its stderr. Does not throw. */
export type Start = (path: string, args: readonly string[], onOutput: (output: Readable) => void) => Started;

/** Starts it as a child of this process. Takes the longer the more memory this process has: Linux copies its page tables. */
export const startHere: Start = (path, args, onOutput) => {
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  onOutput(child.stdout);
  onOutput(child.stderr);
  child.stdin.on('error', () => undefined);
  return new Child(child, child.stdin);
};

class Child implements Started {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #stdin: Writable;

  constructor(child: ChildProcess, stdin: Writable) {
    this.#child = child;
    this.#stdin = stdin;
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  write(text: string): void {
    this.#stdin.write(text);
  }

  input(bytes: Uint8Array): void {
    this.#stdin.end(bytes);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  unref(): void {
    this.#child.unref();
    for (const stream of this.#child.stdio) if (stream instanceof Socket) stream.unref();
  }
}

/**
 * What a command sees of the process it runs in, so that a test can run one: streams, files, time, Ctrl-C.
 */
import type { SrvRecord } from 'node:dns';
import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** The surroundings of a command. */
export interface World {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Writable & Screen;
  readonly stderr: Writable & Screen;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly processId: number;
  /** @throws the file system's error */
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Names in a folder. @throws the file system's error */
  readonly readFolder: (path: string) => Promise<readonly string[]>;
  /** @throws the file system's error */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** SRV records. @throws the resolver's error */
  readonly resolveSrv: (name: string) => Promise<readonly SrvRecord[]>;
  readonly clock: CommandClock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Calls `run` at Ctrl-C or SIGTERM, from the first on; returns what ends the listening. */
  readonly onInterrupt: (run: () => void) => () => void;
}

/** Time as a command sees it. */
export interface CommandClock {
  /** Microseconds since 1970. */
  readonly microseconds: () => number;
  /** Milliseconds that only go forward, with fractions. */
  readonly now: () => number;
  /** Calls `run` once after `ms`; returns what prevents it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** A promise that resolves after `ms`. */
export function pause(clock: CommandClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** Writes and waits until the stream takes more. A reader that left ends nothing here: `main.ts` sees to that. */
export function write(stream: Writable, bytes: string | Uint8Array): void | Promise<void> {
  if (stream.write(bytes)) return undefined;
  return new Promise((taken) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      taken();
    };
    stream.on('drain', done).on('close', done);
  });
}

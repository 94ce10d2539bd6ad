/**
 * A shell for tests: runs `mqtt` in this process with streams that are read afterwards, and a broker to talk to.
 */
import { PassThrough, Writable } from 'node:stream';
import { type Broker, createBroker } from '@mqtt/broker';
import { run } from '../src/run.ts';
import type { World } from '../src/world.ts';

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What may differ from a plain shell. */
export interface ShellOptions {
  readonly stdin?: string | undefined;
  readonly environment?: World['environment'];
  readonly files?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly resolveSrv?: World['resolveSrv'];
}

class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;
  #waiting: { readonly wanted: RegExp; readonly resolve: () => void }[] = [];

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    // Who has seen it looks no more: thousands of lines with -d would each be looked for again.
    this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
      if (!wanted.test(this.text)) return true;
      resolve();
      return false;
    });
    done();
  }

  shows(wanted: RegExp): Promise<void> {
    if (wanted.test(this.text)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ wanted, resolve });
    });
  }
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Outcome>;
  /** Resolves when stdout holds this. */
  readonly shows: (wanted: RegExp) => Promise<void>;
  /** Resolves when stderr holds this. */
  readonly says: (wanted: RegExp) => Promise<void>;
  /** Ctrl-C. */
  readonly interrupt: () => void;
  readonly written: Map<string, string>;
}

/** Starts `mqtt` with these words. */
export function start(args: readonly string[], options: ShellOptions = {}): Running {
  const { stdin, environment = {}, files = {}, terminal = false, resolveSrv = async () => [] } = options;
  const input = new PassThrough();
  if (stdin !== undefined) input.end(stdin);
  const stdout = new Screen(terminal);
  const stderr = new Screen(terminal);
  const interrupts = new Set<() => void>();
  const written = new Map<string, string>();
  const world: World = {
    stdin: input,
    stdout,
    stderr,
    environment,
    processId: 4711,
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return new TextEncoder().encode(text);
    },
    readFolder: async () => Object.keys(files),
    writeFile: async (path, text) => void written.set(path, text),
    resolveSrv,
    clock: {
      microseconds: () => Date.now() * 1000,
      now: () => performance.now(),
      after: (ms, then) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    onInterrupt: (then) => {
      interrupts.add(then);
      return () => interrupts.delete(then);
    },
  };
  const ended = run(args, '1.2.3', world).then((code) => ({ code, out: stdout.text, err: stderr.text }));
  return {
    ended,
    shows: (wanted) => stdout.shows(wanted),
    says: (wanted) => stderr.shows(wanted),
    interrupt: () => {
      for (const then of interrupts) then();
    },
    written,
  };
}

/** Runs `mqtt` to its end. */
export function shell(args: readonly string[], options: ShellOptions = {}): Promise<Outcome> {
  return start(args, options).ended;
}

/** A broker on a free port. */
export async function startBroker(
  options: Parameters<typeof createBroker>[0] = {},
): Promise<{ broker: Broker; port: string; url: string }> {
  const broker = createBroker(options);
  const { port } = await broker.listen({ type: 'tcp', port: 0 });
  return { broker, port: String(port), url: `mqtt://127.0.0.1:${port}` };
}

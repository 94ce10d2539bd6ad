/**
 * Has a small process start programs (`starter-process.mjs`): where a fork takes as long as the memory of the process is
 * large, the matrix with all its relays stood still for a quarter of its time. Knows no program.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.ts';
import type { Ending, Start, Started } from './started.ts';

/** stdout and stderr. */
const OUTPUTS = 2;

/** What the small process says of a program. */
export type News =
  | { readonly id: number; readonly pid: number | undefined }
  | { readonly id: number; readonly error: string }
  | ({ readonly id: number } & Ending);

/** The small process, and the socket to which its programs are connected. */
export class Starter {
  readonly #folder: string;
  readonly #server: Server;
  readonly #child: ChildProcess;
  readonly #programs = new Map<number, RemoteProgram>();
  #started = 0;
  /** Programs for which our process lives on. */
  #held = 0;

  private constructor(folder: string, server: Server, child: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
    this.#child = child;
    server.on('connection', (socket) => firstLine(socket, (line) => this.#connected(socket, line)));
    child.on('message', (news: News) => this.#programs.get(news.id)?.take(news));
    child.on('exit', () => {
      for (const program of this.#programs.values()) program.fail(new Error('who started it has ended'));
    });
    this.#hold(0);
  }

  /** Starts the small process. */
  static async open(): Promise<Starter> {
    const folder = await mkdtemp(join(tmpdir(), 'interop-starter-'));
    const path = join(folder, 'programs');
    const server = createServer().listen(path);
    await once(server, 'listening');
    server.unref();
    const child = fork(fileURLToPath(new URL('starter-process.mjs', import.meta.url)), [path], {
      execArgv: [],
    });
    child.unref();
    return new Starter(folder, server, child);
  }

  /** Kills every program that still runs, and ends it. */
  async close(): Promise<void> {
    const left = [...this.#programs.values()];
    for (const program of left) program.kill('SIGKILL');
    await Promise.allSettled(left.map(({ ended }) => within(ended, 'the end of a program')));
    this.#child.ref();
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Starts a program as a child of the small process. */
  readonly start: Start = (path, args, onOutput) => {
    this.#started += 1;
    const id = this.#started;
    const program = new RemoteProgram(
      onOutput,
      (signal) => this.#child.connected && this.#child.send({ id, signal }),
      (by) => this.#hold(by),
    );
    this.#programs.set(id, program);
    const over = (): void => void this.#programs.delete(id);
    program.ended.then(over, over);
    if (this.#child.connected) this.#child.send({ id, path, args });
    else program.fail(new Error('who starts programs has ended'));
    return program;
  };

  #connected(socket: Socket, line: string): void {
    const [id, fd] = line.split(' ').map(Number);
    const program = this.#programs.get(id ?? 0);
    if (program === undefined) socket.destroy();
    else program.connected(socket, fd ?? 0);
  }

  #hold(by: number): void {
    this.#held += by;
    if (this.#held > 0) this.#child.channel?.ref();
    else this.#child.channel?.unref();
  }
}

/** A program that the small process started. */
class RemoteProgram implements Started {
  readonly ended: Promise<Ending>;
  pid: number | undefined;
  readonly #onOutput: (output: Readable) => void;
  readonly #signal: (signal: NodeJS.Signals) => void;
  readonly #hold: (by: number) => void;
  readonly #sockets: Socket[] = [];
  /** What was written before stdin was there. */
  readonly #unwritten: ((stdin: Socket) => void)[] = [];
  /** Not handed over yet: who has read a line knows the process id. */
  readonly #outputs: Socket[] = [];
  #stdin: Socket | undefined;
  #isHeld = true;
  #closed = 0;
  #ending: Ending | undefined;
  #resolve: (ending: Ending) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(
    onOutput: (output: Readable) => void,
    signal: (signal: NodeJS.Signals) => void,
    hold: (by: number) => void,
  ) {
    this.#onOutput = onOutput;
    this.#signal = signal;
    this.#hold = hold;
    hold(1);
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const letGo = (): void => this.#letGo();
    this.ended.then(letGo, letGo);
  }

  /** One of its three connections. */
  connected(socket: Socket, fd: number): void {
    this.#sockets.push(socket);
    if (!this.#isHeld) socket.unref();
    if (fd === 0) {
      this.#stdin = socket.resume();
      for (const write of this.#unwritten.splice(0)) write(socket);
      return;
    }
    socket.on('close', () => {
      this.#closed += 1;
      this.#settle();
    });
    this.#outputs.push(socket);
    this.#handOver();
  }

  take(news: News): void {
    if ('error' in news) this.fail(new Error(news.error));
    else if ('pid' in news) {
      this.pid = news.pid;
      this.#handOver();
    } else {
      this.#ending = { code: news.code, signal: news.signal };
      this.#settle();
    }
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  write(text: string): void {
    this.#whenOpen((stdin) => stdin.write(text));
  }

  input(bytes: Uint8Array): void {
    this.#whenOpen((stdin) => stdin.end(bytes));
  }

  kill(signal: NodeJS.Signals): void {
    this.#signal(signal);
  }

  unref(): void {
    this.#letGo();
    for (const socket of this.#sockets) socket.unref();
  }

  #whenOpen(write: (stdin: Socket) => void): void {
    if (this.#stdin === undefined) this.#unwritten.push(write);
    else write(this.#stdin);
  }

  #handOver(): void {
    if (this.pid !== undefined) for (const output of this.#outputs.splice(0)) this.#onOutput(output);
  }

  #settle(): void {
    if (this.#ending === undefined || this.#closed < OUTPUTS) return;
    this.#stdin?.destroy();
    this.#resolve(this.#ending);
  }

  #letGo(): void {
    if (this.#isHeld) this.#hold(-1);
    this.#isHeld = false;
  }
}

/** Takes the first line, and leaves what is behind it. */
function firstLine(socket: Socket, take: (line: string) => void): void {
  let line = '';
  socket.on('error', () => undefined);
  const read = (): void => {
    for (let byte = socket.read(1); byte !== null; byte = socket.read(1)) {
      if (String(byte) === '\n') {
        socket.off('readable', read);
        take(line);
        return;
      }
      line += String(byte);
    }
  };
  socket.on('readable', read);
}

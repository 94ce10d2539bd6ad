/**
 * Two Link ends in one process: bytes written at one come out at the other, in order, in chunks of any size, until the
 * test cuts the connection at the byte it wants. No real time: bytes move in `step` and `run`, or through `defer`.
 * Behaves like a TCP socket of Node: back-pressure when the reader holds, half-closed until both sides have drained.
 */
import type { Link, LinkHandler } from '../link.ts';

/** How a MemoryLink behaves; all optional. */
export interface MemoryLinkOptions {
  /** Decides chunk sizes and which direction moves next. Without it: the largest chunks, `near` first. */
  readonly random?: (() => number) | undefined;
  /** Longest chunk in bytes; default 65,536. */
  readonly largestChunk?: number | undefined;
  /** Bytes that may wait in one direction before `write` gives false; default 65,536. */
  readonly highWaterMark?: number | undefined;
  /** With it, bytes move by themselves, e.g. `queueMicrotask`, a clock's `defer`, or `setImmediate`. */
  readonly defer?: ((run: () => void) => void) | undefined;
}

/** What `closed` gets when the other end was lost rather than closed. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  /** Stable, for `switch`. */
  readonly code = 'CONNECTION_LOST';
  constructor() {
    super('the connection was lost');
  }
}

/** One end of a MemoryLink. Nothing is received before a handler is attached. */
export class MemoryEnd implements Link {
  readonly peer: string;
  readonly #wake: () => void;
  readonly #highWaterMark: number;
  #handler: LinkHandler | undefined;
  #queue: Uint8Array[] = [];
  #buffered = 0;
  #mustTellDrained = false;
  #isHeld = false;
  #isClosing = false;
  #isAborted = false;
  #isOver = false;
  #bytesToCut = Number.POSITIVE_INFINITY;

  constructor(peer: string, highWaterMark: number, wake: () => void) {
    this.peer = peer;
    this.#highWaterMark = highWaterMark;
    this.#wake = wake;
  }

  /** Who receives; once. */
  attach(handler: LinkHandler): void {
    this.#handler = handler;
    this.#wake();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosing || this.#isAborted || this.#isOver) return false;
    if (bytes.length > 0) this.#queue.push(bytes);
    this.#buffered += bytes.length;
    this.#wake();
    if (this.#buffered <= this.#highWaterMark) return true;
    this.#mustTellDrained = true;
    return false;
  }

  hold(): void {
    this.#isHeld = true;
  }

  resume(): void {
    this.#isHeld = false;
    this.#wake();
  }

  close(): void {
    this.#isClosing = true;
    this.#wake();
  }

  abort(): void {
    this.#isAborted = true;
    this.#wake();
  }

  /** Bytes written that the other end has not received. */
  get buffered(): number {
    return this.#buffered;
  }

  /** Whether this end reads: not held, and somebody is there. */
  get isReading(): boolean {
    return !this.#isHeld && this.#handler !== undefined && !this.#isAborted;
  }

  /** Whether `close()` was called, or the other end's close has arrived. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Whether `abort()` was called. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Whether `closed` was told. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Loses the connection once this many more bytes of this end have reached the other. */
  cutAfter(bytes: number): void {
    this.#bytesToCut = bytes;
    this.#wake();
  }

  /** Whether the byte of `cutAfter` is reached. */
  get isCut(): boolean {
    return this.#bytesToCut <= 0;
  }

  /** Takes up to `size` bytes from what waits, as bytes of their own. For the MemoryLink. */
  take(size: number): Uint8Array {
    const chunk = new Uint8Array(Math.min(size, this.#buffered, this.#bytesToCut));
    for (let filled = 0; filled < chunk.length; ) {
      const first = this.#queue[0] as Uint8Array;
      const part = first.subarray(0, chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
    }
    this.#buffered -= chunk.length;
    this.#bytesToCut -= chunk.length;
    return chunk;
  }

  /** Hands bytes to the handler. For the MemoryLink. */
  receive(chunk: Uint8Array): void {
    this.#handler?.receive(chunk);
  }

  /** Tells `drained` when it is due. For the MemoryLink. */
  tellDrained(): void {
    if (!this.#mustTellDrained || this.#buffered > 0 || this.#isOver) return;
    this.#mustTellDrained = false;
    this.#handler?.drained();
  }

  /** Tells `closed`, once. For the MemoryLink. */
  end(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#buffered = 0;
    this.#handler?.closed(error);
  }
}

/** A connection between two ends in one process. */
export class MemoryLink {
  /** The end that connects, by convention. */
  readonly near: MemoryEnd;
  /** The end that accepts. */
  readonly far: MemoryEnd;
  readonly #random: (() => number) | undefined;
  readonly #largestChunk: number;

  constructor(options: MemoryLinkOptions = {}) {
    const { random, largestChunk = 65_536, highWaterMark = 65_536, defer } = options;
    this.#random = random;
    this.#largestChunk = largestChunk;
    let isAwake = false;
    const wake = (): void => {
      if (defer === undefined || isAwake) return;
      isAwake = true;
      defer(() => {
        isAwake = false;
        this.run();
      });
    };
    this.near = new MemoryEnd('memory:far', highWaterMark, wake);
    this.far = new MemoryEnd('memory:near', highWaterMark, wake);
  }

  /** Lets one thing happen: a chunk arrives, or an end is told that it is over. False: nothing can. */
  step(): boolean {
    const { near, far } = this;
    if (near.isOver && far.isOver) return false;
    if (near.isAborted || far.isAborted || near.isCut || far.isCut) {
      this.#lose();
      return true;
    }
    const isFarFirst = this.#random !== undefined && this.#random() < 0.5;
    return isFarFirst
      ? this.#move(far, near) || this.#move(near, far)
      : this.#move(near, far) || this.#move(far, near);
  }

  /** Steps until nothing can happen without the test. */
  run(): void {
    while (this.step());
  }

  /** Loses the connection now, with whatever is on the way. */
  cut(): void {
    this.near.end(new ConnectionLost());
    this.far.end(new ConnectionLost());
  }

  #move(from: MemoryEnd, to: MemoryEnd): boolean {
    if (!to.isReading) return false;
    if (from.buffered > 0) {
      const size =
        this.#random === undefined ? this.#largestChunk : 1 + Math.floor(this.#random() * this.#largestChunk);
      to.receive(from.take(size));
      from.tellDrained();
      return true;
    }
    if (!from.isClosing) return false;
    if (!to.isClosing) {
      to.close();
      return true;
    }
    if (to.buffered > 0) return false;
    from.end();
    to.end();
    return true;
  }

  /** The end that aborted has no error to tell; the other one lost its peer. */
  #lose(): void {
    const { near, far } = this;
    const isCut = near.isCut || far.isCut;
    near.end(near.isAborted && !isCut ? undefined : new ConnectionLost());
    far.end(far.isAborted && !isCut ? undefined : new ConnectionLost());
  }
}

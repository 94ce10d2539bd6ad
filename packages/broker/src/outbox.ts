/**
 * Outgoing bytes of one connection: the only place that batches and writes.
 * What one turn of the event loop produced leaves in one write: views that lie side by side in a chunk become one
 * view, small pieces are copied into one buffer, large ones stay where they are. While the link is over its
 * high-water mark everything waits here, copied out of its chunk, within its bounds. Knows no packet.
 */
import type { Link } from '@mqtt/session';
import type { Clock } from './clock.ts';
import { type Frame, LARGE } from './message.ts';
import type { Totals } from './totals.ts';

/** A closed run shorter than this is copied to its neighbours instead of being written alone. */
const COPY_BELOW = 4096;
/** This much waiting for the end of the turn is written at once. */
const WRITE_AT = 131_072;
const FIRST_TAIL = 2048;
const LARGEST_TAIL = 65_536;

/** What wants to be called once when the turn ends. */
export interface Flushable {
  flush(): void;
}

/** All outboxes that have something to write; each is written once when the turn ends. */
export class Turn {
  #dirty: Flushable[] = [];
  readonly #defer: Clock['defer'];
  readonly #failed: (error: unknown) => void;
  #isScheduled = false;
  #number = 0;
  readonly #spare: number[][] = [];
  readonly #run = (): void => this.flush();

  /** @param failed told of what a `flush` throws: a bug, or a link that does not keep its word */
  constructor(defer: Clock['defer'], failed: (error: unknown) => void) {
    this.#defer = defer;
    this.#failed = failed;
  }

  /** Calls `flush` at the end of this turn. */
  add(dirty: Flushable): void {
    this.#dirty.push(dirty);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(this.#run);
  }

  /** How many turns have ended. */
  get number(): number {
    return this.#number;
  }

  /** Ends the turn: one write for each outbox that has something. */
  flush(): void {
    this.#isScheduled = false;
    this.#number++;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const one of dirty) this.#flushOne(one);
  }

  /** One that fails must not cost the others their bytes. */
  #flushOne(one: Flushable): void {
    try {
      one.flush();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** An empty list for patches; give it back when it is used up. */
  takePatches(): number[] {
    return this.#spare.pop() ?? [];
  }

  /** Keeps a few lists, so that a flood does not grow new ones every turn. */
  givePatches(patches: number[]): void {
    patches.length = 0;
    if (this.#spare.length < 64) this.#spare.push(patches);
  }
}

/** Who an outbox reports to. */
export interface OutboxOwner {
  /** These bytes are given to the link. */
  wrote(bytes: Uint8Array): void;
  /** The link is over its high-water mark: bytes pile up from now on. */
  blocked(): void;
  /** The link takes bytes again, and what piled up has left. */
  ready(): void;
}

/** How many bytes may wait; one object for all outboxes of a broker. */
export interface OutgoingBounds {
  /** Waiting bytes of one outbox that QoS 0 may add to; beyond it QoS 0 is dropped. */
  readonly bytes: number;
  /** The same for all outboxes together. */
  readonly totalBytes: number;
  readonly totals: Totals;
}

/** Outgoing bytes of one connection. */
export class Outbox {
  readonly #link: Link;
  readonly #turn: Turn;
  readonly #bounds: OutgoingBounds;
  readonly #owner: OutboxOwner;

  // Pieces in order: `#pieces`, then the open part of `#tail`, then the run.
  #pieces: Uint8Array[] | undefined;
  #piecesLength = 0;
  #tail: Uint8Array | undefined;
  #tailStart = 0;
  #tailEnd = 0;
  #run: Uint8Array | undefined;
  #runStart = 0;
  #runEnd = 0;
  /** The run's frames whose first byte and packet id are this outbox's own: three numbers each. */
  #patches: number[] | undefined;
  #isDirty = false;
  #isBlocked = false;
  #isEnded = false;
  /** Bytes of this outbox in the total. */
  #counted = 0;

  constructor(link: Link, turn: Turn, bounds: OutgoingBounds, owner: OutboxOwner) {
    this.#link = link;
    this.#turn = turn;
    this.#bounds = bounds;
    this.#owner = owner;
  }

  /** Bytes that the link has not been given yet. */
  get length(): number {
    return this.#piecesLength + (this.#tailEnd - this.#tailStart) + (this.#runEnd - this.#runStart);
  }

  /** true while the link is over its high-water mark. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** true when nothing can leave any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** true when `count` more bytes would go over a bound; only a blocked link lets bytes pile up. */
  isFull(count: number): boolean {
    if (!this.#isBlocked) return false;
    const { bytes, totalBytes, totals } = this.#bounds;
    return this.length + count > bytes || totals.outgoingBytes + count > totalBytes;
  }

  /** Sends `bytes` from `start` to `end`. They must never change; they are not copied unless the link is blocked. */
  view(bytes: Uint8Array, start: number, end: number): void {
    if (this.#run === bytes && this.#runEnd === start) {
      this.#runEnd = end;
    } else {
      if (this.#isEnded) return;
      if (this.#isBlocked && end - start < LARGE) {
        this.#copy(bytes, start, end);
        return;
      }
      if (this.#run !== undefined) this.#closeRun();
      this.#run = bytes;
      this.#runStart = start;
      this.#runEnd = end;
      if (!this.#isDirty) this.#mark();
    }
    if (this.#isBlocked) this.#count();
    else if (this.#piecesLength + this.#runEnd - this.#runStart >= WRITE_AT) this.flush();
  }

  /**
   * Sends a PUBLISH with a first byte and a packet id of its own; the rest of the frame is shared. Frames that lie side
   * by side are copied together when the run ends: one copy of a chunk costs less than a thousand of a message.
   */
  frameWithId(frame: Frame, firstByte: number, packetId: number): void {
    if (this.#isEnded) return;
    const { bytes, start, end, idAt } = frame;
    if (end - start >= LARGE) {
      this.#copyHead(frame, firstByte, packetId);
      return;
    }
    let patches = this.#patches;
    if (patches !== undefined && this.#run === bytes && this.#runEnd === start) this.#runEnd = end;
    else {
      if (this.#run !== undefined) this.#closeRun();
      this.#run = bytes;
      this.#runStart = start;
      this.#runEnd = end;
      patches = this.#turn.takePatches();
      this.#patches = patches;
      if (!this.#isDirty) this.#mark();
    }
    patches.push(start - this.#runStart, idAt, (firstByte << 16) | packetId);
    if (this.#isBlocked) this.#closeRun(); // what waits does not keep its chunk
  }

  /** Sends the first `length` bytes of `head`, copied, and behind them `bytes` from `start` to `end`, which must never change. */
  headed(head: Uint8Array, length: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#isEnded) return;
    const isLarge = end - start >= LARGE;
    const at = this.#reserve(isLarge ? length : length + end - start);
    const tail = this.#tail as Uint8Array;
    copyBytes(head, 0, length, tail, at);
    if (isLarge) this.view(bytes, start, end);
    else copyBytes(bytes, start, end, tail, at + length);
  }

  /** A large frame: only its head is copied. */
  #copyHead({ bytes, start, end, idAt }: Frame, firstByte: number, packetId: number): void {
    const at = this.#reserve(idAt + 2);
    const tail = this.#tail as Uint8Array;
    copyBytes(bytes, start, start + idAt, tail, at);
    tail[at] = firstByte;
    tail[at + idAt] = packetId >> 8;
    tail[at + idAt + 1] = packetId;
    this.view(bytes, start + idAt + 2, end);
  }

  /** Sends the four bytes of an acknowledgement that says nothing but success. */
  acknowledge(firstByte: number, packetId: number): void {
    if (this.#isEnded) return;
    const at = this.#reserve(4);
    const tail = this.#tail as Uint8Array;
    tail[at] = firstByte;
    tail[at + 1] = 2;
    tail[at + 2] = packetId >> 8;
    tail[at + 3] = packetId;
  }

  /** Sends `bytes`, which must never change. */
  write(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    if (bytes.length >= LARGE) this.view(bytes, 0, bytes.length);
    else this.#copy(bytes, 0, bytes.length);
  }

  /** The link takes bytes again. */
  drained(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.flush();
    this.#count();
    if (!this.#isBlocked) this.#owner.ready();
  }

  /** Gives the link all there is, unless it is blocked. */
  flush(): void {
    this.#isDirty = false;
    if (this.#isBlocked || this.#isEnded) return;
    const run = this.#run;
    if (this.#pieces === undefined && this.#tailEnd === this.#tailStart && this.#patches === undefined) {
      if (run === undefined) return;
      this.#run = undefined;
      const start = this.#runStart;
      this.#runStart = 0;
      const end = this.#runEnd;
      this.#runEnd = 0;
      this.#give(run.subarray(start, end));
      return;
    }
    if (run !== undefined) this.#closeRun();
    this.#closeTail();
    this.#tail = undefined; // its bytes belong to the link now
    this.#tailStart = 0;
    this.#tailEnd = 0;
    const pieces = this.#pieces;
    this.#pieces = undefined;
    this.#piecesLength = 0;
    if (pieces) for (const piece of pieces) this.#give(piece);
  }

  /** Writes what there is, then lets the link end. */
  end(): void {
    if (this.#isEnded) return;
    this.#isBlocked = false; // the link keeps what it cannot send yet
    this.flush();
    this.discard();
    this.#link.close();
  }

  /** Forgets what waits; nothing is sent any more. */
  discard(): void {
    this.#isEnded = true;
    this.#pieces = undefined;
    this.#piecesLength = 0;
    this.#tail = undefined;
    this.#tailStart = 0;
    this.#tailEnd = 0;
    this.#run = undefined;
    this.#runStart = 0;
    this.#runEnd = 0;
    this.#patches = undefined;
    this.#count();
  }

  /** What waits for a link that does not take it is part of the total. */
  #count(): void {
    const waiting = this.#isBlocked ? this.length : 0;
    this.#bounds.totals.outgoingBytes += waiting - this.#counted;
    this.#counted = waiting;
  }

  #give(bytes: Uint8Array): void {
    this.#owner.wrote(bytes);
    if (this.#link.write(bytes) || this.#isBlocked || this.#isEnded) return;
    this.#isBlocked = true;
    this.#owner.blocked();
  }

  #mark(): void {
    this.#isDirty = true;
    this.#turn.add(this);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#reserve(end - start);
    copyBytes(bytes, start, end, this.#tail as Uint8Array, at);
  }

  /** Room for `count` bytes at the end of the tail; returns where they go. */
  #reserve(count: number): number {
    if (this.#run !== undefined) this.#closeRun();
    if (this.#tail === undefined || this.#tailEnd + count > this.#tail.length) this.#growTail(count);
    const at = this.#tailEnd;
    this.#tailEnd = at + count;
    if (!this.#isDirty) this.#mark();
    if (this.#isBlocked) this.#count();
    return at;
  }

  #growTail(count: number): void {
    const last = this.#tail?.length ?? FIRST_TAIL / 4;
    if (this.#tail !== undefined && this.length >= WRITE_AT && !this.#isBlocked) {
      const wasDirty = this.#isDirty;
      this.flush();
      this.#isDirty = wasDirty;
    } else this.#closeTail();
    this.#tail = new Uint8Array(Math.max(count, Math.min(LARGEST_TAIL, last * 4)));
    this.#tailStart = 0;
    this.#tailEnd = 0;
  }

  #closeRun(): void {
    const run = this.#run as Uint8Array;
    const start = this.#runStart;
    const end = this.#runEnd;
    this.#run = undefined;
    this.#runStart = 0;
    this.#runEnd = 0;
    const patches = this.#patches;
    if (patches !== undefined) {
      this.#patches = undefined;
      this.#copyPatched(run, start, end, patches);
      this.#turn.givePatches(patches);
      return;
    }
    if (end - start < COPY_BELOW) {
      this.#copy(run, start, end);
      return;
    }
    this.#closeTail();
    this.#push(run.subarray(start, end));
  }

  #copyPatched(run: Uint8Array, start: number, end: number, patches: readonly number[]): void {
    const at = this.#reserve(end - start);
    const tail = this.#tail as Uint8Array;
    copyBytes(run, start, end, tail, at);
    for (let i = 0; i < patches.length; i += 3) {
      const frame = at + (patches[i] as number);
      const id = frame + (patches[i + 1] as number);
      const both = patches[i + 2] as number;
      tail[frame] = both >> 16;
      tail[id] = both >> 8;
      tail[id + 1] = both;
    }
  }

  #closeTail(): void {
    const tail = this.#tail;
    if (tail === undefined || this.#tailEnd === this.#tailStart) return;
    const piece = tail.subarray(this.#tailStart, this.#tailEnd);
    this.#tailStart = this.#tailEnd;
    this.#push(piece);
  }

  #push(piece: Uint8Array): void {
    this.#piecesLength += piece.length;
    if (this.#pieces === undefined) this.#pieces = [piece];
    else this.#pieces.push(piece);
  }
}

/** Short copies are cheaper by hand than through a view of their own. */
function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 192) {
    to.set(from.subarray(start, end), at);
    return;
  }
  for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] as number;
}

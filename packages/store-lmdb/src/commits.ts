/**
 * When what is pending goes to disk: one commit at a time, everything told meanwhile in the next one, again when there
 * was no room, never again when the disk failed. Says how far facts are durable. Knows no record.
 */
import type { StoreWatcher, Ticket } from '@mqtt/broker/store';
import { Pending } from './changes.ts';
import { Encoding } from './encode.ts';
import { StoreError } from './errors.ts';
import type { StoreFile } from './file/file.ts';
import { Chunks } from './records/bytes.ts';
import { Room, type RoomOptions } from './room.ts';
import type { Sharing } from './sharing.ts';

/** What commits need. */
export interface CommitOptions extends RoomOptions {
  /** How long to wait before there may be room again, ms. */
  readonly retryAfter: number;
}

/** The commits of one open file. */
export class Commits {
  /** What the next commit holds. */
  pending: Pending = new Pending();
  /** What the commit under way holds. */
  flying: Pending | undefined;
  /** Why nothing is kept any more. */
  failure: StoreError | undefined;
  durable: Ticket = 0;
  readonly #file: StoreFile;
  readonly #sharing: Sharing;
  readonly #watcher: StoreWatcher;
  readonly #room: Room;
  readonly #retryAfter: number;
  readonly #chunks = new Chunks();
  #isFull = false;
  /** The last commit found no room: the next one waits. */
  #isBlocked = false;
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(file: StoreFile, sharing: Sharing, watcher: StoreWatcher, options: CommitOptions) {
    this.#file = file;
    this.#sharing = sharing;
    this.#watcher = watcher;
    this.#room = new Room(file, options);
    this.#retryAfter = options.retryAfter;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Looks whether there is room from the start. */
  begin(): void {
    this.#room.look();
    this.#showRoom();
  }

  /** A fact was told: the turn's facts are committed when it is over, or with the next commit. */
  told(ticket: Ticket): void {
    if (this.failure !== undefined) return;
    this.pending.ticket = ticket;
    if (!this.#isBlocked) this.#schedule();
  }

  /**
   * Waits until all that was told is durable. Tries once more when there is no room.
   * @throws {StoreError} STORE_FULL, STORE_FAILED: what is lost stands in the message
   */
  async finish(): Promise<void> {
    clearTimeout(this.#later);
    if (this.#isWaiting()) this.#schedule();
    while (this.flying !== undefined || this.#soon !== undefined)
      await new Promise<void>((go) => this.#idle.push(go));
    clearTimeout(this.#later);
    if (this.failure !== undefined) throw this.failure;
    if (this.#isWaiting()) throw new StoreError('STORE_FULL', fullText(this.#file.name));
  }

  #isWaiting(): boolean {
    return this.durable < this.pending.ticket;
  }

  /** The next commit, when this turn is over; the end of one that is under way asks for the next by itself. */
  #schedule(): void {
    if (this.flying !== undefined) return;
    this.#isBlocked = false;
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      void this.#commit();
    });
  }

  async #commit(): Promise<void> {
    const flying = this.pending;
    flying.seal();
    this.pending = new Pending();
    this.pending.ticket = flying.ticket;
    this.flying = flying;
    const encoding = new Encoding(this.#file, this.#chunks);
    let failure: { readonly cause: unknown } | undefined;
    let isTried = true;
    try {
      encoding.encode(flying, this.#sharing);
      isTried = encoding.isEmpty || this.#room.mayHold(encoding.bytes);
      if (isTried && !encoding.isEmpty) await this.#file.commit(() => encoding.write());
    } catch (cause) {
      failure = { cause };
    }
    this.flying = undefined;
    encoding.done();
    if (!isTried) this.#hold(flying);
    else if (failure === undefined) this.#kept(flying.ticket, encoding.bytes);
    else this.#notKept(flying, encoding.bytes, failure.cause);
    const idle = this.#idle;
    this.#idle = [];
    for (const go of idle) go();
  }

  /** The next commit begins before anybody is told, so that the disk works while they are answered; no turn is halfway. */
  #kept(ticket: Ticket, bytes: number): void {
    this.durable = ticket;
    this.#room.used(bytes);
    if (this.#isWaiting()) void this.#commit();
    this.#watcher.durable();
    this.#showRoom();
  }

  #notKept(flying: Pending, bytes: number, error: unknown): void {
    if (!this.#room.explains(bytes)) {
      this.#fail(error);
      return;
    }
    this.#hold(flying);
  }

  /** There is no room for it: it waits, with what was told meanwhile. */
  #hold(flying: Pending): void {
    this.#room.overrun();
    flying.absorb(this.pending);
    this.pending = flying;
    this.#isBlocked = true;
    this.#wait();
    this.#showRoom();
  }

  /** Nothing may be acknowledged on this file any more: what the kernel dropped, a later sync would not notice. */
  #fail(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.failure = new StoreError('STORE_FAILED', failedText(this.#file.name, reason), { cause });
    this.pending = new Pending();
    this.#watcher.failed(this.failure);
  }

  /** While there is no room it is looked at again and again: room may come from elsewhere. */
  #wait(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => {
      this.#later = undefined;
      if (this.#isWaiting()) this.#schedule();
      else this.#look();
    }, this.#retryAfter);
  }

  #look(): void {
    this.#room.look();
    this.#showRoom();
  }

  #showRoom(): void {
    const { isFull } = this.#room;
    if (isFull && this.#later === undefined && this.#soon === undefined) this.#wait();
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#watcher.full(isFull);
  }
}

function fullText(name: string): string {
  return (
    `${name} was closed while there was no room: what was told and not durable yet is lost; nothing of it was ` +
    'acknowledged. Free some space on its disk, or raise maximumBytes.'
  );
}

function failedText(name: string, reason: string): string {
  return (
    `${name} could not be written: ${reason}. Nothing told since then is kept, and nothing more is acknowledged. ` +
    'See to the disk, then start again: everything acknowledged before is there.'
  );
}

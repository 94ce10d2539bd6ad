/**
 * Every deadline of the broker in one wheel: keep-alives, CONNECT deadlines, session and will delays.
 * 100,000 connections are 100,000 list entries and one timer of the clock. Setting and clearing are O(1); a deadline
 * is met at the first tick at or after it, never before. Knows nothing of what the deadlines mean.
 */
import type { Cancel, Clock } from './clock.ts';

/** Ticks are this far apart, in ms: the most that a deadline is late on an idle machine. */
export const TICK = 100;
const BITS = 6;
const SLOTS = 1 << BITS;
const LEVELS = 6;

/** A deadline that can be set, moved and cleared; make one per thing that waits and keep it. */
export class Timer {
  readonly fire: () => void;
  /** Tick at which it is due; -1 while it is not set. */
  due = -1;
  next: Timer | undefined = undefined;
  previous: Timer | undefined = undefined;

  constructor(fire: () => void) {
    this.fire = fire;
  }
}

/** A hierarchy of rings, each slot of a ring as long as the whole ring below it. */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #started: number;
  readonly #rings: Timer[][] = [];
  #tick = 0;
  #size = 0;
  #cancel: Cancel | undefined;
  #now: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = clock.now();
    this.#now = this.#started;
    for (let level = 0; level < LEVELS; level++) {
      const ring: Timer[] = [];
      for (let slot = 0; slot < SLOTS; slot++) ring.push(new Timer(nothing));
      this.#rings.push(ring);
    }
  }

  /** The time, in ms of the clock. */
  get now(): number {
    return this.#clock.now();
  }

  /** The time of the last tick, at most a tick and a delay old while any timer is set: free to read. */
  get coarseNow(): number {
    return this.#now;
  }

  /** Timers that are set. */
  get size(): number {
    return this.#size;
  }

  /** Sets `timer` to fire `delay` ms from now, in place of what it was set to. */
  set(timer: Timer, delay: number): void {
    this.clear(timer);
    if (this.#size === 0) this.#catchUp();
    const due = Math.ceil((this.#clock.now() - this.#started + Math.max(0, delay)) / TICK);
    timer.due = Math.max(due, this.#tick + 1);
    this.#insert(timer);
    this.#size++;
    if (this.#cancel === undefined) this.#schedule();
  }

  /** Forgets `timer`; it does not fire. */
  clear(timer: Timer): void {
    if (timer.due < 0) return;
    unlink(timer);
    timer.due = -1;
    this.#size--;
  }

  /** Fires all that is due. The wheel calls it by its clock; tests may. */
  advance(): void {
    this.#now = this.#clock.now();
    const target = Math.floor((this.#now - this.#started) / TICK);
    while (this.#tick < target && this.#size > 0) this.#step();
    this.#tick = Math.max(this.#tick, target);
  }

  /** Forgets every timer and stops the clock's. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const ring of this.#rings) for (const slot of ring) while (slot.next) this.clear(slot.next);
  }

  /** An empty wheel does not turn, so its hand may stand far behind. */
  #catchUp(): void {
    this.#now = this.#clock.now();
    this.#tick = Math.max(this.#tick, Math.floor((this.#now - this.#started) / TICK));
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(TICK, () => {
      this.#cancel = undefined;
      this.advance();
      if (this.#size > 0 && this.#cancel === undefined) this.#schedule();
    });
  }

  #step(): void {
    this.#tick++;
    for (let level = 1; level < LEVELS && (this.#tick & ((1 << (BITS * level)) - 1)) === 0; level++) {
      this.#cascade(level);
    }
    const slot = this.#slot(0, this.#tick);
    // What a timer sets again while it fires is due later, so this list only gets shorter.
    for (let timer = slot.next; timer !== undefined; timer = slot.next) {
      this.clear(timer);
      timer.fire();
    }
  }

  #cascade(level: number): void {
    const slot = this.#slot(level, Math.floor(this.#tick / 2 ** (BITS * level)));
    for (let timer = slot.next; timer !== undefined; timer = slot.next) {
      unlink(timer);
      this.#insert(timer);
    }
  }

  #insert(timer: Timer): void {
    const wait = timer.due - this.#tick;
    let level = 0;
    while (level < LEVELS - 1 && wait >= 2 ** (BITS * (level + 1))) level++;
    const reach = 2 ** (BITS * LEVELS) - 1; // 217 years: what lies beyond comes round again
    const due = Math.min(timer.due, this.#tick + reach);
    const slot = this.#slot(level, Math.floor(due / 2 ** (BITS * level)));
    timer.previous = slot;
    timer.next = slot.next;
    if (slot.next) slot.next.previous = timer;
    slot.next = timer;
  }

  #slot(level: number, position: number): Timer {
    const slot = this.#rings[level]?.[position % SLOTS];
    if (slot === undefined) throw new RangeError('no such slot');
    return slot;
  }
}

function unlink(timer: Timer): void {
  if (timer.previous) timer.previous.next = timer.next;
  if (timer.next) timer.next.previous = timer.previous;
  timer.next = undefined;
  timer.previous = undefined;
}

function nothing(): void {
  // the head of a list, never due
}

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
  level = 0;
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
  /** Timers in each ring. */
  readonly #sizes: number[] = new Array<number>(LEVELS).fill(0);
  #tick = 0;
  #size = 0;
  #cancel: Cancel | undefined;
  /** The tick at which the clock's alarm is set to go off. */
  #wakeTick = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = clock.now();
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

  /** Timers that are set. */
  get size(): number {
    return this.#size;
  }

  /** Sets `timer` to fire `delay` ms from now, in place of what it was set to. */
  set(timer: Timer, delay: number): void {
    this.clear(timer);
    const elapsed = this.#clock.now() - this.#started;
    if (this.#size === 0) this.#tick = Math.max(this.#tick, Math.floor(elapsed / TICK)); // it did not turn
    timer.due = Math.max(Math.ceil((elapsed + Math.max(0, delay)) / TICK), this.#tick + 1);
    this.#insert(timer);
    this.#size++;
    if (this.#cancel === undefined || timer.due < this.#wakeTick) this.#schedule();
  }

  /** Forgets `timer`; it does not fire. */
  clear(timer: Timer): void {
    if (timer.due < 0) return;
    this.#unlink(timer);
    timer.due = -1;
    this.#size--;
  }

  /** Forgets every timer and stops the clock's. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const ring of this.#rings) for (const slot of ring) while (slot.next) this.clear(slot.next);
  }

  /** Fires all that is due. */
  #advance(): void {
    const target = Math.floor((this.#clock.now() - this.#started) / TICK);
    while (this.#tick < target && this.#size > 0) {
      this.#tick = Math.min(target, this.#nextTick());
      this.#arrive();
    }
    this.#tick = Math.max(this.#tick, target);
  }

  #schedule(): void {
    this.#cancel?.();
    this.#wakeTick = this.#nextTick();
    const delay = this.#wakeTick * TICK - (this.#clock.now() - this.#started);
    this.#cancel = this.#clock.after(Math.max(1, Math.ceil(delay)), () => {
      this.#cancel = undefined;
      this.#advance();
      if (this.#size > 0 && this.#cancel === undefined) this.#schedule();
    });
  }

  /** The next tick at which a timer may be due or must come down to a lower ring; what lies between is empty. */
  #nextTick(): number {
    const level = this.#sizes.findIndex((size) => size > 0);
    const span = 2 ** (BITS * Math.max(1, level));
    const boundary = (Math.floor(this.#tick / span) + 1) * span;
    if (level > 0) return boundary;
    let tick = this.#tick + 1;
    while (tick < boundary && this.#slot(0, tick).next === undefined) tick++;
    return tick;
  }

  /** The hand stands at a tick: higher rings give what is near to lower ones, then what is due fires. */
  #arrive(): void {
    for (let level = 1; level < LEVELS && this.#tick % 2 ** (BITS * level) === 0; level++)
      this.#cascade(level);
    const slot = this.#slot(0, this.#tick);
    // What a timer sets again while it fires is due later, so this list only gets shorter.
    for (let timer = slot.next; timer !== undefined; timer = slot.next) {
      this.clear(timer);
      timer.fire();
    }
  }

  #cascade(level: number): void {
    const slot = this.#slot(level, Math.floor(this.#tick / 2 ** (BITS * level)));
    const first = slot.next;
    // Taken out as a whole first: what is far beyond the last ring comes back into the same slot.
    slot.next = undefined;
    for (let timer = first; timer !== undefined; ) {
      const { next } = timer;
      timer.next = undefined;
      timer.previous = undefined;
      this.#count(level, -1);
      this.#insert(timer);
      timer = next;
    }
  }

  #insert(timer: Timer): void {
    const reach = 2 ** (BITS * LEVELS) - 1; // 217 years: what lies beyond comes round again
    const due = Math.min(timer.due, this.#tick + reach);
    let level = 0;
    while (level < LEVELS - 1 && due - this.#tick >= 2 ** (BITS * (level + 1))) level++;
    const slot = this.#slot(level, Math.floor(due / 2 ** (BITS * level)));
    timer.level = level;
    this.#count(level, 1);
    timer.previous = slot;
    timer.next = slot.next;
    if (slot.next) slot.next.previous = timer;
    slot.next = timer;
  }

  #unlink(timer: Timer): void {
    if (timer.previous) timer.previous.next = timer.next;
    if (timer.next) timer.next.previous = timer.previous;
    timer.next = undefined;
    timer.previous = undefined;
    this.#count(timer.level, -1);
  }

  #count(level: number, change: number): void {
    this.#sizes[level] = (this.#sizes[level] ?? 0) + change;
  }

  #slot(level: number, position: number): Timer {
    const slot = this.#rings[level]?.[position % SLOTS];
    if (slot === undefined) throw new RangeError('no such slot');
    return slot;
  }
}

function nothing(): void {
  // the head of a list, never due
}

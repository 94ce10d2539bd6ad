/**
 * What every kind of work in a load process has in common: how much has moved, who is told, and how many connections
 * open and close at a time. Knows nothing of what the connections do.
 */
import process from 'node:process';
import { now } from './clock.ts';
import type { Tally, Word } from './orders.ts';

/** Connections of one kind at work. */
export interface Work {
  go(messages: number): void;
  tally(): Tally;
  close(gone: () => void): void;
}

/** Something that is open. */
interface Closable {
  close(gone: () => void): void;
}

const OPENING = 100;

function say(word: Word): void {
  process.send?.(word);
}

/** The count of one round. */
export class Shift {
  moved = 0;
  ended = 0;
  first = 0;
  last = 0;
  #wanted = 0;
  #isDone = true;
  #isOpening = false;
  #cpu = process.cpuUsage();
  #work: Work | undefined;

  /** false while a round is going on. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Connections are being opened for `work`. */
  opening(): void {
    this.moved = this.ended = 0;
    this.#isOpening = true;
  }

  /** A round begins. */
  begin(work: Work): void {
    this.#work = work;
    this.moved = this.ended = 0;
    this.#isDone = false;
    this.#cpu = process.cpuUsage();
  }

  /** When so much has moved, the round is over. The clock runs from here. */
  want(wanted: number): void {
    this.#wanted = wanted;
    this.first = now();
  }

  /** So much more has moved. */
  move(count: number): void {
    this.moved += count;
    this.last = now();
    if (this.moved >= this.#wanted) this.done();
  }

  /** The round is over: all has come, or no more will. */
  done(): void {
    if (this.#isDone || this.#work === undefined) return;
    this.#isDone = true;
    const { user, system } = process.cpuUsage(this.#cpu);
    say({ is: 'done', tally: this.#work.tally(), cpuMicroseconds: user + system });
  }

  /** The broker ended or refused a connection. */
  readonly complain = (why: string): void => {
    if (this.ended++ > 0) return;
    if (this.#isOpening) say({ is: 'failed', why });
    else process.stderr.write(`load process: ${why}\n`);
  };

  /** A tally of `messages` without fault. */
  tallyOf(messages: number): Tally {
    const { ended, first, last } = this;
    return { messages, twice: 0, wrong: 0, skipped: 0, ended, first, last, times: [] };
  }

  /** Opens `count` things, OPENING at a time, and says `open` when all are. */
  openAll(count: number, open: (number: number, opened: () => void) => void): void {
    let begun = 0;
    let isOpen = 0;
    const next = (): void => {
      if (begun < count) open(begun++, opened);
    };
    const allOpen = (): void => {
      this.#isOpening = false;
      say({ is: 'open' });
    };
    const opened = (): void => {
      if (++isOpen < count) next();
      else allOpen();
    };
    for (let i = 0; i < Math.min(OPENING, count); i++) next();
    if (count === 0) setImmediate(allOpen);
  }
}

/** Closes all, then calls `gone`. */
export function closeAll(open: readonly Closable[], gone: () => void): void {
  let left = open.length;
  if (left === 0) gone();
  for (const one of open) {
    one.close(() => {
      if (--left === 0) gone();
    });
  }
}

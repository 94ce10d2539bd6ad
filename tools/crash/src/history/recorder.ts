/**
 * Writes down what happens, in order, and as JSON lines for whoever looks into a finding. Knows no rule.
 */
import { writeFileSync } from 'node:fs';
import type { Event, Happening } from './event.ts';

/** Takes down a run. */
export class Recorder {
  readonly events: Event[] = [];
  readonly #now: () => number;
  readonly #begin: number;

  /** `now`: milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#begin = now();
  }

  /** Writes one thing down; returns where it stands. */
  add(happening: Happening): number {
    const n = this.events.length;
    this.events.push({ ...happening, n, t: Math.round((this.#now() - this.#begin) * 10) / 10 });
    return n;
  }

  /** The whole history, one event a line. */
  save(file: string): void {
    writeFileSync(file, this.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}

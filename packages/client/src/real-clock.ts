/**
 * The real clock. Only the entries use it.
 */
import type { Clock } from './clock.ts';

const LONGEST = 2 ** 31 - 1;

/** A clock of `performance.now` and `setTimeout`; `defer` is the platform's way to run code soon. */
export function realClock(defer: (run: () => void) => void): Clock {
  return {
    now: () => performance.now(),
    wallTime: () => Date.now(),
    after(delay, run) {
      const timer = setTimeout(run, Math.min(delay, LONGEST)); // a longer one would fire at once
      return () => clearTimeout(timer);
    },
    defer: (run) => defer(run), // a browser's own functions refuse to be called as a method of this clock
  };
}

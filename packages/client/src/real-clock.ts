/**
 * The real clock. Only the entries use it.
 */
import type { Clock } from './clock.ts';

/** A clock of `performance.now` and `setTimeout`; `defer` is the platform's way to run code soon. */
export function realClock(defer: (run: () => void) => void): Clock {
  return {
    now: () => performance.now(),
    after(delay, run) {
      const timer = setTimeout(run, delay);
      return () => clearTimeout(timer);
    },
    defer,
  };
}

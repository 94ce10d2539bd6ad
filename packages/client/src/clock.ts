/**
 * Time as an argument: what this client needs of a clock. The entries (`index.*.ts`) pass the real one, tests a
 * manual one. Knows no platform.
 */

/** Ends a timer; calling it after the timer fired does nothing. */
export type Cancel = () => void;

/** Time, monotonic, in milliseconds. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Milliseconds since 1970; may be set forward and back. Only for what outlives this process. */
  wallTime(): number;
  /** Calls `run` once, not before `delay` milliseconds have passed. */
  after(delay: number, run: () => void): Cancel;
  /** Calls `run` once, soon, after the code that now runs: what is sent until then leaves in one write. */
  defer(run: () => void): void;
}

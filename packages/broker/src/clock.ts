/**
 * Time and chance as arguments: what the broker asks of a clock and of a source of random bytes, and the system's own.
 * Nothing else in the broker reads a clock, so that a whole broker can be run by hand in a test.
 */

/** Stops what `Clock.after` started. */
export type Cancel = () => void;

/** A clock that never jumps. `ManualClock` of `@mqtt/session/testing` is one that a test moves. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  readonly now: () => number;
  /** Calls `run` once, `delay` ms from now. */
  readonly after: (delay: number, run: () => void) => Cancel;
  /** Calls `run` once, after the code that runs now: how outgoing bytes are gathered for one write. */
  readonly defer: (run: () => void) => void;
  /** Milliseconds since 1970, as the machine says; may jump. Read only where something must outlive the process. */
  readonly wallTime: () => number;
}

/** Fills `target` with bytes that nobody can guess. */
export type RandomBytes = (target: Uint8Array) => Uint8Array;

/** The system's monotonic clock; its alarms keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delay, run) => {
    const timeout = setTimeout(run, delay);
    timeout.unref();
    return () => clearTimeout(timeout);
  },
  defer: (run) => {
    setImmediate(run);
  },
  wallTime: () => Date.now(),
};

/** The system's cryptographic random source. */
export const systemRandom: RandomBytes = (target) => crypto.getRandomValues(target);

/**
 * A limit for waiting on an event of another program, so that a test says what did not happen instead of hanging.
 */

/** Milliseconds after which an event of a peer is taken for one that never comes. */
export const PATIENCE = 10_000;

/** Milliseconds that a program may take to start, where much else runs. */
export const START_PATIENCE = 60_000;

/**
 * Milliseconds that all acknowledgements of one publisher may take: hundreds of messages of QoS 2, 20 in flight, go to and
 * fro thirty times through relays that share a process with all other plays.
 */
export const BATCH_PATIENCE = 30_000;

/** How long to wait, ms, and what to add to the error. */
export interface Waiting {
  readonly patience?: number | undefined;
  readonly detail?: () => string;
}

/** The same promise, or an error that names what was waited for. @throws {Error} when it does not settle in time */
export function within<T>(event: Promise<T>, what: string, waiting: Waiting = {}): Promise<T> {
  const { patience = PATIENCE, detail = () => '' } = waiting;
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`${what}: not within ${patience} ms${detail()}`));
    const timer = setTimeout(late, patience);
    event.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

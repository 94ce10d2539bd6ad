/** The shape of what makes a client do a task. Knows no client. */
import type { Task } from '../client-case.ts';

/** A client at work. */
export interface AtWork {
  /** Settles when the client has ended by itself; a task it cannot do is a CannotDo. */
  readonly ended: Promise<void>;
  /** Ends it, whatever it does. */
  stop(): Promise<void>;
}

/** A kind of client. */
export interface Driver {
  readonly name: string;
  start(task: Task, url: URL): AtWork;
}

/** The client has no way to do this; the case does not apply to it. */
export class CannotDo extends Error {}

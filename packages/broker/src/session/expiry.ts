/**
 * Sessions whose client is away and which end when their expiry interval is over (§3.1.2.11.2). What ending means is
 * the caller's business.
 */
import { Timer, type TimerWheel } from '../timer-wheel.ts';
import type { Session } from './session.ts';

/** An expiry interval that never ends. */
export const FOR_EVER = 0xffff_ffff;

/** Sessions that expire. */
export class Expiry {
  readonly #timers = new Map<Session, Timer>();
  readonly #wheel: TimerWheel;
  readonly #end: (session: Session) => void;

  constructor(wheel: TimerWheel, end: (session: Session) => void) {
    this.#wheel = wheel;
    this.#end = end;
  }

  /** `session` has no connection for `elapsed` ms: it ends when its expiry interval is over. */
  start(session: Session, elapsed = 0): void {
    if (session.expiryInterval === FOR_EVER) return;
    const timer = new Timer(() => {
      this.#timers.delete(session);
      this.#end(session);
    });
    this.#timers.set(session, timer);
    this.#wheel.set(timer, session.expiryInterval * 1000 - elapsed);
  }

  /** The client is back, or the session ended otherwise. */
  cancel(session: Session): void {
    const timer = this.#timers.get(session);
    if (timer === undefined) return;
    this.#timers.delete(session);
    this.#wheel.clear(timer);
  }
}

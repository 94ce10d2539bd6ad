/**
 * Wills that wait for their delay (§3.1.3.2.2): at most one for each session, cancelled by its next connection
 * [MQTT-3.1.3-9]. What publishing a will means is the caller's business.
 */
import { Timer, type TimerWheel } from '../timer-wheel.ts';
import type { Session } from './session.ts';

/** Delayed wills. */
export class Wills<Will> {
  readonly #waiting = new Map<Session, { readonly will: Will; readonly timer: Timer }>();
  readonly #wheel: TimerWheel;
  readonly #publish: (will: Will, session: Session) => void;

  constructor(wheel: TimerWheel, publish: (will: Will, session: Session) => void) {
    this.#wheel = wheel;
    this.#publish = publish;
  }

  /** Wills that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Publishes `will` after `delay` seconds, at once when that is 0. */
  add(session: Session, will: Will, delay: number): void {
    if (delay <= 0) {
      this.#publish(will, session);
      return;
    }
    const timer = new Timer(() => this.fire(session));
    this.#waiting.set(session, { will, timer });
    this.#wheel.set(timer, delay * 1000);
  }

  /** The session's client is back: its will is not sent. */
  cancel(session: Session): void {
    const waiting = this.#waiting.get(session);
    if (waiting === undefined) return;
    this.#waiting.delete(session);
    this.#wheel.clear(waiting.timer);
  }

  /** The delay is over, or the session ended before it [MQTT-3.1.2-8]. */
  fire(session: Session): void {
    const waiting = this.#waiting.get(session);
    if (waiting === undefined) return;
    this.cancel(session);
    this.#publish(waiting.will, session);
  }
}

/**
 * What is due without a packet: wills whose delay is over, sessions whose expiry has come; and what ending a session
 * means for the router. Stands above session and router, because it makes one of them act on the other.
 */
import type { Answer } from './access/access.ts';
import type { Message } from './message.ts';
import type { Metrics } from './metrics.ts';
import type { Router } from './router/router.ts';
import { Expiry, FOR_EVER } from './session/expiry.ts';
import type { Registry } from './session/registry.ts';
import type { Session } from './session/session.ts';
import { Wills } from './session/wills.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** A will that is to be published: made when it is, so that its expiry and its permission count from then. */
export type WillMaker = () => Answer<Message | undefined>;

/** A will as CONNECT gave it: how to make its message, and its delay in seconds. */
export interface StoredWill {
  readonly make: WillMaker;
  readonly delay: number;
}

/** Ends sessions, publishes wills. */
export class Schedule {
  readonly #wheel: TimerWheel;
  readonly #router: Router;
  readonly #registry: Registry;
  readonly #metrics: Metrics;
  readonly #wills: Wills<WillMaker>;
  readonly #expiry: Expiry;
  /** Sessions whose will is due, and a hook has not answered about it yet. */
  readonly #asking = new Set<Session>();

  constructor(wheel: TimerWheel, router: Router, registry: Registry, metrics: Metrics) {
    this.#wheel = wheel;
    this.#router = router;
    this.#registry = registry;
    this.#metrics = metrics;
    this.#wills = new Wills<WillMaker>(wheel, (make, session) => this.#publishWill(make, session));
    this.#expiry = new Expiry(wheel, (session) => {
      this.#metrics.sessionsExpired++;
      this.endSession(session);
    });
  }

  /** A connection took `session`: nothing of it is due any more. */
  attached(session: Session): void {
    this.#wills.cancel(session);
    this.#expiry.cancel(session);
  }

  /** The connection of `session` ended; `delay` in seconds, never beyond the session's own end. */
  detached(session: Session, will: WillMaker | undefined, delay: number): void {
    const ends = session.expiryInterval;
    const { record } = session;
    if (ends > 0) record?.left(ends, record.keeping.wallNow, will !== undefined);
    if (will !== undefined) this.#wills.add(session, will, Math.min(delay, ends));
    if (ends === 0) this.endSession(session);
    else this.#expiry.start(session);
  }

  /** A session came back from the store, away for `elapsed` ms; its will, if it has one, is due in `delay` ms. */
  restored(session: Session, elapsed: number, will: WillMaker | undefined, delay: number): void {
    const ends = session.expiryInterval;
    const left = ends === FOR_EVER ? Number.POSITIVE_INFINITY : ends * 1000 - elapsed;
    if (will !== undefined) this.#wills.add(session, will, Math.min(delay, left) / 1000);
    if (left > 0) this.#expiry.start(session, elapsed);
    else {
      if (ends > 0) this.#metrics.sessionsExpired++;
      this.endSession(session);
    }
  }

  /** Ends a session: its subscriptions, its state, and the will that waited for it [MQTT-3.1.2-8]. */
  endSession(session: Session): void {
    this.#expiry.cancel(session);
    this.#wills.fire(session);
    const left = [...session.leftToOthers()];
    for (const { topicFilter } of [...session.subscriptions()]) {
      session.unsubscribed(topicFilter);
      this.#router.unsubscribe(topicFilter, session);
    }
    this.#registry.remove(session);
    session.record?.ended(this.#asking.has(session));
    for (const { subscription, message } of left) this.#router.redeliver(subscription.topicFilter, message);
  }

  /** Publishes `message` to all, and keeps it when it is retained. */
  publish(message: Message): void {
    if (message.retain && !this.#router.retained.set(message, this.#wheel.now))
      this.#metrics.retainedRefused++;
    this.#router.publish(message);
  }

  #publishWill(make: WillMaker, session: Session): void {
    const send = (message: Message | undefined): void => {
      if (message !== undefined) {
        this.#metrics.willsPublished++;
        this.publish(message);
      }
      this.#asking.delete(session);
      session.record?.willDone();
    };
    const message = make();
    if (message instanceof Promise) {
      this.#asking.add(session);
      void message.then(send);
    } else send(message);
  }
}

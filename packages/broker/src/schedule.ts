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
import type { Totals } from './totals.ts';

/** A will that is to be published: made when it is, so that its expiry and its permission count from then. */
export type WillMaker = () => Answer<Message | undefined>;

/** A will as CONNECT gave it: how to make its message, its delay in seconds, the bytes it is counted with. */
export interface StoredWill {
  readonly make: WillMaker;
  readonly delay: number;
  readonly bytes: number;
}

/** Ends sessions, publishes wills. */
export class Schedule {
  readonly #wheel: TimerWheel;
  readonly #router: Router;
  readonly #registry: Registry;
  readonly #metrics: Metrics;
  readonly #totals: Totals;
  readonly #wills: Wills<StoredWill>;
  readonly #expiry: Expiry;

  constructor(wheel: TimerWheel, router: Router, registry: Registry, metrics: Metrics, totals: Totals) {
    this.#wheel = wheel;
    this.#router = router;
    this.#registry = registry;
    this.#metrics = metrics;
    this.#totals = totals;
    this.#wills = new Wills<StoredWill>(wheel, (will, session) => this.#publishWill(will, session));
    this.#expiry = new Expiry(wheel, (session) => {
      this.#metrics.sessionsExpired++;
      this.endSession(session);
    });
  }

  /** A connection took `session`: nothing of it is due any more. What may become due is its `will`. */
  attached(session: Session, will: StoredWill | undefined): void {
    this.#wills.cancel(session);
    this.#expiry.cancel(session);
    this.#hold(session, will);
  }

  /** The connection of `session` ended; its will is due after its delay, and with the session's own end at last. */
  detached(session: Session, will: StoredWill | undefined): void {
    const ends = session.expiryInterval;
    const { record } = session;
    if (ends > 0) record?.left(ends, record.keeping.wallNow, will !== undefined);
    if (will === undefined) this.#hold(session, undefined);
    else this.#wills.add(session, will, Math.min(will.delay, ends));
    if (ends === 0) this.endSession(session);
    else this.#expiry.start(session);
  }

  /** A session came back from the store, away for `elapsed` ms; its will, if it has one, is due in `delay` ms. */
  restored(session: Session, elapsed: number, will: StoredWill | undefined, delay: number): void {
    this.#hold(session, will);
    const ends = session.expiryInterval;
    const left = ends === FOR_EVER ? Number.POSITIVE_INFINITY : ends * 1000 - elapsed;
    if (will !== undefined) this.#wills.add(session, will, Math.min(delay, left) / 1000);
    if (left > 0) this.#expiry.start(session, elapsed);
    else {
      if (ends > 0) this.#metrics.sessionsExpired++;
      this.endSession(session);
    }
  }

  /** The will of a session whose client is away is not published any more. */
  dropWill(session: Session): void {
    if (session.heldWill === undefined) return;
    this.#wills.cancel(session);
    this.#hold(session, undefined);
    session.record?.willDone();
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
    session.record?.ended();
    for (const { subscription, message } of left) this.#router.redeliver(subscription.topicFilter, message);
  }

  /** Publishes `message` to all, and keeps it when it is retained. */
  publish(message: Message): void {
    if (message.retain && !this.#router.retained.set(message, this.#wheel.now))
      this.#metrics.retainedRefused++;
    this.#router.publish(message);
  }

  /** Counts `will` in place of the one that `session` had. */
  #hold(session: Session, will: StoredWill | undefined): void {
    this.#totals.willBytes += (will?.bytes ?? 0) - (session.heldWill?.bytes ?? 0);
    session.heldWill = will;
  }

  #publishWill(will: StoredWill, session: Session): void {
    const send = (message: Message | undefined): void => {
      if (message !== undefined) {
        this.#metrics.willsPublished++;
        this.publish(message);
      }
      if (session.heldWill === will) this.#hold(session, undefined); // a new connection may have brought another
    };
    const { record } = session;
    const message = will.make();
    if (message instanceof Promise) {
      const key = record?.willAsked();
      void message.then((answered) => {
        send(answered);
        if (key !== undefined) record?.keeping.store.ended(key);
      });
    } else {
      send(message);
      record?.willDone();
    }
  }
}

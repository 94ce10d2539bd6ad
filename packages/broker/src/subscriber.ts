/**
 * Where router and session meet: whoever can be given messages. A session, a shared group, an in-process subscription,
 * later a cluster peer and a bridge are all subscribers; the router knows no other word for them.
 */
import type { QoS } from '@mqtt/codec';
import type { Message } from './message.ts';

/** What became of a message at one subscriber; the order matters: more is more trouble for the publisher. */
export const deliveries = {
  /** Not taken: No Local, dropped by a bound, or nobody there. */
  none: 0,
  /** Taken. */
  taken: 1,
  /** Taken, and the subscriber falls behind: the publisher should be held back. */
  behind: 2,
} as const;
/** One of `deliveries`. */
export type Delivery = (typeof deliveries)[keyof typeof deliveries];

/** One subscription of one subscriber, or several of its overlapping ones merged for one topic. */
export interface Subscription {
  readonly subscriber: Subscriber;
  /** As the client wrote it, `$share/...` included. */
  readonly topicFilter: string;
  /** Granted QoS. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** Subscription identifiers of 5.0, all that match; undefined when there is none. */
  readonly identifiers: readonly number[] | undefined;
  /** For merged ones of which only some are No Local: what the publisher itself gets. */
  readonly own?: Subscription | undefined;
}

/** Takes messages. */
export interface Subscriber {
  /** Called in the publisher's turn, in order; must not throw, must not wait. */
  deliver(message: Message, subscription: Subscription): Delivery;
  /** Client id, which No Local compares [MQTT-3.8.3-3]; undefined for whoever is no client. */
  readonly clientId?: string | undefined;
  /** false: a shared group gives its messages to somebody else while it can. */
  readonly isOnline: boolean;
  /** Messages it has open, and those that wait: of several alike, who has least gets the next. */
  readonly load: number;
  /** Whether a message given to it now, at this QoS, would have to wait. */
  wouldWait(qos: QoS): boolean;
  /** true: what it takes at QoS 1 or 2 is kept in the store. */
  readonly isKept?: boolean | undefined;
  /** Calls `resume` once when this subscriber is no longer behind; at once when it is not. */
  whenReady(resume: () => void): void;
  /** Publishers waited as long as they must: until it is ready again it holds nobody back. */
  overtake(): void;
}

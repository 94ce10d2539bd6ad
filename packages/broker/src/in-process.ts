/**
 * Subscriptions and messages of the program itself: no packets, no link, the same router. A handler runs at the end of
 * the turn, after the subscribers' bytes are gathered, so that it may publish and unsubscribe as it likes.
 */
import {
  isTopicFilter,
  isTopicName,
  type Properties,
  parseShare,
  type QoS,
  type UserProperty,
} from '@mqtt/codec';
import { BrokerError } from './errors.ts';
import { type Hooks, tell } from './hooks.ts';
import type { Message, MessageSource } from './message.ts';
import type { Metrics } from './metrics.ts';
import type { Flushable, Turn } from './outbox.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from './subscriber.ts';

/** What a program may say about a message it publishes; all optional. */
export interface PublishOptions {
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** Default false. */
  readonly retain?: boolean | undefined;
  /** Seconds until it expires (§3.3.2.3.3). */
  readonly messageExpiryInterval?: number | undefined;
  readonly contentType?: string | undefined;
  readonly responseTopic?: string | undefined;
  readonly correlationData?: Uint8Array | undefined;
  /** Name and value pairs; order and duplicates are kept. */
  readonly userProperties?: readonly UserProperty[] | undefined;
}

/** A message as a program gets it. */
export interface ReceivedMessage {
  readonly topic: string;
  /** A view on bytes in use: do not change it; keep a copy, not the view. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  /** true: it was retained before the subscription was made. */
  readonly retain: boolean;
  readonly properties: Properties<'PUBLISH'>;
}

/** Gets messages; what it throws is told to `onError`. */
export type MessageHandler = (message: ReceivedMessage) => void;

/** A subscription of the program; ends when it is told to. */
export interface LocalSubscription {
  readonly topicFilter: string;
  /** Ends it; no message follows. */
  unsubscribe(): void;
}

const NO_PROPERTIES: Properties<'PUBLISH'> = {};

/** The message of a program. @throws {BrokerError} INVALID_TOPIC_NAME */
export function messageOf(
  topic: string,
  payload: Uint8Array | string,
  options: PublishOptions,
): MessageSource {
  if (!isTopicName(topic))
    throw new BrokerError('INVALID_TOPIC_NAME', `not a topic name: ${JSON.stringify(topic)}`);
  const { qos = 0, retain = false, ...properties } = options;
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload.slice();
  return { topic, payload: bytes, qos, retain, properties };
}

/** One handler as a subscriber. */
export class LocalSubscriber implements Subscriber, Flushable {
  readonly isOnline = true;
  readonly load = 0;
  readonly subscription: Subscription;
  readonly #handler: MessageHandler;
  readonly #turn: Turn;
  readonly #metrics: Metrics;
  readonly #hooks: Hooks;
  #waiting: ReceivedMessage[] = [];
  #isEnded = false;

  /** @throws {BrokerError} INVALID_TOPIC_FILTER */
  constructor(topicFilter: string, handler: MessageHandler, turn: Turn, metrics: Metrics, hooks: Hooks) {
    if (!isTopicFilter(topicFilter)) {
      throw new BrokerError('INVALID_TOPIC_FILTER', `not a topic filter: ${JSON.stringify(topicFilter)}`);
    }
    this.#handler = handler;
    this.#turn = turn;
    this.#metrics = metrics;
    this.#hooks = hooks;
    const options = { qos: 2, noLocal: false, retainAsPublished: true, identifiers: undefined } as const;
    this.subscription = { subscriber: this, topicFilter, ...options };
  }

  /** Whether retained messages come first: not for shared subscriptions (§4.8.2). */
  get wantsRetained(): boolean {
    return parseShare(this.subscription.topicFilter) === undefined;
  }

  deliver(message: Message, _subscription: Subscription): Delivery {
    return this.#add(message, false);
  }

  /** A message that was there before the subscription. */
  deliverRetained(message: Message): void {
    this.#add(message, true);
  }

  wouldWait(): boolean {
    return false;
  }

  whenReady(resume: () => void): void {
    resume();
  }

  overtake(): void {
    // never behind
  }

  /** The turn ends: the handler gets what came in it. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) {
      if (this.#isEnded) return;
      try {
        this.#handler(message);
      } catch (error) {
        this.#metrics.hooksFailed++;
        tell(this.#metrics, this.#hooks.onError, error);
      }
    }
  }

  /** No message follows. */
  end(): void {
    this.#isEnded = true;
    this.#waiting = [];
  }

  #add({ topic, payload, qos, properties }: Message, retain: boolean): Delivery {
    if (this.#isEnded) return deliveries.none;
    if (this.#waiting.length === 0) this.#turn.add(this);
    this.#waiting.push({ topic, payload, qos, retain, properties: properties ?? NO_PROPERTIES });
    return deliveries.taken;
  }
}

/**
 * Subscriptions and messages of the program itself: no packets, no link, the same router. A handler runs at the end of
 * the turn, after the subscribers' bytes are gathered, so that it may publish and unsubscribe as it likes.
 */
import {
  encodedLength,
  isTopicFilter,
  isTopicName,
  type Properties,
  ProtocolError,
  parseShare,
  type QoS,
  type TopicName,
  type UserProperty,
} from '@mqtt/codec';
import { BrokerError } from './errors.ts';
import { type Hooks, tell } from './hooks.ts';
import type { Message, MessageSource } from './message.ts';
import type { Metrics } from './metrics.ts';
import type { Flushable, Turn } from './outbox.ts';
import type { Router } from './router/router.ts';
import { LATER, REPLAYED_A_TURN, Replay, type Topics } from './session/replay.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from './subscriber.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** What a program may say about a message it publishes; all optional. */
export interface PublishOptions<ResponseTopic extends string = string> {
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** Default false. */
  readonly retain?: boolean | undefined;
  /** Seconds until it expires (§3.3.2.3.3). */
  readonly messageExpiryInterval?: number | undefined;
  readonly contentType?: string | undefined;
  readonly responseTopic?: TopicName<ResponseTopic> | undefined;
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

/** What a subscription of the program needs of the broker's rooms. */
export interface Surroundings {
  readonly turn: Turn;
  readonly metrics: Metrics;
  readonly hooks: Hooks;
  readonly router: Router;
  readonly wheel: TimerWheel;
}

const NO_PROPERTIES: Properties<'PUBLISH'> = {};
const NO_BYTES = new Uint8Array(0);
const propertyNames: readonly string[] = [
  'messageExpiryInterval',
  'contentType',
  'responseTopic',
  'correlationData',
  'userProperties',
] satisfies (keyof PublishOptions)[];
/** A payload that leaves no packet room for a topic. */
const TOO_LARGE = 268_435_455;

/** The message of a program, which may have no types. @throws {BrokerError} INVALID_TOPIC_NAME, INVALID_OPTION */
export function messageOf(
  topic: string,
  payload: Uint8Array | string,
  options: PublishOptions,
): MessageSource {
  if (typeof topic !== 'string' || !isTopicName(topic)) {
    throw new BrokerError(
      'INVALID_TOPIC_NAME',
      `not a topic name: ${shown(topic)}; it is a text of 1 to 65,535 bytes without +, # and U+0000`,
    );
  }
  if (typeof options !== 'object' || options === null)
    throw invalid(`options must be an object, not ${shown(options)}`);
  const { qos = 0, retain = false, ...properties } = options;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw invalid(`qos must be 0, 1 or 2, not ${shown(qos)}`);
  if (typeof retain !== 'boolean') throw invalid(`retain must be true or false, not ${shown(retain)}`);
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw invalid(
      `the payload must be a string or a Uint8Array, not ${shown(payload)}; JSON.stringify makes a string`,
    );
  }
  if (payload.length >= TOO_LARGE)
    throw invalid(`the payload has ${payload.length} bytes; a packet has at most 268,435,460`);
  checkProperties(topic, properties);
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload.slice();
  return { topic, payload: bytes, qos, retain, properties };
}

/** What the codec would say when the message is written for its first subscriber. */
function checkProperties(topic: string, properties: Properties<'PUBLISH'>): void {
  const names = Object.keys(properties);
  if (names.length === 0) return;
  const unknown = names.find((name) => !propertyNames.includes(name));
  if (unknown !== undefined)
    throw invalid(`there is no option "${unknown}"; write one of qos, retain, ${propertyNames.join(', ')}`);
  const packet = { type: 'PUBLISH', topic, payload: NO_BYTES, qos: 0, dup: false, retain: false } as const;
  for (const name of names as (keyof typeof properties)[]) {
    try {
      encodedLength({ ...packet, properties: { [name]: properties[name] } }, 5);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw invalid(`${name} cannot be ${shown(properties[name])}: ${error.message}`);
    }
  }
}

function invalid(message: string): BrokerError {
  return new BrokerError('INVALID_OPTION', message);
}

/** A value in an error: a text as it stands, of others what they are. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/**
 * Subscribes `handler`: retained messages first, as many as go into a turn, the rest in turns. `isOver`: the broker has
 * ended. @throws {BrokerError} INVALID_TOPIC_FILTER, INVALID_OPTION
 */
export function subscribeHandler(
  rooms: Surroundings,
  topicFilter: string,
  handler: MessageHandler,
  isOver: () => boolean,
): LocalSubscription {
  const subscriber = new LocalSubscriber(topicFilter, handler, rooms, isOver);
  const { subscription } = subscriber;
  const { router, wheel } = rooms;
  if (parseShare(topicFilter) === undefined) {
    // Not for shared subscriptions (§4.8.2).
    const find = (): Topics => router.retained.search(topicFilter, () => wheel.now);
    subscriber.replay(new Replay(find, subscription, (topic) => router.retained.get(topic, wheel.now)));
  }
  router.subscribe(subscription);
  return {
    topicFilter,
    unsubscribe: () => {
      subscriber.end();
      router.unsubscribe(topicFilter, subscriber);
    },
  };
}

/** One handler as a subscriber. */
class LocalSubscriber implements Subscriber, Flushable {
  readonly isOnline = true;
  readonly load = 0;
  readonly subscription: Subscription;
  readonly #handler: MessageHandler;
  readonly #turn: Turn;
  readonly #metrics: Metrics;
  readonly #hooks: Hooks;
  readonly #isOver: () => boolean;
  #waiting: ReceivedMessage[] = [];
  /** Retained messages that are still to come. */
  #replay: Replay | undefined;
  #isEnded = false;

  constructor(topicFilter: string, handler: MessageHandler, rooms: Surroundings, isOver: () => boolean) {
    if (typeof topicFilter !== 'string' || !isTopicFilter(topicFilter)) {
      throw new BrokerError(
        'INVALID_TOPIC_FILTER',
        `not a topic filter: ${shown(topicFilter)}; # is the last level, + a whole one, as in a/+/#`,
      );
    }
    if (typeof handler !== 'function') throw invalid(`the handler must be a function, not ${shown(handler)}`);
    this.#handler = handler;
    this.#turn = rooms.turn;
    this.#metrics = rooms.metrics;
    this.#hooks = rooms.hooks;
    this.#isOver = isOver;
    const options = { qos: 2, noLocal: false, retainAsPublished: true, identifiers: undefined } as const;
    this.subscription = { subscriber: this, topicFilter, ...options };
  }

  deliver(message: Message, _subscription: Subscription): Delivery {
    return this.#add(message, false);
  }

  /** Messages that were there before the subscription: the first of them now, so that nothing overtakes those. */
  replay(replay: Replay): void {
    this.#replay = replay;
    this.#continueReplay(replay);
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
    this.#give(waiting);
    if (this.#replay !== undefined) this.#continueReplay(this.#replay);
  }

  #give(waiting: readonly ReceivedMessage[]): void {
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
    this.#replay = undefined;
  }

  /** The next retained messages, for the end of the turn; as many as a client gets in one. */
  #continueReplay(replay: Replay): void {
    for (let left = REPLAYED_A_TURN; left > 0; left--) {
      const message = this.#isOver() ? undefined : replay.next();
      if (message === LATER) {
        if (this.#waiting.length === 0) this.#turn.add(this);
        return;
      }
      if (message === undefined) {
        this.#replay = undefined;
        return;
      }
      this.#add(message, true);
    }
  }

  #add({ topic, payload, qos, properties }: Message, retain: boolean): Delivery {
    if (this.#isEnded) return deliveries.none;
    if (this.#waiting.length === 0) this.#turn.add(this);
    this.#waiting.push({ topic, payload, qos, retain, properties: properties ?? NO_PROPERTIES });
    return deliveries.taken;
  }
}

/**
 * One subscriber of the load: counts what arrives, checks number and order of every message and the bytes of some.
 */
import { isWhole, numberAt, publisherAt, timeAt } from './payload.ts';
import { AREA, type Topics, topicOf } from './topics.ts';
import type { Address } from './transports.ts';
import { PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, type QoS, SUBACK, subscribe } from './wire.ts';
import { Wired } from './wired.ts';

/** Every so many messages, all bytes of the payload are compared. */
const SAMPLE = 64;
/** Filters of one SUBSCRIBE. */
const FILTERS = 100;

/** What a subscriber subscribes to, and from how many publishers messages may come. */
export interface Subscribing {
  readonly number: number;
  readonly address: Address;
  readonly topicFilters: readonly string[];
  readonly qos: QoS;
  readonly payloadBytes: number;
  readonly publishers: number;
  readonly readBytes: number;
  readonly now: () => number;
  /** Where the milliseconds on the way are kept, if anywhere. */
  readonly times: number[] | undefined;
  /** For loads where each message has one of many subscribers: the topics of each publisher. Area n is subscriber n's. */
  readonly spread: readonly Topics[] | undefined;
  /** Connects only when it starts, to its session of before. */
  readonly returns?: boolean;
}

/** Told of a subscriber's life. */
export interface SubscriberWatch {
  opened(): void;
  moved(count: number): void;
  ended(why: string): void;
}

/** A connection that subscribes. */
export class Subscriber {
  received = 0;
  twice = 0;
  wrong = 0;
  /** Messages that a later one of the same publisher overtook; those that never came after the last one are not here. */
  skipped = 0;
  /** undefined: it has not come back yet. */
  #wired: Wired | undefined;
  readonly #subscribing: Subscribing;
  readonly #watch: SubscriberWatch;
  /** The number that must come next, for each publisher. */
  readonly #next: Int32Array;
  #reported = 0;
  #subscribed = 0;

  constructor(subscribing: Subscribing, watch: SubscriberWatch) {
    const { publishers, returns } = subscribing;
    this.#subscribing = subscribing;
    this.#watch = watch;
    this.#next = new Int32Array(publishers);
    if (returns === true) queueMicrotask(() => watch.opened());
    else this.#wired = this.#connect(() => this.#subscribe());
  }

  #connect(accepted: () => void): Wired {
    const { number, address, readBytes } = this.#subscribing;
    return new Wired(address, `bench-s${number}`, readBytes, {
      accepted,
      packet: (bytes, at, body, end) => this.#packet(bytes, at, body, end),
      drained: () => this.#report(),
      ended: (why) => this.#watch.ended(why),
    });
  }

  /** Counts from nothing again. */
  start(): void {
    this.received = this.twice = this.wrong = this.skipped = this.#reported = 0;
    this.#next.fill(0);
    this.#wired ??= this.#connect(() => {}); // what waits for it comes at once
  }

  close(gone: () => void): void {
    if (this.#wired === undefined) gone();
    else this.#wired.close(gone);
  }

  /** The next filters, one SUBSCRIBE after the other. */
  #subscribe(): void {
    const { topicFilters, qos, address } = this.#subscribing;
    if (this.#subscribed === topicFilters.length) {
      this.#watch.opened();
      return;
    }
    const next = topicFilters.slice(this.#subscribed, this.#subscribed + FILTERS);
    this.#subscribed += next.length;
    this.#wired?.write(subscribe(1, next, qos, address.version));
  }

  #report(): void {
    const count = this.received - this.#reported;
    if (count === 0) return;
    this.#reported = this.received;
    this.#watch.moved(count);
  }

  #packet(bytes: Uint8Array, at: number, body: number, end: number): void {
    const first = bytes[at] ?? 0;
    if ((first & 0xf0) === PUBLISH) this.#message(bytes, first, body, end);
    else if (first === PUBREL) this.#wired?.acknowledge(PUBCOMP, bytes[body] ?? 0, bytes[body + 1] ?? 0);
    else if (first === SUBACK) {
      const refused = bytes.subarray(body + 2, end).find((code) => code > 2);
      if (refused !== undefined) this.#watch.ended(`SUBSCRIBE was answered with ${refused}`);
      else this.#subscribe();
    }
  }

  #message(bytes: Uint8Array, first: number, body: number, end: number): void {
    const { payloadBytes, now, times, spread } = this.#subscribing;
    const payload = end - payloadBytes;
    const qos = (first >> 1) & 3;
    if (qos > 0) {
      const id = body + 2 + (((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
      this.#wired?.acknowledge(qos === 1 ? PUBACK : PUBREC, bytes[id] ?? 0, bytes[id + 1] ?? 0);
    }
    const publisher = publisherAt(bytes, payload);
    const number = numberAt(bytes, payload);
    const expected = this.#next[publisher] ?? -1;
    if (spread !== undefined) {
      if (!this.#isMine(spread[publisher], number) || number < expected) this.wrong++;
      this.#next[publisher] = number + 1;
    } else if (number === expected) this.#next[publisher] = number + 1;
    else if (number > expected && expected >= 0) {
      this.skipped += number - expected;
      this.#next[publisher] = number + 1;
    } else if ((first & 8) !== 0) {
      this.twice++; // DUP set: at QoS 1 that is allowed
      return;
    } else this.wrong++;
    if (this.received % SAMPLE === 0 && !isWhole(bytes, payload, end, publisher)) this.wrong++;
    if (times !== undefined) times.push(now() - timeAt(bytes, payload));
    this.received++;
  }

  #isMine(topics: Topics | undefined, number: number): boolean {
    return topics !== undefined && Math.floor(topicOf(topics, number) / AREA) === this.#subscribing.number;
  }
}

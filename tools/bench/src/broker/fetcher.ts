/**
 * One client that fetches retained messages, area after area, with a wildcard; checks that each topic of an area comes
 * once, retained and whole.
 */
import { isWhole, numberAt, publisherAt } from './payload.ts';
import { AREA, areaFilter, type Topics, topicOf } from './topics.ts';
import type { Address } from './transports.ts';
import { PUBLISH, SUBACK, subscribe } from './wire.ts';
import { Wired } from './wired.ts';

const READ_BYTES = 256 * 1024;
const RETAIN = 1;
/** The bytes of every so many messages are compared. */
const SAMPLE = 64;

/** What a fetcher fetches. */
export interface Fetching {
  readonly number: number;
  readonly address: Address;
  readonly payloadBytes: number;
  /** The topics of each publisher: which message lies where. */
  readonly spread: readonly Topics[];
}

/** Told of a fetcher's life. */
export interface FetcherWatch {
  opened(): void;
  /** So many retained messages came. */
  fetched(count: number): void;
  ended(why: string): void;
}

/** A connection that subscribes for what is retained. */
export class Fetcher {
  received = 0;
  wrong = 0;
  twice = 0;
  readonly #wired: Wired;
  readonly #fetching: Fetching;
  readonly #watch: FetcherWatch;
  #areas: readonly number[] = [];
  #at = 0;
  #isSubscribed = false;
  #seen = new Uint8Array(AREA);
  #left = 0;
  #reported = 0;
  #form = 0;

  constructor(fetching: Fetching, watch: FetcherWatch) {
    this.#fetching = fetching;
    this.#watch = watch;
    this.#wired = new Wired(fetching.address, `bench-f${fetching.number}`, READ_BYTES, {
      accepted: () => watch.opened(),
      packet: (bytes, at, _body, end) => this.#packet(bytes, at, end),
      drained: () => this.#report(),
      ended: (why) => watch.ended(why),
    });
  }

  /** Fetches these areas, one after the other. */
  start(areas: readonly number[]): void {
    this.received = this.wrong = this.twice = this.#reported = 0;
    this.#areas = areas;
    this.#at = -1;
    this.#form++; // a filter it has not used yet, though retained messages come again for one it has (§3.3.1.3)
    this.#next();
  }

  close(gone: () => void): void {
    this.#wired.close(gone);
  }

  #next(): void {
    const area = this.#areas[++this.#at];
    if (area === undefined) return;
    this.#left = AREA;
    this.#seen.fill(0);
    this.#isSubscribed = false;
    this.#wired.write(subscribe(1, [areaFilter(area, this.#form)], 0, this.#fetching.address.version));
  }

  #report(): void {
    const count = this.received - this.#reported;
    this.#reported = this.received;
    if (count > 0) this.#watch.fetched(count);
  }

  #packet(bytes: Uint8Array, at: number, end: number): void {
    const first = bytes[at] ?? 0;
    if (first === SUBACK) {
      if ((bytes[end - 1] ?? 0x80) > 2) this.#watch.ended(`SUBSCRIBE was answered with ${bytes[end - 1]}`);
      this.#isSubscribed = true;
    } else if ((first & 0xf0) === PUBLISH) this.#message(bytes, first, end);
    // The messages may come before SUBACK (§3.8.4).
    if (this.#isSubscribed && this.#left === 0) this.#next();
  }

  #message(bytes: Uint8Array, first: number, end: number): void {
    const { payloadBytes, spread } = this.#fetching;
    const payload = end - payloadBytes;
    const publisher = publisherAt(bytes, payload);
    const topics = spread[publisher];
    const index = topics === undefined ? -1 : topicOf(topics, numberAt(bytes, payload));
    const unit = index % AREA;
    const isRight = Math.floor(index / AREA) === this.#areas[this.#at] && (first & RETAIN) === RETAIN;
    if (!isRight) this.wrong++;
    else if (this.#seen[unit] === 1) this.twice++;
    else {
      this.#seen[unit] = 1;
      this.#left--;
      if (this.received % SAMPLE === 0 && !isWhole(bytes, payload, end, publisher)) this.wrong++;
      this.received++;
    }
  }
}

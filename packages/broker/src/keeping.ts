/**
 * Between the broker and its Store: messages as the store wants them and back, wall time for monotonic time, and who
 * waits until what was told is durable. Made only where there is a store; without one nothing here runs.
 * Knows no session, no connection and no packet.
 */
import type { Clock } from './clock.ts';
import { type Hooks, tell } from './hooks.ts';
import { Message } from './message.ts';
import type { Metrics } from './metrics.ts';
import type {
  Delivery,
  DeliveryKey,
  KeptDelivery,
  KeptMessage,
  RetainedKey,
  SessionKey,
} from './store/facts.ts';
import type { Store, StoreWatcher, Ticket } from './store/store.ts';

/** Something that leaves when it is kept: a PUBLISH or PUBREL to a kept session. */
export interface Departure {
  readonly ticket: Ticket;
  /** It is kept. */
  depart(): void;
}

/** Something with several things that wait: a connection and its acknowledgements. */
export interface Waiter {
  /** More is durable: true while something still waits. */
  stored(durable: Ticket): boolean;
}

interface Promised {
  readonly ticket: Ticket;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Facts that may be under way before publishers wait for the disk. */
const MOST_FACTS = 65_536;
/** Bytes of messages that may be. */
const MOST_BYTES = 67_108_864;

/** Tells the store, and comes back from it. */
export class Keeping implements StoreWatcher {
  readonly store: Store;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #hooks: Hooks;
  /** A fan-out tells the same message many times, one after the other. */
  #lastMessage: Message | undefined;
  #lastKept: KeptMessage | undefined;
  #departures: (Departure | undefined)[] = [];
  #head = 0;
  readonly #waiters = new Set<Waiter>();
  #roomWanted: (() => void)[] = [];
  #behind: (() => void)[] = [];
  #promised: Promised[] = [];
  /** Bytes of messages told; until when they were durable at the last look; and what is looked at next. */
  #bytes = 0;
  #bytesDurable = 0;
  #checkpoint: Ticket = 0;
  #bytesAtCheckpoint = 0;
  /** A message that is under way: since when, and the ticket that it waits for; one at a time is measured. */
  #measuredSince: number | undefined;
  #measured: Ticket = 0;
  #failure: Error | undefined;
  /** Told once, when the store failed. */
  whenFailed: (() => void) | undefined;

  constructor(store: Store, clock: Clock, metrics: Metrics, hooks: Hooks) {
    this.store = store;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#hooks = hooks;
  }

  /** The ticket of the newest fact. */
  get newest(): Ticket {
    return this.store.newest;
  }

  /** Whether a fact with this ticket is kept. */
  isDurable(ticket: Ticket): boolean {
    return ticket <= this.store.durable && this.#failure === undefined;
  }

  get isFull(): boolean {
    return this.store.isFull;
  }

  /** Why nothing is kept any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** More is under way than memory should hold: publishers are to wait for the disk. */
  get isBehind(): boolean {
    const { newest, durable } = this.store;
    return (
      newest - durable > MOST_FACTS || (newest > durable && this.#bytes - this.#bytesDurable > MOST_BYTES)
    );
  }

  /** `departure` leaves when its ticket is durable; those before it leave first. */
  await(departure: Departure): void {
    this.#departures.push(departure);
  }

  /** `waiter` is told of everything that becomes durable, until it waits for nothing. */
  awaitAll(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  /** Resolves when all that was told so far is durable. @throws the store's error when it never will be */
  kept(): Promise<void> {
    const { newest } = this.store;
    if (this.isDurable(newest)) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#promised.push({ ticket: newest, resolve, reject }));
  }

  /** Resolves when so much is durable that publishers may go on. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => this.#behind.push(resolve));
  }

  /** Resolves when the store has room again. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#roomWanted.push(resolve));
  }

  readonly durable = (): void => {
    if (this.#failure !== undefined) return;
    const { durable, newest } = this.store;
    if (durable >= this.#checkpoint) {
      this.#bytesDurable = this.#bytesAtCheckpoint;
      this.#checkpoint = newest;
      this.#bytesAtCheckpoint = this.#bytes;
    }
    if (this.#measuredSince !== undefined && durable >= this.#measured) {
      this.#metrics.storeCommitsMeasured++;
      this.#metrics.storeCommitMilliseconds += this.#clock.now() - this.#measuredSince;
      this.#measuredSince = undefined;
    }
    this.#lastMessage = undefined; // it would keep its chunk
    this.#lastKept = undefined;
    this.#departAll(durable);
    for (const waiter of this.#waiters) if (!waiter.stored(durable)) this.#waiters.delete(waiter);
    for (const { ticket, resolve } of this.#promised) if (ticket <= durable) resolve();
    this.#promised = this.#promised.filter(({ ticket }) => ticket > durable);
    if (this.#behind.length === 0 || this.isBehind) return;
    const behind = this.#behind;
    this.#behind = [];
    for (const go of behind) go();
  };

  readonly full = (isFull: boolean): void => {
    tell(this.#metrics, this.#hooks.onStore, isFull ? 'full' : 'ready');
    if (isFull) {
      this.#metrics.storeFull++;
      return;
    }
    const wanted = this.#roomWanted;
    this.#roomWanted = [];
    for (const go of wanted) go();
  };

  readonly failed = (error: Error): void => {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#departures = [];
    this.#head = 0;
    this.#waiters.clear();
    for (const { reject } of this.#promised) reject(error);
    this.#promised = [];
    tell(this.#metrics, this.#hooks.onStore, 'failed', error);
    this.whenFailed?.();
  };

  readonly damaged = (what: string): void => {
    this.#metrics.recordsDamaged++;
    tell(this.#metrics, this.#hooks.onDamage, what);
  };

  /** Milliseconds since 1970 for a moment of the broker's clock. */
  wallOf(moment: number): number {
    return this.#clock.wallTime() + (moment - this.#clock.now());
  }

  /** The wall clock now. */
  get wallNow(): number {
    return this.#clock.wallTime();
  }

  /** A QoS 1 or 2 message waits for the session. */
  queued(session: SessionKey, message: Message, delivery: Delivery): DeliveryKey {
    return this.store.queued(session, this.#keptOf(message), delivery);
  }

  /** What `queued` was told; a record that cannot be read is over. */
  delivery(key: DeliveryKey): KeptDelivery | undefined {
    const kept = this.store.delivery(key);
    if (kept === undefined) this.store.settled(key);
    return kept;
  }

  /** Keeps a retained message; 0 for one that is not kept: `$SYS` is said anew after a restart. */
  retained(message: Message): RetainedKey {
    return isKeptTopic(message.topic) ? this.store.retained(this.#keptOf(message)) : 0;
  }

  cleared(key: RetainedKey): void {
    this.store.cleared(key);
  }

  retainedMessage(key: RetainedKey): Message | undefined {
    const kept = this.store.retainedMessage(key);
    return kept === undefined ? undefined : this.messageOf(kept);
  }

  /** When something that expires at `wall` expires on the broker's clock; a wall clock that was set back adds nothing. */
  momentOf(wall: number): number {
    return this.#clock.now() + (wall - this.#clock.wallTime());
  }

  #departAll(durable: Ticket): void {
    for (let next = this.#departures[this.#head]; next !== undefined; next = this.#departures[this.#head]) {
      if (next.ticket > durable) break;
      this.#departures[this.#head++] = undefined;
      try {
        next.depart();
      } catch (error) {
        tell(this.#metrics, this.#hooks.onError, error); // one that fails must not keep the others
      }
    }
    if (this.#head === this.#departures.length) {
      this.#departures = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#departures.length) {
      this.#departures = this.#departures.slice(this.#head);
      this.#head = 0;
    }
  }

  #keptOf(message: Message): KeptMessage {
    if (this.#lastMessage === message && this.#lastKept !== undefined) return this.#lastKept;
    const { topic, payload, qos, retain, properties, publisher, source, size } = message;
    const expires = message.expiresAt !== Number.POSITIVE_INFINITY;
    const kept: KeptMessage = {
      topic,
      payload,
      qos,
      retain,
      properties,
      publisher,
      ...(source === undefined ? {} : { source }),
      arrivedAt: expires ? this.wallOf(message.arrivedAt) : this.#clock.wallTime(),
      expiresAt: expires ? this.wallOf(message.expiresAt) : undefined,
      size,
    };
    this.#bytes += size;
    if (this.#measuredSince === undefined) {
      this.#measuredSince = this.#clock.now();
      this.#measured = this.store.newest + 1;
    }
    this.#lastMessage = message;
    this.#lastKept = kept;
    return kept;
  }

  /** What was kept. Its expiry counts from its arrival, and that is never in the future: a clock set back makes nothing live longer. */
  messageOf(kept: KeptMessage): Message {
    const expires = kept.properties?.messageExpiryInterval !== undefined;
    const arrivedAt = expires ? Math.min(this.#clock.now(), this.momentOf(kept.arrivedAt)) : 0;
    const message = new Message(kept, kept.publisher, arrivedAt);
    message.source = kept.source;
    return message;
  }
}

/** What the broker says of itself is not kept. */
export function isKeptTopic(topic: string): boolean {
  return !topic.startsWith('$SYS/');
}

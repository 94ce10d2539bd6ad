/**
 * The Store port: what outlives the process. A store is told facts, in the order in which they became true, and says how
 * far they are kept. It does not route, match, expire or choose packet ids, and it knows no clock: what it is told
 * stands in `facts.ts`.
 */
import type {
  Delivery,
  DeliveryKey,
  KeptDelivery,
  KeptMessage,
  KeptSession,
  KeptSubscription,
  Restored,
  RetainedKey,
  SessionKey,
} from './facts.ts';

/** Names a moment in a store's order; a fact is kept when `durable` is at least its ticket. */
export type Ticket = number;

/** What a store tells the broker; called between turns, never from inside a fact. */
export interface StoreWatcher {
  /** `durable` has grown. */
  readonly durable: () => void;
  /** There is no room (true), or there is again: what was told is held in memory and will be kept when there is. */
  readonly full: (isFull: boolean) => void;
  /** Nothing will ever be kept again, e.g. the disk failed to sync: nothing may be acknowledged on this store any more. */
  readonly failed: (error: Error) => void;
  /** A record cannot be read, while loading or when it was wanted: what it was, as far as known. It was set aside. */
  readonly damaged: (what: string) => void;
}

/**
 * Keeps facts.
 *
 * What a store promises:
 * 1. Order. After a crash there is a point in the sequence of facts: all before it are there, none after it.
 * 2. One turn, one commit. Facts that were told without giving way to the event loop are kept together or not at all,
 *    so that a message, the sessions it waits for and the packet id that it came with are never kept in part.
 * 3. `durable` reaches a ticket only when its fact survives what the store says it survives (process, power).
 * 4. Grouped commits: facts told while a commit runs go into the next one; telling never waits and never throws.
 * 5. A record that is damaged is reported and left out; it never ends what follows it, and is never served.
 * 6. Payloads may be views on bytes in use: a store has copied what it keeps of them when the call returns, and what it
 *    gives back nobody changes any more.
 * 7. What was told can be read at once, whether it is durable yet or not.
 * 8. After `failed`, facts are taken and forgotten.
 *
 * What the broker does with it: PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK and CONNACK leave when `durable` has reached
 * what they promise; to a kept session a PUBLISH of QoS 1 or 2 leaves when it is kept that it was sent, and PUBREL when
 * it is kept that it was released, because otherwise a crash would deliver QoS 2 twice.
 */
export interface Store {
  /** The ticket of the newest fact; each fact below moves it. */
  readonly newest: Ticket;
  /** Every fact with this ticket or a lower one is kept. */
  readonly durable: Ticket;
  /** true while there is no room: the broker takes nothing new that would have to be kept. */
  readonly isFull: boolean;

  /** Who is told; once, before anything else. */
  watch(watcher: StoreWatcher): void;
  /** Opens the store and hands over all that was kept; then facts may be told. @throws when it cannot be opened */
  load(restored: Restored): Promise<void>;

  /**
   * A session that is to be kept, or whose will is. Its key stands for it from now on, over restarts too. Two may have
   * the same client id for a while: one that ended, but whose will is not out yet, and the one after it.
   */
  opened(session: KeptSession): SessionKey;
  /** Something of the session is different: expiry interval, connected or away, its will, who its client is. */
  changed(session: SessionKey, state: KeptSession): void;
  /** The session ended. Its deliveries were settled before; what else belongs to it goes with it. */
  ended(session: SessionKey): void;
  /** A subscription, in place of one to the same filter. */
  subscribed(session: SessionKey, subscription: KeptSubscription): void;
  unsubscribed(session: SessionKey, topicFilter: string): void;

  /**
   * A QoS 1 or 2 message waits for the session. The same `message` object for several sessions is kept once.
   * Keys grow, so their order is the order of delivery.
   */
  queued(session: SessionKey, message: KeptMessage, delivery: Delivery): DeliveryKey;
  /** It was given this packet id and may be sent. */
  sent(delivery: DeliveryKey, packetId: number): void;
  /** PUBREC came: the message is not needed any more, the packet id is until `settled`. */
  released(delivery: DeliveryKey): void;
  /** It is over: acknowledged, dropped or expired. */
  settled(delivery: DeliveryKey): void;
  /** What `queued` was told, read when it is wanted; undefined when its record is damaged, which was reported. */
  delivery(delivery: DeliveryKey): KeptDelivery | undefined;

  /** A QoS 2 packet id came from the session's client; told in the same turn as the deliveries of its message. */
  held(session: SessionKey, packetId: number): void;
  /** PUBREL came: the id means a new message from now on. */
  unheld(session: SessionKey, packetId: number): void;

  /** A retained message. One that it takes the place of is `cleared` in the same turn. */
  retained(message: KeptMessage): RetainedKey;
  /** It is gone: replaced, cleared, expired or dropped. */
  cleared(retained: RetainedKey): void;
  /** What `retained` was told; undefined when its record is damaged, which was reported. */
  retainedMessage(retained: RetainedKey): KeptMessage | undefined;

  /** Keeps what is still under way, then lets go of everything. */
  close(): Promise<void>;
}

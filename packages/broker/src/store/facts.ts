/**
 * What a store is told and gives back, as plain values: sessions, subscriptions, messages, deliveries. All times are
 * milliseconds since 1970 on the machine's wall clock, because nothing else is left after a restart.
 */
import type { Properties, ProtocolVersion, QoS } from '@mqtt/codec';

/** A store's word for a session; never 0. */
export type SessionKey = number;
/** A store's word for one message that one session is owed; never 0, larger for later ones. */
export type DeliveryKey = number;
/** A store's word for a retained message; never 0. */
export type RetainedKey = number;

/** Who published a retained message, beside the client id. */
export interface MessageOrigin {
  readonly identity: string;
  /** Name of the listener it came through; undefined for a link that the program gave. */
  readonly listener: string | undefined;
}

/** A message (§3.3). */
export interface KeptMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Properties that are forwarded: never an alias, never a subscription identifier. */
  readonly properties: Properties<'PUBLISH'> | undefined;
  /** Client id of who published it; undefined for the broker itself. */
  readonly publisher: string | undefined;
  /** Of a retained message, where `authorizeRetained` is asked: who that was. */
  readonly source?: MessageOrigin | undefined;
  /** When it arrived, and when it expires; undefined is never (§3.3.2.3.3). */
  readonly arrivedAt: number;
  readonly expiresAt: number | undefined;
  /** Bytes it is counted with while it waits or is retained. */
  readonly size: number;
}

/** A session and whoever it belongs to (§4.1). */
export interface KeptSession {
  readonly clientId: string;
  /** Who created it; only the same identity may take it over. */
  readonly identity: string;
  /** Seconds that it outlives its connection; 0xFFFFFFFF: for ever; 0: only its will is kept (§3.1.2.11.2). */
  readonly expiryInterval: number;
  /** Since when it has no connection; undefined while it has one. */
  readonly awaySince: number | undefined;
  /** Who had it last: asked about what it may receive while it is away. */
  readonly client: KeptClient;
  /** The will of its connection, or one that waits for its delay; undefined when there is none. */
  readonly will: KeptWill | undefined;
}

/** What is known of a client that had a session; a store keeps whatever stands in it, as JSON. */
export interface KeptClient {
  readonly username: string | undefined;
  readonly version: ProtocolVersion;
  readonly peer: string;
  /** Name of the listener it came through: its rules hold for what waits, too. */
  readonly listener?: string | undefined;
  /** What its topics begin with and it does not see; undefined for nothing. */
  readonly mountPoint?: string | undefined;
  /** What hooks know of it besides. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A will (§3.1.2.5). */
export interface KeptWill {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Properties<'PUBLISH'> | undefined;
  /** Seconds after the connection's end (§3.1.3.2.2). */
  readonly delay: number;
}

/** A subscription (§3.8.3). */
export interface KeptSubscription {
  /** As the client wrote it, `$share/...` included. */
  readonly topicFilter: string;
  /** Granted QoS. */
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

/** How one session is owed a message. */
export interface Delivery {
  readonly qos: 1 | 2;
  readonly retain: boolean;
  /** Subscription identifiers of 5.0, all that match. */
  readonly identifiers: readonly number[] | undefined;
  /** The shared subscription it came through; undefined for a plain one (§4.8.2). */
  readonly share: string | undefined;
}

/** A delivery with its message. */
export interface KeptDelivery extends Delivery {
  readonly message: KeptMessage;
}

/** How far a delivery is. */
export type Progress =
  | { readonly state: 'queued' }
  | { readonly state: 'sent'; readonly packetId: number }
  | { readonly state: 'released'; readonly packetId: number };

/**
 * Takes what was kept, in this order: sessions; what belongs to each, its deliveries by growing key; retained messages.
 * Messages are not handed over but read when they are wanted, so that a million of them cost little memory.
 */
export interface Restored {
  session(key: SessionKey, session: KeptSession): void;
  subscription(session: SessionKey, subscription: KeptSubscription): void;
  /** `size` is its message's. */
  delivery(session: SessionKey, key: DeliveryKey, qos: 1 | 2, size: number, progress: Progress): void;
  held(session: SessionKey, packetId: number): void;
  /** `arrivedAt`, `expiresAt`: its message's. */
  retained(
    key: RetainedKey,
    topic: string,
    size: number,
    expiresAt: number | undefined,
    arrivedAt: number,
  ): void;
  /** `done` of `total` records; total is an estimate. Called some hundred times. */
  progress(done: number, total: number): void;
}

/**
 * What a client tells a store, so that a process or page may die: facts about QoS 1 and 2 messages and about the
 * session, in order. Types only: the client has no store unless one is given, and what makes a store of a backend is
 * `stores/keeping.ts`.
 */
import type { Properties, ProtocolVersion } from '@mqtt/codec';
import type { MqttError } from './errors.ts';

/** A message that `publish` accepted, as it is kept. */
export interface StoredMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly properties: Properties<'PUBLISH'> | undefined;
  /**
   * ms since 1970 from which it is of no use, whenever the next process begins; where there is a Message Expiry
   * Interval. Without it the interval begins when the message is loaded.
   */
  readonly expiresAt?: number | undefined;
}

/** Something that must outlive the process. `key` is a message's own number; later messages have higher ones. */
export type Fact =
  /** The server has a session for `clientId`; `isNew`: packet ids of an earlier one mean nothing any more (§4.1). */
  | { readonly fact: 'session'; readonly clientId: string; readonly isNew: boolean }
  /** `publish` accepted it. */
  | { readonly fact: 'queued'; readonly key: number; readonly message: StoredMessage }
  /** It has a packet id, and may be on its way from now on. */
  | { readonly fact: 'sent'; readonly key: number; readonly packetId: number }
  /** PUBREC came: its content is not needed any more, and it must never be sent again [MQTT-4.3.3-6]. */
  | { readonly fact: 'released'; readonly key: number }
  /** Acknowledged, refused or given up: over. */
  | { readonly fact: 'settled'; readonly key: number }
  /** A received QoS 2 message is dealt with; its PUBREC leaves when this is kept (§4.3.3). */
  | { readonly fact: 'held'; readonly packetId: number }
  /** Its PUBREL came; PUBCOMP leaves when this is kept [MQTT-4.3.3-12]. */
  | { readonly fact: 'unheld'; readonly packetId: number };

/** A message that is not settled. */
export interface Flow {
  readonly key: number;
  /** undefined: not sent in this session. */
  readonly packetId: number | undefined;
  /** undefined: released. */
  readonly message: StoredMessage | undefined;
}

/** What the facts come to. */
export interface Kept {
  /** undefined: there was no session. */
  readonly clientId: string | undefined;
  /** Messages in the order of their keys; those that are released in the order in which they were. */
  readonly flows: readonly Flow[];
  /** QoS 2 ids received and not released. */
  readonly held: readonly number[];
}

/** The options of `connect` that say whose session it is. */
export interface SessionOptions {
  readonly version?: ProtocolVersion | undefined;
  readonly clientId?: string | undefined;
  readonly cleanStart?: boolean | undefined;
  readonly properties?: Properties<'CONNECT'> | undefined;
}

/** An open store, as a client uses it. */
export interface Keeper {
  /** The options of `connect` with which the session that an earlier process left is taken up. */
  readonly resumed: SessionOptions;
  /** What an earlier process left. */
  readonly kept: Kept;
  /** Called once when the store fails; nothing is kept after that, and no `then` is called. */
  failed: (error: MqttError) => void;
  /** Tells a fact. `then` is called later, when this and everything told before is kept. */
  tell(fact: Fact | undefined, then?: () => void): void;
  /** Keeps what was told, and lets another process open the store. Never rejects. */
  close(): Promise<void>;
}

/** What `connect` takes as `store`. */
export interface Store {
  /**
   * Opens what is kept for a client of `server` (a URL without user and query, `''` when it is not known).
   * @throws MqttError STORE_FAILED, when it is in use, damaged, or another client's
   */
  open(server: string, options: SessionOptions): Promise<Keeper>;
}

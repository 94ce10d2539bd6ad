/**
 * What a program that embeds the broker is told: each hook optional, called at once, its answer ignored, but for
 * `onPublish`, which decides. One that throws or rejects harms nobody: it is counted. Who may do what is asked in
 * `access/`.
 */
import type { Packet, Properties, ProtocolVersion, QoS } from '@mqtt/codec';
import type { Answer, Client } from './access/access.ts';
import type { CounterName, Metrics } from './metrics.ts';
import type { LimitName } from './options.ts';
import type { Load } from './overload/probe.ts';

/** Why a connection ended. */
export interface Ending {
  /** 5.0 reason code, also for 3.x: 0x00 for a DISCONNECT, 0x80 when the network failed (§2.4). */
  readonly reasonCode: number;
  /** The broken statement, when the client broke one. */
  readonly statement?: string | undefined;
  /** true: the broker ended it. */
  readonly byBroker: boolean;
  /** What the broker said about it in DISCONNECT, or would have said to a 5.0 client. */
  readonly reasonString?: string | undefined;
}

/** What is known of a connection that no session came of. */
export interface Attempt {
  /** Name of the listener; undefined for a link that the program gave. */
  readonly listener: string | undefined;
  /** What its CONNECT said, as far as one came; nobody has checked it. */
  readonly clientId: string | undefined;
  readonly username: string | undefined;
  readonly version: ProtocolVersion | undefined;
  /** What went wrong in its TLS handshake; may have in it what the client said. */
  readonly trouble?: string | undefined;
}

/** The connection a packet passed on. */
export interface PacketPeer {
  /** The peer's address as its listener gives it. */
  readonly peer: string;
  /** As CONNECT said, or CONNACK assigned; undefined before. */
  readonly clientId: string | undefined;
}

/** Sees one packet. Payloads are views on bytes in use: read them now, keep copies, change nothing. */
export type PacketHook = (connection: PacketPeer, direction: 'received' | 'sent', packet: Packet) => void;

/** Why a message did not reach a session: the counter of each stands in `DROP_COUNTERS`. */
export type DropReason = 'offline' | 'slow' | 'too-large' | 'expired' | 'overflow' | 'unauthorised';

/** Reason -> the counter that it moves. */
export const DROP_COUNTERS: Readonly<Record<DropReason, CounterName>> = {
  offline: 'messagesDroppedOffline',
  slow: 'messagesDroppedSlow',
  'too-large': 'messagesDroppedTooLarge',
  expired: 'messagesExpired',
  overflow: 'messagesOverflowed',
  unauthorised: 'deliveriesUnauthorised',
};

/** A message that a client wants to publish. */
export interface OfferedMessage {
  readonly topic: string;
  /** A view on bytes in use: do not change it; keep a copy, not the view. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** What is forwarded (§3.3.2.3): no alias, no subscription identifier. */
  readonly properties: Properties<'PUBLISH'> | undefined;
}

/** Why `onPublish` refuses: what PUBACK and PUBREC of 5.0 can say (§3.4.2.1, §3.5.2.1). */
export type PublishRefusal = 0x80 | 0x83 | 0x87 | 0x90 | 0x97 | 0x99;

/** What `onPublish` answers: nothing, and the message goes as it came; or why not; or what is different about it. */
export type PublishVerdict =
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing has nothing against it
  void | undefined | { readonly refuse: PublishRefusal } | { readonly change: MessageChange };

/** What is different; `properties` stand in place of all there were. A payload of text is sent as UTF-8. */
export interface MessageChange {
  readonly topic?: string | undefined;
  readonly payload?: Uint8Array | string | undefined;
  readonly qos?: QoS | undefined;
  readonly retain?: boolean | undefined;
  readonly properties?: Properties<'PUBLISH'> | undefined;
}

/** How overloaded the process is: 1 publishers are read in turn, 2 CONNECT is refused too, 3 QoS 0 is shed too. */
export type OverloadLevel = 0 | 1 | 2 | 3;

/** What may be observed, and what may be decided. */
export interface Hooks {
  /**
   * A client wants to publish, or its will is due, and `authorizePublish` has nothing against it. May refuse or change
   * it; what is changed is not authorised again. A promise pauses that client's reading, so order holds. One that
   * throws, rejects, answers nonsense or not within `hookTimeout` has refused: 0x83. Not asked for `broker.publish`.
   */
  readonly onPublish?: ((client: Client, message: OfferedMessage) => Answer<PublishVerdict>) | undefined;
  /** A message leaves for a client, for the first time; `qos` is what it gets it at. Resends are not told. */
  readonly onDeliver?: ((client: Client, topic: string, qos: QoS) => void) | undefined;
  /** A client is connected; CONNACK is on its way. */
  readonly onConnect?: ((client: Client, sessionPresent: boolean) => void) | undefined;
  /** A CONNECT was refused, or the bytes before it were none; `attempt` is missing when a handshake before that failed. */
  readonly onRefuse?: ((peer: string, ending: Ending, attempt?: Attempt) => void) | undefined;
  /** A connected client is gone. */
  readonly onDisconnect?: ((client: Client, ending: Ending) => void) | undefined;
  /** A subscription was granted at `qos`, or replaced one to the same filter. */
  readonly onSubscribe?: ((client: Client, topicFilter: string, qos: QoS) => void) | undefined;
  /** A client ended a subscription, or `reauthorize` did. */
  readonly onUnsubscribe?: ((client: Client, topicFilter: string) => void) | undefined;
  /** A message did not reach a session that subscribed to it. */
  readonly onDrop?: ((clientId: string, topic: string, why: DropReason) => void) | undefined;
  /**
   * The store: `full`, nothing new is taken that would have to be kept; `ready`, there is room again; `failed`, nothing
   * is kept nor acknowledged any more and all connections end: the program should exit, and start anew on a good disk.
   */
  readonly onStore?: ((state: 'full' | 'ready' | 'failed', error?: Error) => void) | undefined;
  /** The store found a record that it cannot read: what it was, as far as known. It was set aside. */
  readonly onDamage?: ((what: string) => void) | undefined;
  /** A packet came, or leaves. Costs a second decoding of every byte: for looking at a broker, not for running one. */
  readonly onPacket?: PacketHook | undefined;
  /**
   * The process became more, or less, overloaded. `reached`: the limits of that level that the load is at or above
   * (`pauseDelay` and its like); none when it comes down.
   */
  readonly onOverload?:
    | ((level: OverloadLevel, load: Load, reached: readonly LimitName[]) => void)
    | undefined;
  /**
   * A hook that decides (those of `access`, `onPublish`) threw, rejected, did not answer in time or answered nonsense: its
   * client was told no. Once for each time; the others are only counted in `hooksFailed`.
   */
  readonly onHookFailed?: ((error: unknown) => void) | undefined;
  /** Something inside the broker threw; the connection it happened on was ended. A bug: please report it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Calls a hook; counts it when it throws, or when a promise of it rejects. */
export function tell<Arguments extends readonly unknown[]>(
  metrics: Metrics,
  hook: ((...details: Arguments) => unknown) | undefined,
  ...details: Arguments
): void {
  if (hook === undefined) return;
  try {
    const answer = hook(...details);
    if (answer instanceof Promise) {
      answer.catch(() => {
        metrics.hooksFailed++;
      });
    }
  } catch {
    metrics.hooksFailed++;
  }
}

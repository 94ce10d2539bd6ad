/**
 * What a program that embeds the broker is told: each hook optional, called at once, its answer ignored.
 * A hook that throws harms nobody: it is counted. Who may do what is asked elsewhere, in `access/`.
 */
import type { Packet, QoS } from '@mqtt/codec';
import type { Client } from './access/access.ts';
import type { CounterName, Metrics } from './metrics.ts';

/** Why a connection ended. */
export interface Ending {
  /** 5.0 reason code, also for 3.x: 0x00 for a DISCONNECT, 0x80 when the network failed (§2.4). */
  readonly reasonCode: number;
  /** The broken statement, when the client broke one. */
  readonly statement?: string | undefined;
  /** true: the broker ended it. */
  readonly byBroker: boolean;
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

/** What may be observed. */
export interface Hooks {
  /** A client is connected; CONNACK is on its way. */
  readonly onConnect?: ((client: Client, sessionPresent: boolean) => void) | undefined;
  /** A CONNECT was refused, or the bytes before it were none. */
  readonly onRefuse?: ((peer: string, ending: Ending) => void) | undefined;
  /** A connected client is gone. */
  readonly onDisconnect?: ((client: Client, ending: Ending) => void) | undefined;
  /** A subscription was granted at `qos`, or replaced one to the same filter. */
  readonly onSubscribe?: ((client: Client, topicFilter: string, qos: QoS) => void) | undefined;
  /** A client ended a subscription. */
  readonly onUnsubscribe?: ((client: Client, topicFilter: string) => void) | undefined;
  /** A message did not reach a session that subscribed to it. */
  readonly onDrop?: ((clientId: string, topic: string, why: DropReason) => void) | undefined;
  /** A packet came, or leaves. Costs a second decoding of every byte: for looking at a broker, not for running one. */
  readonly onPacket?: PacketHook | undefined;
  /** Something inside the broker threw; the connection it happened on was ended. A bug: please report it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Calls a hook; counts it when it throws. */
export function tell<Arguments extends readonly unknown[]>(
  metrics: Metrics,
  hook: ((...details: Arguments) => void) | undefined,
  ...details: Arguments
): void {
  if (hook === undefined) return;
  try {
    hook(...details);
  } catch {
    metrics.hooksFailed++;
  }
}

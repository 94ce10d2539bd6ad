/**
 * What a session is given from above: the connection it is attached to, and what all sessions of a broker share.
 * Types only.
 */
import type { ProtocolVersion } from '@mqtt/codec';
import type { Client } from '../access/access.ts';
import type { Door } from '../access/authorize.ts';
import type { Features } from '../features.ts';
import type { Hooks } from '../hooks.ts';
import type { Metrics } from '../metrics.ts';
import type { Outbox, Turn } from '../outbox.ts';
import type { Totals } from '../totals.ts';
import type { Aging } from './aging.ts';
import type { AliasHead } from './aliasing.ts';
import type { QueueBounds } from './queue.ts';

/** The connection a session is attached to; above this file, so it comes as an interface. */
export interface Attachment {
  /** Who the client is. */
  readonly client: Client | undefined;
  readonly outbox: Outbox;
  readonly version: ProtocolVersion;
  /** Bytes; the client takes no larger packet (§3.1.2.11.4). */
  readonly maximumPacketSize: number;
  /** Topic aliases the client takes (§3.1.2.11.5). */
  readonly topicAliasMaximum: number;
  /** Open QoS 1 and 2 messages the client takes, already bounded by our own limit. */
  readonly receiveMaximum: number;
  /** Another connection has the session now: send 0x8E and close [MQTT-3.1.4-3]. */
  takenOver(): void;
  /** The session's queue is full and its policy is to disconnect: 0x97. */
  overflowed(): void;
}

/** What all sessions of a broker share. */
export interface SessionEnvironment {
  readonly metrics: Metrics;
  readonly features: Features;
  readonly bounds: QueueBounds;
  /** Bytes that may be in flight to one client; one message always may. */
  readonly inflightBytes: number;
  readonly totals: Totals;
  readonly turn: Turn;
  readonly aging: Aging;
  readonly door: Door;
  readonly hooks: Hooks;
  /** Most topic aliases that one client is given. */
  readonly outboundAliases: number;
  readonly aliasHead: AliasHead;
  /** The time in ms, read only for messages that expire. */
  readonly now: () => number;
}

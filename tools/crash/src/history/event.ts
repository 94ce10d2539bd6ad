/**
 * What a history is made of: everything the clients of a run did and saw, and what was done to the broker, in the one
 * order in which one process saw it. Knows no rule.
 */
import type { ProtocolVersion } from '@mqtt/codec';

/** A will as CONNECT said it; `delay` in seconds. */
export interface WillEvent {
  readonly id: string;
  readonly topic: string;
  readonly delay: number;
}

/** A client, and which of its connections: they count from 1. */
interface At {
  readonly client: string;
  readonly connection: number;
}

/** CONNECT was sent. `expiry` in seconds, as 5.0 means it; a persistent session of 3.1.1 has 0xFFFFFFFF. */
export interface ConnectEvent extends At {
  readonly is: 'connect';
  readonly version: ProtocolVersion;
  readonly isClean: boolean;
  readonly expiry: number;
  readonly will?: WillEvent | undefined;
}

/** PUBLISH was sent; `sum` stands for its bytes and properties. Sent again, it is the same `id` once more. */
export interface PublishEvent extends At {
  readonly is: 'publish';
  readonly id: string;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly packetId: number;
  readonly dup: boolean;
  /** The empty payload: clears what is retained. */
  readonly isEmpty: boolean;
  readonly sum: string;
}

/** PUBLISH came; `isNew` is false for the duplicate of a QoS 2 message, which nobody is handed. */
export interface DeliverEvent extends At {
  readonly is: 'deliver';
  readonly id: string;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly packetId: number;
  readonly dup: boolean;
  readonly isNew: boolean;
  readonly sum: string;
}

/** One thing that happened. */
export type Happening =
  | ConnectEvent
  | (At & { readonly is: 'connack'; readonly reasonCode: number; readonly isPresent: boolean })
  | (At & { readonly is: 'disconnect' })
  | (At & { readonly is: 'closed' })
  | PublishEvent
  /** PUBACK or PUBREC: the broker has it. */
  | (At & { readonly is: 'acked'; readonly id: string; readonly reasonCode: number })
  /** The publisher's session was gone: whether the message arrived nobody will know. */
  | (At & { readonly is: 'abandoned'; readonly id: string })
  | (At & { readonly is: 'subscribe'; readonly filter: string; readonly qos: 0 | 1 | 2 })
  | (At & { readonly is: 'subscribed'; readonly filter: string; readonly reasonCode: number })
  | (At & { readonly is: 'unsubscribe' | 'unsubscribed'; readonly filter: string })
  | DeliverEvent
  | (At & {
      readonly is: 'answered';
      readonly packetId: number;
      readonly packet: 'PUBACK' | 'PUBREC' | 'PUBCOMP';
    })
  /** A new subscriber looked what is retained: `id` of what it saw; it subscribed at event `from`. */
  | (At & {
      readonly is: 'looked';
      readonly topic: string;
      readonly from: number;
      readonly id: string | undefined;
    })
  /** The broker broke the protocol, as the codec says. */
  | (At & { readonly is: 'fault'; readonly what: string })
  | { readonly is: 'crash'; readonly how: string }
  | { readonly is: 'restart'; readonly ms: number; readonly mostMs: number };

/** One thing that happened, when (ms since the run began), and where it stands. */
export type Event = Happening & { readonly n: number; readonly t: number };

/** The events of one kind. */
export type EventOf<Is extends Event['is']> = Extract<Event, { readonly is: Is }>;

/**
 * The shape of a conformance case: which statements it is about, what is sent on which connection, what must come
 * back, what may, and within what time. Data; knows no broker and no socket.
 */
import type { Connect, Packet, PacketType, Properties, PropertyName } from '@mqtt/codec';

/** A version that numbers its statements. */
export type Version = '3.1.1' | '5.0';

/** A packet id that the other side chose earlier in this case. */
export interface Kept {
  readonly kept: string;
}

type WithKept<P> = P extends { readonly packetId: number }
  ? Omit<P, 'packetId'> & { readonly packetId: number | Kept }
  : P;

/** A packet as @mqtt/codec types it for 5.0; in 3.1.1 what that version lacks is left out. */
export type Draft = WithKept<Packet<5>>;

/** What is sent: a legal packet, one whose first byte is another, or bytes as hexadecimal digits. */
export type Piece =
  | Draft
  | { readonly packet: Draft; readonly firstByte: number }
  | { readonly hex: string; readonly meaning: string };

/** What a value must be. `keep` gives it a name; `unlike` names those it must differ from. */
export type Match<T> =
  | T
  | { readonly oneOf: readonly T[] }
  | { readonly atLeast?: number; readonly atMost?: number }
  | { readonly keep: string; readonly unlike?: readonly string[] }
  | Kept
  | { readonly present: boolean };

/** A packet that must come: the fields named here, and whatever else it has. */
export interface Expected {
  readonly type: PacketType;
  readonly packetId?: Match<number>;
  readonly topic?: string;
  /** Its text. */
  readonly payload?: string;
  readonly qos?: Match<number>;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly sessionPresent?: boolean;
  /** 5.0, and PUBACK and its like in both. */
  readonly reasonCode?: Match<number>;
  /** CONNACK of 3.1.1. */
  readonly returnCode?: Match<number>;
  readonly reasonCodes?: readonly Match<number>[];
  /** 5.0 alone. */
  readonly properties?: { readonly [N in PropertyName]?: unknown };
  /** Length of the whole packet. */
  readonly bytes?: Match<number>;
  /** CONNECT, for clients. */
  readonly clientId?: Match<string>;
  readonly cleanStart?: boolean;
  readonly keepAlive?: Match<number>;
  readonly username?: Match<string>;
  readonly password?: Match<string>;
  readonly will?: { readonly present: boolean };
  readonly willMessage?: {
    readonly topic: string;
    readonly payload: string;
    readonly qos: number;
    readonly retain: boolean;
  };
}

/** CONNECT in the fields that matter; the client id is the connection's name unless it is said. */
export type Hello = Partial<Omit<Connect<5>, 'type' | 'version' | 'will'>> & { readonly will?: WillOf };
type WillOf = Partial<NonNullable<Connect<5>['will']>> & { readonly topic: string };

/** How long, ms: counted from the step's beginning. */
interface Time {
  readonly within?: number;
  readonly notBefore?: number;
}

interface Subscribing {
  readonly topicFilter: string;
  readonly qos?: 0 | 1 | 2;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: 0 | 1 | 2;
}

/** What a PUBLISH holds beside its topic; payload empty, QoS 0, not retained unless it is said. */
export interface Publishing {
  readonly topic: string;
  readonly payload?: string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly properties?: Properties<'PUBLISH'>;
}

/**
 * What happens next on the connection named `on`.
 *
 * These prepare, and when one fails the case has not reached its point: `connect` opens, sends CONNECT and takes a good
 * CONNACK; `subscribe` takes the SUBACK as wished; `publish` goes through to the last acknowledgement; `disconnect`
 * waits for the close; `open`, `cut` and `pause` are about the connection alone.
 *
 * These are what a statement is about: `send` (several pieces in one write), `split` (byte by byte), `text` (a
 * WebSocket text frame), `first` and `proof` (the client's messages of SCRAM), and what must follow: `expect` (in this
 * order, nothing between), `expectInAnyOrder`, `quiet` (nothing, for so many ms), `closes`, `subprotocol`. `either` is
 * the first of several ways that fits; `notApplicable` ends a way that the statement is not about.
 */
export type Step = {
  /** Only in this version. */
  readonly only?: Version;
  /** Ids of the statements that fail with this step, where it is not all of the case. */
  readonly proves?: readonly string[];
} & (
  | { readonly on: string; readonly connect: Hello }
  | { readonly on: string; readonly subscribe: readonly (string | Subscribing)[]; readonly id?: number }
  | { readonly on: string; readonly publish: Publishing }
  | { readonly on: string; readonly open: true }
  | { readonly on: string; readonly disconnect: true }
  | { readonly on: string; readonly cut: true }
  | { readonly pause: number; readonly because: string }
  | { readonly on: string; readonly send: Piece | readonly Piece[] }
  | { readonly on: string; readonly first: Draft }
  | { readonly on: string; readonly proof: 'right' | 'wrong' }
  | { readonly on: string; readonly text: string }
  | { readonly on: string; readonly split: Piece }
  | ({ readonly on: string; readonly expect: Expected | readonly Expected[] } & Time)
  | ({ readonly on: string; readonly expectInAnyOrder: readonly Expected[] } & Time)
  | { readonly on: string; readonly quiet: true | number }
  | ({ readonly on: string; readonly closes: Closing } & Time)
  | { readonly either: readonly (readonly Step[])[] }
  | { readonly on: string; readonly subprotocol: string }
  | { readonly notApplicable: string }
);

/** The connection ends. What may come before: in 5.0 a DISCONNECT that says why, unless `may` says otherwise. */
export interface Closing {
  readonly may?: readonly Expected[];
  /** Whatever it is, legal or not: where the server cannot know which version we read. */
  readonly afterAnything?: true;
}

/** What a server may lack, so that a case does not apply to it. */
export type Need =
  | 'retained messages'
  | 'shared subscriptions'
  | 'subscription identifiers'
  | 'wildcard subscriptions'
  | 'topic aliases'
  | 'QoS 2'
  | 'WebSocket'
  | 'a user name and password to try';

/** One scripted exchange. */
export interface Case {
  readonly name: string;
  /** `3.1.1 [MQTT-3.1.0-2] 5.0 [MQTT-3.1.0-2]`: a version, then its statements; played once for each version. */
  readonly statements: string;
  readonly needs?: readonly Need[];
  /** Is about servers that lack this. */
  readonly lacks?: Need;
  /** Hears every topic: messages of others are left out. */
  readonly hearsOthers?: boolean;
  readonly steps: readonly (Step | readonly Step[])[];
}

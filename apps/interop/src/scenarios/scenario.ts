/**
 * What a scenario is: steps as data, played with any client against any broker.
 * Topics, filters and client ids are names within the scenario; the player makes them unique. Knows no peer.
 */

/** Who receives: a name within the scenario. */
export type Role = string;

/** A message as written in a scenario; QoS 0 and not retained unless it says so. */
export interface Words {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

/** A client subscribes and stays. */
export interface SubscribeStep {
  readonly subscribe: Role;
  readonly topicFilter: string;
  readonly qos: 0 | 1 | 2;
  /** The session is resumed and outlives the connection. */
  readonly keep?: boolean;
  readonly will?: Words;
  /** Another role whose client id it takes; otherwise each role has its own. */
  readonly clientIdOf?: Role;
  /** Played by MQTT.js 3.1.1 whoever is under test: a witness that shows the end of its connection. */
  readonly witness?: true;
}

/** Messages over one connection that ends when all of them are acknowledged. Several have one topic. */
export interface PublishStep {
  readonly publish: readonly Words[];
  readonly witness?: true;
}

/** Exactly these messages come next, in this order. */
export interface ReceiveStep {
  readonly receive: Role;
  readonly messages: readonly Words[];
}

/** Nothing more has arrived: a last message sent now to `topic` is the next one to be received. */
export interface NothingStep {
  readonly nothingMore: Role;
  readonly topic: string;
}

/** The role leaves with a DISCONNECT, leaves without one, or is closed by the broker. */
export type LeaveStep =
  | { readonly end: Role }
  | { readonly kill: Role }
  | { readonly closed: Role; readonly reasonCode?: number };

/** One thing that happens. */
export type Step = SubscribeStep | PublishStep | ReceiveStep | NothingStep | LeaveStep;

/** A story with the statements it shows; 3.1 has no statement ids, it is told as 3.1.1. */
export interface Scenario {
  readonly name: string;
  readonly statement?: { readonly '3.1.1': string; readonly '5.0': string };
  /** What a client must be able to show for this story; clients without it do not play it. */
  readonly needs?: 'showsClose' | 'keepsWindow' | 'endsWithWill' | 'endsWithoutWill';
  readonly steps: readonly Step[];
}

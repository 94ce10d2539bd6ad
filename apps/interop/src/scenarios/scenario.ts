/**
 * What a scenario is: steps as data, played with any client against any broker.
 * Topics, filters and client ids are names within the scenario; the player makes them unique. Knows no peer.
 */
import type { Ability, Feature, MessageProperties, Version } from '../peers/peer.ts';

/** Who receives: a name within the scenario. */
export type Role = string;

/** A message as written in a scenario; QoS 0 and not retained unless it says so. */
export interface Words {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  /**
   * Sent as they stand. Of what is received these are compared, and no others; `messageExpiryInterval` may have become
   * less on the way.
   */
  readonly properties?: MessageProperties;
}

/** A will; its delay in seconds. */
export interface WillWords extends Words {
  readonly delay?: number;
}

/** A client subscribes and stays. */
export interface SubscribeStep {
  readonly subscribe: Role;
  /** `$share/GROUP/FILTER` is understood. Several go out in one SUBSCRIBE. */
  readonly topicFilter: string | readonly string[];
  readonly qos: 0 | 1 | 2;
  /** The session is resumed and outlives the connection. */
  readonly keep?: boolean;
  /** For how long, seconds; 3600 unless it is said. */
  readonly sessionExpiry?: number;
  readonly will?: WillWords;
  /** Seconds. */
  readonly keepAlive?: number;
  readonly topicAliasMaximum?: number;
  /** It connects again by itself. */
  readonly reconnect?: boolean;
  /** Another role whose client id it takes; otherwise each role has its own. */
  readonly clientIdOf?: Role;
  /** Played by the witness whoever is under test. */
  readonly witness?: boolean;
}

/** Messages over one connection that ends when all of them are acknowledged. */
export interface PublishStep {
  readonly publish: readonly Words[];
  /** Each topic whole once, then by its alias; what passed is looked at. */
  readonly topicAliases?: boolean;
  readonly witness?: boolean;
}

/** Exactly these messages come next, in this order. */
export interface ReceiveStep {
  readonly receive: Role;
  readonly messages: readonly Words[];
}

/** Exactly these messages come next, each to one of the roles, in any order. */
export interface ReceiveAmongStep {
  readonly receiveAmong: readonly Role[];
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

/** The network of the role passes nothing any more; its connection stays open. */
export interface FreezeStep {
  readonly freeze: Role;
}

/** The broker ends in order and is started again. Such a scenario has a broker of its own. */
export interface RestartStep {
  readonly restart: 'broker';
}

/** Messages are sent to `topic` until one reaches the role: it is there again. */
export interface ReachStep {
  readonly reach: Role;
  readonly topic: string;
}

/** Time itself is under test. */
export interface WaitStep {
  /** Milliseconds. */
  readonly wait: number;
}

/** A request goes out; its answer is looked at by `answered`. */
export interface AskStep {
  readonly ask: Role;
  readonly topic: string;
  readonly payload: string;
  readonly witness?: boolean;
}

/** The role takes a request and answers it. */
export interface AnswerStep {
  readonly answer: Role;
  readonly payload: string;
}

/** The answer to the request of this role. */
export interface AnsweredStep {
  readonly answered: Role;
  readonly payload: string;
}

/** One thing that happens. */
export type Step =
  | SubscribeStep
  | PublishStep
  | ReceiveStep
  | ReceiveAmongStep
  | NothingStep
  | LeaveStep
  | FreezeStep
  | RestartStep
  | ReachStep
  | WaitStep
  | AskStep
  | AnswerStep
  | AnsweredStep;

/** A story with the statements it shows; 3.1 has no statement ids, it is told as 3.1.1. */
export interface Scenario {
  readonly name: string;
  /** `3.1.1 [MQTT-…] 5.0 [MQTT-…]`: the ids of each version. */
  readonly statements?: string;
  /** Versions in which it can be told; all unless it is said. */
  readonly versions?: readonly Version[];
  /** What a client must be able to do for this story. */
  readonly needs?: readonly Ability[];
  /** What a broker must be able to do. */
  readonly asks?: readonly Feature[];
  /** A transport can change how it goes; others are played over one transport unless all is asked for. */
  readonly isAboutTransport?: true;
  /** Something is kept in it that a store keeps; others are played with one store unless all is asked for. */
  readonly isAboutStore?: true;
  /** It waits for time to pass, without work: many of these are played at once. */
  readonly isSlow?: true;
  /**
   * Between two of its steps, or packets, no more seconds may pass than it says: it is played with fewer others, and its
   * programs start before theirs.
   */
  readonly isTimed?: true;
  readonly steps: readonly Step[];
}

/**
 * The shape of a case for clients: what the client is asked to do, and what the scripted server sends and must get.
 * Data; knows no client and no socket.
 */
import type { Properties } from '@mqtt/codec';
import type { Closing, Expected, Piece, Version } from '../case.ts';

/** A message that the client is asked to publish, or to leave as its will. */
export interface TaskMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Seconds, 5.0. */
  readonly messageExpiryInterval?: number;
}

/** One thing to do; the next begins when it is done. */
export type Action =
  | { readonly subscribe: { readonly topicFilter: string; readonly qos: 0 | 1 | 2 } }
  | { readonly unsubscribe: string }
  /** All at once, without waiting for one before the next. */
  | { readonly publish: readonly TaskMessage[] };

/** What the client is asked to do: connect like this, do these things, then go or stay. JSON for a driver. */
export interface Task {
  readonly version: Version;
  readonly clientId: string;
  readonly cleanStart: boolean;
  /** Seconds; 0 is none. */
  readonly keepAlive: number;
  /** Seconds, 5.0. */
  readonly sessionExpiryInterval: number;
  readonly username?: string;
  readonly password?: string;
  readonly will?: TaskMessage;
  readonly receiveMaximum?: number;
  readonly topicAliasMaximum?: number;
  /** After a lost connection it connects again by itself. */
  readonly reconnect: boolean;
  readonly do: readonly Action[];
  /** `disconnect` when everything is done, or stay connected until it is ended. */
  readonly afterwards: 'disconnect' | 'stay';
}

/** What the server does and what must come, on the connections in their order. */
export type ServerStep = {
  readonly only?: Version;
  /** Ids of the statements that fail with this step, where it is not all of the case. */
  readonly proves?: readonly string[];
} & (
  | {
      /** Takes the next connection, its CONNECT, and answers with CONNACK: a preparation. */
      readonly on: string;
      readonly welcome: { readonly sessionPresent?: boolean; readonly properties?: Properties<'CONNACK'> };
    }
  | { readonly on: string; readonly accept: true }
  | { readonly nobody: true }
  | { readonly on: string; readonly answer: 'SUBSCRIBE' | 'UNSUBSCRIBE' }
  | { readonly on: string; readonly send: Piece | readonly Piece[] }
  | { readonly on: string; readonly split: Piece }
  | { readonly on: string; readonly text: string }
  | { readonly on: string; readonly subprotocol: string }
  | { readonly on: string; readonly cut: true }
  | { readonly pause: number; readonly because: string }
  | {
      readonly on: string;
      readonly expect: Expected | readonly Expected[];
      readonly within?: number;
      readonly notBefore?: number;
    }
  | { readonly on: string; readonly expectInAnyOrder: readonly Expected[] }
  | { readonly on: string; readonly quiet: number }
  | { readonly on: string; readonly closes: Closing }
  | { readonly either: readonly (readonly ServerStep[])[] }
  | { readonly notApplicable: string }
);

/** One scripted exchange with a client. */
export interface ClientCase {
  readonly name: string;
  /** As in a case for servers. */
  readonly statements: string;
  /** TCP unless it is said. */
  readonly over?: 'ws';
  readonly task: Partial<Omit<Task, 'version'>>;
  readonly steps: readonly (ServerStep | readonly ServerStep[])[];
}

/**
 * What a client is doing: one state of six, each with what belongs to it and why it was entered; and what its
 * listeners are told. Types only.
 */
import type { Connack, Packet } from '@mqtt/codec';
import type { MqttError } from './errors.ts';
import type { ServerLimits } from './limits.ts';
import type { Message } from './message.ts';

/** The state of a client. */
export type ClientState =
  /**
   * Reaching the server: callbacks, the network connection, CONNECT to CONNACK. `attempt` counts from 1. `reason`:
   * why the last connection or attempt ended; undefined for the first, and after `resume()`.
   */
  | { readonly status: 'connecting'; readonly attempt: number; readonly reason: MqttError | undefined }
  /** Connected. `sessionPresent` false after a reconnect: the server lost the session (§3.2.2.1.1). */
  | {
      readonly status: 'connected';
      readonly sessionPresent: boolean;
      readonly limits: ServerLimits;
      readonly connack: Connack;
    }
  /** Not connected because of `reason`; the next attempt comes in `delay` ms. */
  | {
      readonly status: 'waiting';
      readonly reason: MqttError;
      readonly delay: number;
      readonly attempt: number;
    }
  /** `pause()` was called: no connection, and none is tried until `resume()`. */
  | { readonly status: 'paused' }
  /** `end()` was called: what is in flight is awaited, then DISCONNECT. */
  | { readonly status: 'ending' }
  /** Over for good. `reason` undefined: because of `end()`. */
  | { readonly status: 'ended'; readonly reason: MqttError | undefined };

/** Event -> what its listeners are called with, of any client. */
export type CoreEvents = {
  /** The state changed. */
  readonly state: readonly [state: ClientState, previous: ClientState];
  /** Something failed that no promise tells: a handler threw, a lost subscription was refused. */
  readonly error: readonly [error: MqttError];
};

/** Something that is not an error and that nobody waits for. */
export type DebugEvent =
  /** The server acknowledged what nobody sent; ignored. */
  | { readonly type: 'stray'; readonly packet: Packet }
  /** A QoS 0 message found its consumer's inbox full while an answer was awaited; it is gone. */
  | { readonly type: 'dropped'; readonly message: Message };

/** Event -> what its listeners are called with. */
export type ClientEvents = CoreEvents & {
  readonly debug: readonly [event: DebugEvent];
};

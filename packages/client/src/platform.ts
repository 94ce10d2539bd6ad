/**
 * What a platform lends to a client: a way to the network, time, chance, and a place for errors that nobody listens
 * to. Composed in `index.node.ts` and `index.browser.ts`, and in tests.
 */
import type { LinkHandler } from '@mqtt/session';
import type { Clock } from './clock.ts';
import type { MqttError } from './errors.ts';
import type { CoreLink } from './link.ts';
import type { PlainMessage } from './received.ts';
import type { ClientState } from './state.ts';
import type { Transport } from './transports/transport.ts';

/** Who is told of what clients do, before anybody else is; nothing waits for it. `client`: the Client it concerns. */
export interface Observer {
  state(client: object, state: ClientState, previous: ClientState): void;
  publish(client: object, topic: string, payload: string | Uint8Array, options: object): void;
  message(client: object, message: PlainMessage): void;
  /** What the event `error` tells. */
  error(client: object, error: MqttError): void;
}

/** What the core needs. */
export interface CorePlatform {
  transport(
    endpoint: { readonly href: string },
    handler: LinkHandler,
    signal: AbortSignal,
  ): Promise<CoreLink>;
  readonly clock: Clock;
  /** ms that a timer may be late, as in a page that is not seen. Default 0. */
  readonly timerLag?: number | undefined;
  /** Says what a refusing CONNACK or DISCONNECT means, for a person. Default: the code is all that is told. */
  readonly refusalWords?: ((reasonCode: number, serverReference: string | undefined) => string) | undefined;
  /** Names of reason codes for the messages of errors. Default: the code is all that is told. */
  readonly reasonCodeNames?: Readonly<Record<number, string>> | undefined;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Takes an error of a listener or handler when nobody listens to `error`. */
  readonly report: (error: unknown) => void;
}

/** A platform. */
export interface Platform extends CorePlatform {
  transport(...args: Parameters<Transport>): ReturnType<Transport>;
  readonly observer?: Observer | undefined;
}

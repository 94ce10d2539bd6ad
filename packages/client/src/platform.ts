/**
 * What a platform lends to a client: a way to the network, time, chance, and a place for errors that nobody listens
 * to. Composed in `index.node.ts` and `index.browser.ts`, and in tests.
 */
import type { Clock } from './clock.ts';
import type { Transport } from './transports/transport.ts';

/** A platform. */
export interface Platform {
  readonly transport: Transport;
  readonly clock: Clock;
  /** ms that a timer may be late, as in a page that is not seen. Default 0. */
  readonly timerLag?: number | undefined;
  /** Says what a refusing CONNACK or DISCONNECT means, for a person. Default: the code is all that is told. */
  readonly refusalWords?: ((reasonCode: number, serverReference: string | undefined) => string) | undefined;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Takes an error of a listener or handler when nobody listens to `error`. */
  readonly report: (error: unknown) => void;
}

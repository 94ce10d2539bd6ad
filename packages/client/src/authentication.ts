/**
 * The port of enhanced authentication (§4.12): what the client says, step by step, until both ends are convinced.
 * Types only; who carries the steps is `connection.ts`.
 */
import type { Attempt } from './attempt.ts';

/**
 * One exchange, as a generator. It yields the client's Authentication Data and is given the server's: first what
 * CONNECT carries, then an answer to each AUTH. It returns when it is convinced; only then the server's success
 * counts. What it throws ends the attempt: a `MqttError` as it is, anything else as CONNECT_FAILED, to be tried again.
 */
export type AuthenticationExchange =
  | AsyncGenerator<Uint8Array | undefined, void, Uint8Array | undefined>
  | Generator<Uint8Array | undefined, void, Uint8Array | undefined>;

/** An authentication method (§4.12). */
export interface Authentication {
  /** Authentication Method: `SCRAM-SHA-256`, … */
  readonly method: string;
  /** A new exchange, for each CONNECT and for each `reauthenticate()`. */
  exchange(attempt: Attempt): AuthenticationExchange;
}

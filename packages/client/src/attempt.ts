/**
 * What the callbacks of an attempt to connect are told, and what they give. Types only.
 */
import type { MqttError } from './errors.ts';

/** An attempt to connect, or to authenticate again. */
export interface Attempt {
  /** Counts from 1. */
  readonly attempt: number;
  /** Why the last connection or attempt ended; undefined for the first, and after `resume()`. */
  readonly reason: MqttError | undefined;
  /** Aborted when the attempt is given up: `connectTimeout`, `pause()`, `end()`. */
  readonly signal: AbortSignal;
}

/** User Name and Password for one attempt; what is left out is the option's, or the URL's. */
export interface Credentials {
  readonly username?: string | undefined;
  /** Text is sent as UTF-8. */
  readonly password?: string | Uint8Array | undefined;
}

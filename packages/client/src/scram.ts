/**
 * The entry `@mqtt/client/scram`: SCRAM-SHA-256 on the WebCrypto of this platform. Composition only.
 */
import type { Authentication } from './authentication.ts';
import { type ScramOptions, scramWith } from './scram-exchange.ts';

export type { ScramOptions } from './scram-exchange.ts';

/**
 * Authenticates with user name and password, neither of which leaves in the clear: `authentication: scramSha256({ … })`.
 * An exchange throws MqttError AUTHENTICATION_FAILED when the server does not prove that it knows the password.
 * @throws MqttError INVALID_OPTION
 */
export function scramSha256(options: ScramOptions): Authentication {
  const nonce = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  return scramWith({ subtle: crypto.subtle, nonce }, options);
}

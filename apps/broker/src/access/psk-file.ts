/**
 * A file of pre-shared keys as Mosquitto's: a line `identity:key` for each identity, the key in hexadecimal digits; and
 * who a client is that proved one. Knows neither files nor handshakes: it is given text.
 */
import type { Client, Credentials } from '@mqtt/broker';
import { type Flaw, throwFlaws } from './access-file-error.ts';
import type { Authenticator, Finding } from './decision.ts';

/** Keys by identity. */
export type Keys = ReadonlyMap<string, Uint8Array>;

/** Reads a file of keys; blank lines and those that begin with # are left out. @throws {AccessFileError} */
export function parseKeys(text: string, file: string): Keys {
  const keys = new Map<string, Uint8Array>();
  const flaws: Flaw[] = [];
  let line = 0;
  for (const whole of text.split(/\r?\n/)) {
    line++;
    if (whole.trim() === '' || whole.startsWith('#')) continue;
    // No message names the key: logs are read by others.
    const colon = whole.lastIndexOf(':');
    const identity = whole.slice(0, Math.max(0, colon));
    const key = whole.slice(colon + 1).trim();
    const flaw = (column: number, problem: string): void => void flaws.push({ line, column, problem });
    if (colon < 0) flaw(1, 'a line is `identity:key`, and this one has no colon');
    else if (identity === '') flaw(1, 'there is no identity before the colon');
    else if (!/^(?:[0-9a-f]{2})+$/i.test(key)) {
      const problem = `the key of "${identity}" must be an even number of hexadecimal digits, as \`openssl rand -hex 32\` prints them`;
      flaw(colon + 2, problem);
    } else if (keys.has(identity)) flaw(1, `"${identity}" is there twice: keep one line`);
    else keys.set(identity, Uint8Array.from(Buffer.from(key, 'hex')));
  }
  throwFlaws(file, flaws);
  return keys;
}

/** Takes the listener's word that a key was proved: its identity is who the client is. */
export class PskAuthenticator implements Authenticator {
  readonly name = 'psk';

  /** Whether its key is the same still, the guard knows: it is asked of every listener that has keys. */
  vouch({ pskIdentity, identity }: Client): string | undefined {
    return pskIdentity === identity ? 'key' : undefined;
  }

  authenticate({ pskIdentity }: Credentials): Finding {
    return pskIdentity === undefined ? { is: 'unknown' } : { is: 'known', identity: pskIdentity };
  }
}

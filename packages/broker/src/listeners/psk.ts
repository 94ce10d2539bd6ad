/**
 * TLS with pre-shared keys (RFC 4279, RFC 8446 §2.2): both ends know a key, no certificate is needed. Answers: which
 * identity has proved its key? Such a listener has no certificate, so no handshake succeeds without one. Where keys
 * are kept the program knows.
 */
import { constants } from 'node:crypto';
import { createSecureContext, type TLSSocket, type TlsOptions } from 'node:tls';
import { ListenerFault } from './listener.ts';

/** Protocol versions that are offered; older ones are broken. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Most bytes of an identity hint. */
const LONGEST_HINT = 128;
/** All that TLS 1.2 has with pre-shared keys and OpenSSL finds strong enough, after those of TLS 1.3. */
const CIPHERS =
  'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:' +
  'ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384:PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256:PSK:!eNULL:!aNULL';

/** Who is in, by key. */
export interface PreSharedKeys {
  /** The key of an identity; undefined: nobody's. Asked in each handshake, so what it answers may change. */
  readonly keyOf: (identity: string) => Uint8Array | undefined;
  /** Tells TLS 1.2 clients which identity to use; at most 128 bytes, and anybody can read it. */
  readonly hint?: string | undefined;
}

/** A listener that asks for a pre-shared key in place of certificates. */
export interface PskOptions {
  readonly psk: PreSharedKeys;
  readonly key?: undefined;
  readonly cert?: undefined;
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion | undefined;
  /** Default TLSv1.3. */
  readonly maxVersion?: TlsVersion | undefined;
  /** OpenSSL's list, for TLS 1.2 and 1.3; default: all with pre-shared keys. */
  readonly ciphers?: string | undefined;
}

/** What asks for certificates, which such a listener does not. */
const CERTIFICATES = ['key', 'cert', 'passphrase', 'ca', 'crl', 'requireCertificate', 'requestCertificate'];

const identities = new WeakMap<TLSSocket, string>();
/** What was offered and has no key, for the log. */
const unknown = new WeakMap<TLSSocket, string>();
/** Characters of it that are kept. */
const LONGEST_TOLD = 128;

/** Options for Node's secure servers. @throws {ListenerFault} */
export function pskOptions(given: PskOptions): TlsOptions {
  const { psk, minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', ciphers = CIPHERS } = given;
  for (const name of CERTIFICATES)
    if (Reflect.get(given, name) !== undefined)
      throw new ListenerFault(`psk and ${name} exclude each other: open a listener for each`);
  if (typeof psk.keyOf !== 'function')
    throw new ListenerFault('psk.keyOf must be a function from an identity to its key');
  const { hint } = psk;
  if (hint !== undefined && (Buffer.byteLength(hint) > LONGEST_HINT || hint.includes('\0')))
    throw new ListenerFault(`psk.hint must be at most ${LONGEST_HINT} bytes of text`);
  const context = { ciphers, minVersion, maxVersion };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new ListenerFault(`ciphers cannot be used: ${String(error)}`, { cause: error });
  }
  return {
    ...context,
    // A resumed session would outlive its key.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(hint === undefined ? {} : { pskIdentityHint: hint }),
    // TLS 1.3 clients may offer several: the last one that has a key is the one that must be proved.
    pskCallback: (socket, identity) => {
      const key = psk.keyOf(identity);
      if (key === undefined || key.length === 0) {
        unknown.set(socket, identity.slice(0, LONGEST_TOLD));
        return null;
      }
      identities.set(socket, identity);
      return Buffer.from(key);
    },
  };
}

/** Why a handshake failed, where that is better known here than to OpenSSL. */
export function pskTrouble(socket: TLSSocket): string | undefined {
  const proved = identities.get(socket);
  if (proved !== undefined) return `another key than that of the identity ${JSON.stringify(proved)}`;
  const other = unknown.get(socket);
  return other === undefined ? undefined : `no key for the identity ${JSON.stringify(other)}`;
}

/** The identity whose key was proved in the handshake of this socket; undefined when none was. */
export function provenIdentity(socket: TLSSocket): string | undefined {
  // Ciphers are the program's to choose, and some of TLS 1.2 prove nothing.
  const isProof = socket.getProtocol() === 'TLSv1.3' || socket.getCipher().name.includes('PSK');
  return isProof ? identities.get(socket) : undefined;
}

/**
 * MQTT over TLS (§5.4): what a secure listener needs, checked before the port is opened, handshakes, and certificates
 * that are replaced while it runs. TCP and WebSocket share it; a socket whose handshake is done is a TCP socket to the
 * rest.
 */
import { createPrivateKey, type X509Certificate } from 'node:crypto';
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { LinkOrigin } from '@mqtt/session';
import { describeCertificate } from './certificate.ts';
import { type Behind, HIGH_WATER_MARK, urlHost } from './entrance.ts';
import { type Handshake, Handshakes } from './handshakes.ts';
import { ListenerFault, type PortOptions } from './listener.ts';
import { type PskOptions, provenIdentity, pskOptions, pskTrouble, type TlsVersion } from './psk.ts';
import { acceptSocket } from './tcp.ts';

/** PEM, as text or bytes. */
export type Pem = string | Uint8Array;

const VERSIONS: readonly unknown[] = ['TLSv1.2', 'TLSv1.3'] satisfies TlsVersion[];
/** Node's own limit, out of the way of ours: `connectTimeout` is at most half of it. */
const HANDSHAKE_TIMEOUT = 7_200_000;

/** What `reload` replaces: keys, certificates and how they may be used. */
export interface Certificates {
  readonly key: Pem;
  /** The server's certificate, then those between it and its CA. */
  readonly cert: Pem;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string | undefined;
  /** Who signs clients' certificates; needed where one is required or requested. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** Certificates that were taken back: a list of each CA in the chain. */
  readonly crl?: Pem | readonly Pem[] | undefined;
  /** Default TLSv1.2. */
  readonly minVersion?: TlsVersion | undefined;
  /** Default TLSv1.3. */
  readonly maxVersion?: TlsVersion | undefined;
  /** OpenSSL's list, for TLS 1.2 and 1.3; default: Node's. */
  readonly ciphers?: string | undefined;
}

/** The certificates of a listener, and which it wants from clients. */
export interface SecureOptions extends Certificates {
  /** true: a client without a certificate that `ca` signed does not get in. Default false. */
  readonly requireCertificate?: boolean | undefined;
  /** true: a client is asked, and gets in without one; one that is not valid is refused. Default false. */
  readonly requestCertificate?: boolean | undefined;
}

/** How a listener over TLS knows clients: by its certificates, or by keys that both ends have. */
export type Security = (SecureOptions & { readonly psk?: undefined }) | PskOptions;

/** Where to listen for MQTT over TLS. */
export type TlsListenerOptions = PortOptions &
  Security & {
    /** Protocols for ALPN, e.g. `['mqtt']`: a client that offers others only is refused. Default: none is chosen. */
    readonly alpn?: readonly string[] | undefined;
  };

/** What takes new certificates while it is in use. */
export interface SecureBehind extends Behind {
  /** For handshakes from now on; connections stay, old sessions are not resumed. @throws {ListenerFault} nothing has changed then */
  reload(certificates: Certificates): void;
}

/** Options for Node's secure servers. @throws {ListenerFault} */
export function secureOptions(given: Security): TlsOptions {
  if (given.psk !== undefined) return { ...pskOptions(given), handshakeTimeout: HANDSHAKE_TIMEOUT };
  const { requireCertificate = false, requestCertificate = false, ca } = given;
  // Without a list the system's CAs would be asked, and everybody gets a certificate from those.
  if (requireCertificate && isAbsent(ca)) throw new ListenerFault('requireCertificate needs ca');
  if (requestCertificate && isAbsent(ca)) throw new ListenerFault('requestCertificate needs ca');
  return {
    ...contextOptions(given),
    requestCert: requireCertificate || requestCertificate,
    rejectUnauthorized: requireCertificate,
    handshakeTimeout: HANDSHAKE_TIMEOUT,
  };
}

/** What Node makes a secure context of, tried out. @throws {ListenerFault} */
function contextOptions(given: Certificates): SecureContextOptions {
  const { key, cert, passphrase, ca, crl, ciphers, minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = given;
  if (!key?.length) throw new ListenerFault('key is missing: give the private key as PEM');
  if (!cert?.length) throw new ListenerFault('cert is missing: give the certificate as PEM');
  for (const list of [ca, crl])
    if (list !== undefined && isAbsent(list))
      throw new ListenerFault('ca or crl is empty: give PEM, or leave it out'); // [D12]
  for (const version of [minVersion, maxVersion])
    if (!VERSIONS.includes(version)) throw new ListenerFault(`${version} is neither TLSv1.2 nor TLSv1.3`);
  if (minVersion > maxVersion)
    throw new ListenerFault(`minVersion ${minVersion} is above maxVersion ${maxVersion}`);
  checkKey(key, passphrase);
  const options: SecureContextOptions = {
    key: pem(key),
    cert: pem(cert),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(ca === undefined ? {} : { ca: [ca].flat().map(pem) }),
    ...(crl === undefined ? {} : { crl: [crl].flat().flatMap(lists) }),
    ...(ciphers === undefined ? {} : { ciphers }),
    minVersion,
    maxVersion,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new ListenerFault(`key, cert, ca, crl or ciphers cannot be used: ${textOf(error)}`, {
      cause: error,
    });
  }
  return options;
}

function checkKey(key: Pem, passphrase: string | undefined): void {
  try {
    createPrivateKey(passphrase === undefined ? { key: pem(key) } : { key: pem(key), passphrase });
  } catch (error) {
    const why =
      passphrase === undefined ? 'it is no key, or needs a passphrase' : 'no key, or a wrong passphrase';
    throw new ListenerFault(`key cannot be read: ${why} (${textOf(error)})`, { cause: error });
  }
}

/** OpenSSL reads the first list of a file only: one by one, so that none is left out in silence. */
function lists(crl: Pem): (string | Buffer)[] {
  const text = Buffer.from(pem(crl)).toString('latin1');
  return text.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? [pem(crl)];
}

function isAbsent(given: Pem | readonly Pem[] | undefined): boolean {
  return given === undefined || given.length === 0 || [given].flat().some(({ length }) => length === 0);
}

function pem(given: Pem): string | Buffer {
  return typeof given === 'string' ? given : Buffer.from(given);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends connections whose handshake fails; their close tells the broker [G11]. */
export function endFailed(server: Pick<Server, 'on'>, handshakes: Handshakes): void {
  server.on('tlsClientError', (error: Error & { readonly reason?: string }, socket: TLSSocket) => {
    const why = error.reason ?? error.message;
    const known = pskTrouble(socket);
    handshakes.failed(socket, known === undefined ? why : `${known} (${why})`);
    socket.destroy();
  });
}

/** Where a client whose handshake is done came from; undefined when it has not proved what it must. */
export function secureOrigin(
  socket: TLSSocket,
  origin: LinkOrigin,
  { psk }: Pick<Security, 'psk'>,
): LinkOrigin | undefined {
  if (psk !== undefined) {
    const pskIdentity = provenIdentity(socket);
    return pskIdentity === undefined ? undefined : { ...origin, pskIdentity };
  }
  const certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
  if (certificate === undefined) return origin;
  return socket.authorized ? { ...origin, certificate: describeCertificate(certificate) } : undefined;
}

/** OpenSSL's word for what is wrong with the client's certificate: `CERT_REVOKED`. */
function whyNot({ authorizationError }: TLSSocket): string {
  return `the certificate of the client was refused: ${String(authorizationError)}`;
}

/** The socket of a handshake that is done; one that may not go on is ended. */
export function secured(
  socket: TLSSocket,
  handshake: Handshake | undefined,
  security: Pick<Security, 'psk'>,
  go: (handshake: Handshake) => void,
): void {
  const origin = handshake && secureOrigin(socket, handshake.origin, security);
  if (handshake !== undefined && origin !== undefined) {
    go({ arrival: handshake.arrival, origin });
    return;
  }
  handshake?.arrival.refused(security.psk === undefined ? whyNot(socket) : undefined);
  socket.on('error', () => undefined);
  socket.destroy();
}

/** What a TLS listener has behind its port. @throws {ListenerFault} */
export function behindTls(options: TlsListenerOptions): SecureBehind {
  const { alpn } = options;
  const handshakes = new Handshakes();
  const server = createServer({
    ...secureOptions(options),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    highWaterMark: HIGH_WATER_MARK,
  });
  server.on('secureConnection', (socket) => {
    secured(socket, handshakes.take(socket), options, ({ arrival, origin }) =>
      acceptSocket(socket, arrival, origin),
    );
  });
  endFailed(server, handshakes);
  return {
    stage: (socket, arrival, origin) => {
      handshakes.start(socket, arrival, origin, true);
      server.emit('connection', socket);
    },
    allowHalfOpen: false,
    url: (port, host) => `mqtts://${urlHost(host)}:${port}`,
    reload: reloader(server, options),
  };
}

/** Replaces a server's certificates. */
export function reloader(
  server: Pick<Server, 'setSecureContext'>,
  { psk }: Pick<Security, 'psk'>,
): SecureBehind['reload'] {
  return (certificates) => {
    if (psk !== undefined)
      throw new ListenerFault(
        'a listener with psk has no certificates: psk.keyOf is asked at each handshake',
      );
    server.setSecureContext(contextOptions(certificates));
  };
}

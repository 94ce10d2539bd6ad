/**
 * MQTT over TLS (§5.4): what a secure listener needs, checked before the port is opened, and handshakes that fail.
 * TCP and WebSocket share it; a socket whose handshake is done is a TCP socket to the rest.
 */
import {
  createSecureContext,
  createServer,
  type SecureVersion,
  type Server,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import type { Accept, Listener } from './listener.ts';
import { acceptSocket, HIGH_WATER_MARK, openPort, type TcpOptions } from './tcp.ts';

type Pem = string | Uint8Array;

/** The certificate of a listener, and which certificates it wants from clients. PEM, as text or bytes. */
export interface Certificates {
  readonly key: Pem;
  /** The server's certificate, then those between it and its CA. */
  readonly cert: Pem;
  readonly passphrase?: string | undefined;
  /** Who signs clients' certificates; needed with `requireCertificate`. */
  readonly ca?: Pem | undefined;
  /** true: a client without a certificate that `ca` signed does not get in. Default false. */
  readonly requireCertificate?: boolean | undefined;
  /** Certificates that were taken back. */
  readonly crl?: Pem | undefined;
  /** Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What a handshake that fails is told to: the peer's address, and whether it only took too long. */
export interface Handshakes {
  /** ms from accept to the end of the handshake. */
  readonly timeout: number;
  readonly failed: (peer: string, isLate: boolean) => void;
}

/** Certificates that cannot be used; the message says which option and why. */
export class CertificateFault extends Error {
  override readonly name = 'CertificateFault';
}

/** Options for Node's secure servers. @throws {CertificateFault} */
export function secureOptions(given: Certificates, handshakes: Handshakes): TlsOptions {
  const { key, cert, ca, passphrase, crl, requireCertificate = false } = given;
  if (!key?.length) throw new CertificateFault('key is missing: give the private key as PEM');
  if (!cert?.length) throw new CertificateFault('cert is missing: give the certificate as PEM');
  // Without a list the system's CAs would be asked, and everybody gets a certificate from those.
  if (requireCertificate && !ca?.length) throw new CertificateFault('requireCertificate needs ca');
  const minVersion: SecureVersion = given.minVersion ?? 'TLSv1.2';
  const options: TlsOptions = {
    key: pem(key),
    cert: pem(cert),
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(crl === undefined ? {} : { crl: pem(crl) }),
    minVersion,
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CertificateFault(`key, cert, ca or crl cannot be used: ${text}`, { cause: error });
  }
  return {
    ...options,
    requestCert: requireCertificate,
    rejectUnauthorized: requireCertificate,
    handshakeTimeout: handshakes.timeout,
  };
}

/** Ends and reports connections whose handshake fails or stalls [G11]. */
export function watchHandshakes(server: Pick<Server, 'on'>, handshakes: Handshakes): void {
  server.on('tlsClientError', (error: Error & { readonly code?: string }, socket: TLSSocket) => {
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    socket.destroy();
    handshakes.failed(peer, error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT');
  });
}

/** Opens a TLS listener; rejects as `listenTcp` does. @throws {CertificateFault} */
export async function listenTls(
  options: TcpOptions & Certificates,
  handshakes: Handshakes,
  accept: Accept,
): Promise<Listener> {
  const secure = secureOptions(options, handshakes);
  const server = createServer({ ...secure, noDelay: true, highWaterMark: HIGH_WATER_MARK }, (socket) =>
    acceptSocket(socket, accept),
  );
  watchHandshakes(server, handshakes);
  return await openPort(server, options, 'mqtts');
}

function pem(given: Pem): string | Buffer {
  return typeof given === 'string' ? given : Buffer.from(given);
}

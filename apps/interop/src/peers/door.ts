/**
 * What libraries of Node are told about a door: the certificates as bytes. Knows no library.
 */
import { readFileSync } from 'node:fs';
import type { Door, Way } from './peer.ts';

/** Options of `tls.connect`. */
export interface TlsOptions {
  readonly ca?: Uint8Array<ArrayBuffer>;
  readonly cert?: Uint8Array<ArrayBuffer>;
  readonly key?: Uint8Array<ArrayBuffer>;
}

const read = new Map<string, Buffer<ArrayBuffer>>();

function file(path: string): Buffer<ArrayBuffer> {
  const before = read.get(path);
  if (before !== undefined) return before;
  const bytes = readFileSync(path);
  read.set(path, bytes);
  return bytes;
}

/** The CA, and where the transport is mutual TLS the client's certificate; nothing without TLS. */
export function tlsOptions({ certificates }: Door, { transport }: Way): TlsOptions {
  if (transport !== 'tls' && transport !== 'mtls') return {};
  if (certificates === undefined) throw new Error(`a door without certificates for ${transport}`);
  const ca = file(certificates.ca);
  if (transport === 'tls') return { ca };
  return { ca, cert: file(certificates.client.cert), key: file(certificates.client.key) };
}

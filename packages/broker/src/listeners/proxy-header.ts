/**
 * The header of the PROXY protocol, version 1 (text) and 2 (binary), as HAProxy's specification has it: bytes in, a
 * source address or a refusal out. Strict: one spelling of each number, no datagrams, no byte above the bound, lengths
 * that add up. Type-length-values are measured and not read. Knows no sockets and no trust.
 */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** Longest header that is read, in bytes; real ones have less than 600. */
export const MAXIMUM_HEADER = 4096;
const MAXIMUM_V1 = 107;
const SIGNATURE_V1 = Uint8Array.from([0x50, 0x52, 0x4f, 0x58, 0x59, 0x20]); // 'PROXY '
const SIGNATURE_V2 = Uint8Array.from([
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
]);
const HEAD_V2 = 16;
const LOCAL = 0x20;
const PROXY = 0x21;
const EMPTY = new Uint8Array(0);

/** Family and transport of version 2 -> bytes of its two addresses and ports, and the bytes of one address. */
const FAMILIES: ReadonlyMap<number, { readonly block: number; readonly address: number }> = new Map([
  [0x00, { block: 0, address: 0 }], // unspecified
  [0x11, { block: 12, address: 4 }], // TCP over IPv4
  [0x21, { block: 36, address: 16 }], // TCP over IPv6
  [0x31, { block: 216, address: 108 }], // Unix stream
]);

/** Who connected to the proxy: `127.0.0.1:50123`, `[2001:db8::1]:50123`, or `unix`. */
export interface ProxyHeader {
  /** undefined: the proxy speaks for itself, or does not know. */
  readonly source: string | undefined;
  /** What came behind the header. */
  readonly rest: Uint8Array;
}

/** A header that is none, is too long, or does not add up. */
export class ProxyHeaderFault extends Error {
  override readonly name = 'ProxyHeaderFault';
}

/** Address and port as one text, IPv6 in brackets. */
export function peerText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Reads the header of one connection, in whatever pieces it comes. */
export class ProxyHeaderReader {
  #bytes: Uint8Array = EMPTY;

  /** The header once it is complete, undefined before. @throws {ProxyHeaderFault} at the first byte that cannot be */
  push(chunk: Uint8Array): ProxyHeader | undefined {
    const bytes = join(this.#bytes, chunk);
    const header = read(bytes);
    if (header === undefined) this.#bytes = bytes;
    return header;
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function read(bytes: Uint8Array): ProxyHeader | undefined {
  if (bytes.length === 0) return undefined;
  const isText = bytes[0] === SIGNATURE_V1[0];
  const signature = isText ? SIGNATURE_V1 : SIGNATURE_V2;
  const seen = Math.min(bytes.length, signature.length);
  for (let i = 0; i < seen; i++) {
    if (bytes[i] !== signature[i]) throw new ProxyHeaderFault('no PROXY header');
  }
  if (bytes.length < signature.length) return undefined;
  return isText ? readText(bytes) : readBinary(bytes);
}

function readText(bytes: Uint8Array): ProxyHeader | undefined {
  let text = '';
  for (let i = 0; i < Math.min(bytes.length, MAXIMUM_V1 - 1); i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x0d) {
      const end = bytes[i + 1];
      if (end === undefined) return undefined;
      if (end !== 0x0a) throw new ProxyHeaderFault('CR without LF');
      return { source: sourceOf(text), rest: bytes.subarray(i + 2) };
    }
    if (byte < 0x20 || byte > 0x7e) throw new ProxyHeaderFault('a byte that is no printable character');
    text += String.fromCharCode(byte);
  }
  if (bytes.length >= MAXIMUM_V1 - 1) throw new ProxyHeaderFault(`more than ${MAXIMUM_V1} bytes of text`);
  return undefined;
}

function sourceOf(text: string): string | undefined {
  const [, family = '', ...fields] = text.split(' ');
  if (family === 'UNKNOWN') return undefined; // what follows is to be ignored
  const [source = '', destination = '', sourcePort = '', destinationPort = ''] = fields;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isPlainIPv6 : undefined;
  if (isAddress === undefined || fields.length !== 4) throw new ProxyHeaderFault('neither TCP4 nor TCP6');
  if (!isAddress(source) || !isAddress(destination)) throw new ProxyHeaderFault('an address that is none');
  const port = portOf(sourcePort);
  portOf(destinationPort);
  return family === 'TCP4' ? peerText(source, port) : peerText(canonical(source), port);
}

/** Without a zone: those mean something on one machine only. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function portOf(text: string): number {
  const port = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw new ProxyHeaderFault('a port that is none');
  return port;
}

function canonical(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

function readBinary(bytes: Uint8Array): ProxyHeader | undefined {
  const [command, family] = [bytes[12], bytes[13]];
  if (command === undefined) return undefined;
  if (command !== LOCAL && command !== PROXY)
    throw new ProxyHeaderFault('neither LOCAL nor PROXY of version 2');
  if (family === undefined) return undefined;
  // LOCAL is a health check of the proxy itself: whatever address it gives is not to be used.
  const shape = FAMILIES.get(command === LOCAL ? 0 : family);
  if (shape === undefined) throw new ProxyHeaderFault('neither TCP nor a Unix stream');
  if (bytes.length < HEAD_V2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = HEAD_V2 + view.getUint16(14);
  if (end > MAXIMUM_HEADER) throw new ProxyHeaderFault(`more than ${MAXIMUM_HEADER} bytes`);
  if (end < HEAD_V2 + shape.block) throw new ProxyHeaderFault('too short for its addresses');
  if (bytes.length < end) return undefined;
  const rest = bytes.subarray(end);
  if (command === LOCAL || family === 0) return { source: undefined, rest };
  checkValues(bytes.subarray(HEAD_V2 + shape.block, end));
  if (shape.address === 108) return { source: 'unix', rest };
  const address = bytes.subarray(HEAD_V2, HEAD_V2 + shape.address);
  const port = view.getUint16(HEAD_V2 + 2 * shape.address);
  return { source: peerText(addressText(address), port), rest };
}

/** Each is a type, a length of two bytes, and as many bytes; together they fill the header [D14]. */
function checkValues(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const [, high, low] = bytes.subarray(at, at + 3);
    if (high === undefined || low === undefined) throw new ProxyHeaderFault('a TLV without a length');
    at += 3 + high * 256 + low;
    if (at > bytes.length) throw new ProxyHeaderFault('a TLV that is longer than the header');
  }
}

function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((address[i] ?? 0) * 256 + (address[i + 1] ?? 0)).toString(16));
  return canonical(groups.join(':'));
}

/** Packets and values in words, for people who read what happened. */
import { type Packet, reasonCodeNames } from '@mqtt/codec';

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Longest text that is shown whole. */
const LONGEST = 60;

/** A value: text in quotes, bytes as text where they are some, reason codes by number elsewhere. */
export function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value instanceof Uint8Array) return bytesShown(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  if (typeof value === 'object' && value !== null) return `{ ${fieldsOf(value)} }`;
  return String(value);
}

function bytesShown(bytes: Uint8Array): string {
  try {
    return shown(utf8.decode(bytes));
  } catch {
    return hexOf(bytes);
  }
}

function fieldsOf(value: object): string {
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => `${name} ${shown(one)}`)
    .join(', ');
}

/** A packet in words: its type and every field that says something. */
export function packetShown(packet: Packet): string {
  const { type, ...fields } = packet;
  const said = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === false || isEmpty(value)) return [];
    if (name === 'reasonCode') return [codeShown(Number(value), packet)];
    return [`${name} ${shown(value)}`];
  });
  return [type, ...said].join(' ');
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function codeShown(code: number, { type }: Packet): string {
  const hex = `0x${code.toString(16).padStart(2, '0')}`;
  const name = (reasonCodeNames as Readonly<Record<number, string>>)[code];
  return name === undefined || (type === 'CONNACK' && code < 0x80 && code > 0) ? hex : `${hex} ${name}`;
}

/** Hexadecimal digits by the byte; long ones are cut. */
export function hexOf(bytes: Uint8Array, longest = 64): string {
  const digits = [...bytes.subarray(0, longest)].map((byte) => byte.toString(16).padStart(2, '0'));
  return digits.join(' ') + (bytes.length > longest ? ` … (${bytes.length} bytes)` : '');
}

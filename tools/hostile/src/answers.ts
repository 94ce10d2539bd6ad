/**
 * What a broker sent, in words: `SUBACK 1 0x00 0x8F`, `PUBLISH a/b hi q1`. Read by hand from the bytes (§3), so that
 * nothing of this repository judges itself. Knows no sockets.
 */
import type { Version } from './bytes.ts';

const NAMES = [
  'reserved 0',
  'CONNECT',
  'CONNACK',
  'PUBLISH',
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  'AUTH',
] as const;

/** A reason code as the specification writes it. */
function code(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** A variable byte integer at `at`: its value and where it ends; undefined while bytes are missing. */
function variableAt(from: Buffer, at: number): readonly [value: number, end: number] | undefined {
  let value = 0;
  for (let index = 0; index < 4; index++) {
    const byte = from[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return [value, at + index + 1];
  }
  return [value, at + 4];
}

function published(first: number, body: Buffer, version: Version): string {
  const qos = (first >> 1) & 3;
  const nameEnd = 2 + body.readUInt16BE(0);
  const idEnd = qos === 0 ? nameEnd : nameEnd + 2;
  const [length, start] = version === 5 ? (variableAt(body, idEnd) ?? [0, idEnd]) : [0, idEnd];
  const payload = body.subarray(start + length);
  const what = payload.length > 40 ? `${payload.length} bytes` : payload.toString();
  const words = ['PUBLISH', body.toString('utf8', 2, nameEnd), what];
  if (qos > 0) words.push(`q${qos}`);
  if ((first & 8) !== 0) words.push('dup');
  if ((first & 1) !== 0) words.push('retain');
  return words.filter((word) => word !== '').join(' ');
}

/** One packet in words. */
function worded(first: number, body: Buffer, version: Version): string {
  const name = NAMES[first >> 4] ?? '';
  switch (name) {
    case 'CONNACK':
      return `CONNACK ${code(body[1] ?? 0)}${(body[0] ?? 0) === 1 ? ' present' : ''}`;
    case 'PUBLISH':
      return published(first, body, version);
    case 'SUBACK':
    case 'UNSUBACK': {
      const [length, start] = version === 5 ? (variableAt(body, 2) ?? [0, 2]) : [0, 2];
      return [name, body.readUInt16BE(0), ...[...body.subarray(start + length)].map(code)].join(' ');
    }
    case 'PUBACK':
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP':
      return [name, body.readUInt16BE(0), ...((body[2] ?? 0) === 0 ? [] : [code(body[2] ?? 0)])].join(' ');
    case 'DISCONNECT':
    case 'AUTH':
      return `${name} ${code(body[0] ?? 0)}`;
    default:
      return name;
  }
}

/** The next packet of `from` in words, and how many bytes it took; undefined while it is not whole. */
export function nextWords(
  from: Buffer,
  version: Version,
): readonly [words: string, taken: number] | undefined {
  const [length, start] = (from.length > 0 ? variableAt(from, 1) : undefined) ?? [0, 0];
  if (start === 0 || from.length < start + length) return undefined;
  return [worded(from[0] ?? 0, from.subarray(start, start + length), version), start + length];
}

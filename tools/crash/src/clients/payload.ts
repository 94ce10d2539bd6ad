/**
 * Payloads that say who they are: `publisher:sequence|` and bytes that follow from it, and a sum over all that a
 * subscriber must get unchanged.
 */
import type { Properties } from '@mqtt/codec';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The payload of a message; most are short, one in sixteen is some kilobytes. */
export function payloadOf(id: string): Uint8Array {
  const hash = fnv(encoder.encode(id));
  const length = hash % 16 === 0 ? hash % 6000 : hash % 60;
  return encoder.encode(`${id}|${String.fromCharCode(97 + (hash % 26)).repeat(length)}`);
}

/** Who a payload says it is; '' when it says nothing. */
export function idOf(payload: Uint8Array): string {
  const end = payload.indexOf(124);
  return end < 0 ? '' : decoder.decode(payload.subarray(0, end));
}

/** Stands for bytes, and for properties where both ends speak 5.0: all messages of this tool have the same. */
export function sumOf(payload: Uint8Array, properties: Properties<'PUBLISH'> | undefined): string {
  const said = properties === undefined ? '' : JSON.stringify(properties.userProperties ?? []);
  return `${payload.length} ${fnv(payload)} ${said}`;
}

function fnv(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

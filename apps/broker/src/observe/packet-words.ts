/**
 * One packet as the fields of a log line: everything that tells what happened, nothing that is secret or large.
 * A payload is its length, a password that there was one.
 */
import type { Packet } from '@mqtt/codec';

/** Fields of CONNECT whose values prove who somebody is. */
const SECRETS = new Set(['password', 'authenticationData']);
/** A list longer than this is cut, with its length: a peer decides how long it is. */
const LONGEST_LIST = 20;

function wordsOf(key: string, value: unknown): unknown {
  if (SECRETS.has(key)) return '(not shown)';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, LONGEST_LIST).map((item) => wordsOf('', item));
    return value.length > LONGEST_LIST ? [...shown, `${value.length} in all`] : shown;
  }
  return typeof value === 'object' && value !== null ? fieldsOf(value) : value;
}

function fieldsOf(object: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined && key !== 'type') fields[key] = wordsOf(key, value);
  }
  return fields;
}

/** The fields of `packet` but its type; `clientId` and `peer` of CONNECT are the line's own. */
export function packetWords(packet: Packet): Record<string, unknown> {
  const { clientId: _, ...fields } = fieldsOf(packet);
  return fields;
}

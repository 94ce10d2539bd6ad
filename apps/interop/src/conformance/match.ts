/** Whether a packet that came is the one that must come, and if not, what is different. Knows no connection. */
import type { Packet } from '@mqtt/codec';
import type { Expected, Version } from './case.ts';
import type { Naming } from './names.ts';
import { shown } from './show.ts';

/** What the values of this play are compared with. */
export interface Known {
  readonly version: Version;
  readonly names: Naming;
  /** Values by the name that `keep` gave them. */
  readonly kept: Map<string, unknown>;
}

const utf8 = new TextDecoder();

/** What is different, as `field: what came, not what must`; undefined when nothing is. */
export function difference(
  expected: Expected,
  packet: Packet,
  bytes: number,
  known: Known,
): string | undefined {
  if (packet.type !== expected.type) return `a ${expected.type} must come`;
  const came: Readonly<Record<string, unknown>> = { ...packet, bytes, ...willOf(packet) };
  for (const [field, wanted] of Object.entries(fieldsFor(expected, known))) {
    const value = came[field === 'returnCode' ? 'reasonCode' : field];
    const wrong =
      field === 'properties' ? ofProperties(wanted, value, known) : of(field, wanted, value, known);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The will of a CONNECT without what 5.0 adds, its payload as text. */
function willOf(packet: Packet): { willMessage?: object } {
  if (packet.type !== 'CONNECT' || packet.will === undefined) return {};
  const { topic, payload, qos, retain } = packet.will;
  return { willMessage: { topic, payload: utf8.decode(payload), qos, retain } };
}

/** The fields that this version has, with names as they are on the wire. */
function fieldsFor(expected: Expected, { version, names }: Known): Readonly<Record<string, unknown>> {
  const { type, returnCode, topic, ...rest } = expected;
  const named = topic === undefined ? {} : { topic: names.topic(topic) };
  if (version === '5.0') return { ...named, ...rest };
  const { properties: _, reasonCode, ...three } = rest;
  if (type === 'CONNACK') return { ...three, ...(returnCode === undefined ? {} : { returnCode }) };
  return { ...named, ...three };
}

function ofProperties(wanted: unknown, value: unknown, known: Known): string | undefined {
  const came = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, match] of Object.entries(wanted as Readonly<Record<string, unknown>>)) {
    const named = name === 'responseTopic' && typeof match === 'string' ? known.names.topic(match) : match;
    const wrong = of(name, named, came[name], known);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function of(field: string, wanted: unknown, value: unknown, known: Known): string | undefined {
  if (Array.isArray(wanted) && field === 'reasonCodes') {
    const codes = Array.isArray(value) ? value : [];
    if (codes.length !== wanted.length) return `${field}: ${codes.length} of them, not ${wanted.length}`;
    return wanted.map((one, i) => of(`reason code ${i + 1}`, one, codes[i], known)).find((one) => one);
  }
  const text = value instanceof Uint8Array && typeof wanted === 'string' ? utf8.decode(value) : value;
  return fits(wanted, text, known) ? undefined : `${field}: ${shown(text)}, not ${wish(wanted, known)}`;
}

function fits(wanted: unknown, value: unknown, known: Known): boolean {
  if (!isMatcher(wanted)) return shown(wanted) === shown(value);
  if ('oneOf' in wanted) return wanted.oneOf.some((one) => shown(one) === shown(value));
  if ('present' in wanted) return wanted.present === (value !== undefined);
  if ('kept' in wanted) return shown(known.kept.get(wanted.kept)) === shown(value);
  if ('keep' in wanted) {
    if (value === undefined) return false;
    if (wanted.unlike?.some((name) => shown(known.kept.get(name)) === shown(value))) return false;
    known.kept.set(wanted.keep, value);
    return true;
  }
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = wanted;
  return typeof value === 'number' && value >= atLeast && value <= atMost;
}

/** What `Match` says beside a plain value. */
type Matcher =
  | { readonly oneOf: readonly unknown[] }
  | { readonly atLeast?: number; readonly atMost?: number }
  | { readonly keep: string; readonly unlike?: readonly string[] }
  | { readonly kept: string }
  | { readonly present: boolean };

const WORDS = ['oneOf', 'atLeast', 'atMost', 'keep', 'kept', 'present'];

function isMatcher(wanted: unknown): wanted is Matcher {
  return typeof wanted === 'object' && wanted !== null && WORDS.some((word) => word in wanted);
}

function wish(wanted: unknown, { kept }: Known): string {
  if (!isMatcher(wanted)) return shown(wanted);
  if ('oneOf' in wanted) return `one of ${wanted.oneOf.map(shown).join(', ')}`;
  if ('present' in wanted) return wanted.present ? 'any value' : 'absent';
  if ('kept' in wanted) return shown(kept.get(wanted.kept));
  if ('keep' in wanted)
    return wanted.unlike === undefined
      ? 'any value'
      : `unlike ${wanted.unlike.map((name) => shown(kept.get(name))).join(', ')}`;
  return `${wanted.atLeast ?? ''}..${wanted.atMost ?? ''}`;
}

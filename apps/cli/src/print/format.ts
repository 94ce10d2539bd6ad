/**
 * `-F`: what is printed of a message, in the language of mosquitto_sub. A format is read once, when the command
 * starts, so that a mistake in it is told before anything is connected.
 */

import { UsageError } from '../exit-codes.ts';
import { toJson } from './json.ts';
import type { Printed } from './printed.ts';
import { isTimePart, strftime, zoneOf } from './strftime.ts';

/** A message and when it came. */
export interface Arrival {
  readonly message: Printed;
  /** Microseconds since 1970. */
  readonly microseconds: number;
}

/** Flags, width and precision between `%` and its letter. */
interface Shape {
  readonly left: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly most: number | undefined;
}

type Part = (arrival: Arrival) => string | Uint8Array;
type Properties = NonNullable<Printed['properties']>;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

function property<Name extends keyof Properties>(name: Name): (arrival: Arrival) => Properties[Name] {
  return ({ message }) => message.properties?.[name] as Properties[Name];
}

const expiry = property('messageExpiryInterval');
const format = property('payloadFormatIndicator');
const contentType = property('contentType');
const responseTopic = property('responseTopic');
const correlation = property('correlationData');
const identifiers = property('subscriptionIdentifiers');
const users = property('userProperties');

/** Letters that take flags: their text, whether zeros may fill it, whether it may be cut. */
const PADDED: Readonly<
  Record<string, readonly [text: (arrival: Arrival) => string, zeros: boolean, cut: boolean]>
> = {
  A: [() => '', true, false], // the client has put the topic in the alias's place
  C: [(arrival) => contentType(arrival) ?? '', false, true],
  E: [(arrival) => String(expiry(arrival) ?? ''), true, false],
  F: [(arrival) => String(format(arrival) ?? ''), true, false],
  I: [({ microseconds }) => isoTime(microseconds), false, true],
  l: [({ message }) => String(message.payload.length), true, false],
  m: [() => '0', true, false], // a packet id is the client's own business
  p: [({ message }) => textOf(message.payload), false, false],
  R: [(arrival) => responseTopic(arrival) ?? '', false, true],
  S: [(arrival) => identifiers(arrival)?.join(' ') ?? '', true, false],
  t: [({ message }) => message.topic, false, true],
  x: [({ message }) => hexOf(message.payload), true, false],
  X: [({ message }) => hexOf(message.payload).toUpperCase(), true, false],
};

/** Letters that take none. */
const PLAIN: Readonly<Record<string, (pretty: boolean) => Part>> = {
  '%': () => () => '%',
  D: () => (arrival) => correlation(arrival) ?? '',
  P: () => (arrival) =>
    users(arrival)
      ?.map(([name, value]) => `${name}:${value}`)
      .join(' ') ?? '',
  q:
    () =>
    ({ message }) =>
      String(message.qos),
  r:
    () =>
    ({ message }) =>
      message.retain ? '1' : '0',
  U:
    () =>
    ({ microseconds }) =>
      unixTime(microseconds),
  j:
    (pretty) =>
    ({ message, microseconds }) =>
      toJson(message, 'text', microseconds, pretty),
  J:
    (pretty) =>
    ({ message, microseconds }) =>
      toJson(message, 'json', microseconds, pretty),
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  '0': '\0',
  a: '\x07',
  e: '\x1b',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function isoTime(microseconds: number): string {
  const time = new Date(microseconds / 1000);
  return `${strftime('F', time)}T${strftime('T', time)}${zoneOf(time)}`;
}

function unixTime(microseconds: number): string {
  return `${Math.floor(microseconds / 1_000_000)}.${String(microseconds % 1_000_000).padStart(6, '0')}000`;
}

function pad(text: string, { left, zero, width, most }: Shape, zeros: boolean, cut: boolean): string {
  const short = cut && most !== undefined ? [...text].slice(0, most).join('') : text;
  if (left) return short.padEnd(width);
  return short.padStart(width, zero && zeros ? '0' : ' ');
}

/** Reads `%…` behind its `%`. */
function percent(rest: string, pretty: boolean): readonly [part: Part, length: number] {
  const [all = '', flags = '', width = '', most, letter = ''] =
    /^([-0]*)(\d*)(?:\.(\d+))?(.?)/su.exec(rest) ?? [];
  const shape: Shape = {
    left: flags.includes('-'),
    zero: flags.includes('0'),
    width: Number(width),
    most: most === undefined ? undefined : Number(most),
  };
  const plain = PLAIN[letter];
  if (plain !== undefined) return [plain(pretty), all.length];
  const padded = PADDED[letter];
  if (padded === undefined) throw new UsageError(`-F: %${letter} means nothing; %% is a percent sign`);
  const [text, zeros, cut] = padded;
  // The payload's bytes go out as they came, if nothing has to be done with them.
  if (letter === 'p' && shape.width === 0) return [({ message }) => message.payload, all.length];
  return [(arrival) => pad(text(arrival), shape, zeros, cut), all.length];
}

function at(letter: string): Part {
  if (letter === '@') return () => '@';
  if (letter === 'N') return ({ microseconds }) => `${String(microseconds % 1_000_000).padStart(6, '0')}000`;
  if (!isTimePart(letter)) throw new UsageError(`-F: @${letter} is no part of a time; @@ is an at sign`);
  return ({ microseconds }) => strftime(letter, new Date(microseconds / 1000));
}

/** Reads a format. `pretty`: JSON over several lines. @throws UsageError */
export function readFormat(text: string, pretty: boolean): readonly Part[] {
  const parts: Part[] = [];
  let plain = '';
  const flush = (): void => {
    const said = plain;
    if (said !== '') parts.push(() => said);
    plain = '';
  };
  for (let position = 0; position < text.length; ) {
    const character = text[position] as string;
    const next = text[position + 1] ?? '';
    position += 1;
    if (character === '%') {
      flush();
      const [part, length] = percent(text.slice(position), pretty);
      parts.push(part);
      position += length;
    } else if (character === '@') {
      flush();
      parts.push(at(next));
      position += 1;
    } else if (character === '\\') {
      const escaped = ESCAPES[next];
      if (escaped === undefined) throw new UsageError(`-F: \\${next} means nothing; \\\\ is a backslash`);
      plain += escaped;
      position += 1;
    } else plain += character;
  }
  flush();
  return parts;
}

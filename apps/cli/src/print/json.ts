/**
 * A message as JSON, with the keys and the order of mosquitto_sub's `%j` and `%J`.
 */
import type { Printed } from './printed.ts';
import { strftime, zoneOf } from './strftime.ts';

/** What a line of JSON is made of. JSON.stringify would drop user properties of the same name, so objects are pairs. */
type Value = string | number | boolean | null | Pairs | readonly Value[];

class Pairs {
  readonly members: readonly (readonly [key: string, value: Value])[];
  constructor(members: readonly (readonly [string, Value])[]) {
    this.members = members;
  }
}

/** Name here -> key there. */
const KEYS: Readonly<Record<string, string>> = {
  contentType: 'content-type',
  userProperties: 'user-properties',
  topicAlias: 'topic-alias',
  responseTopic: 'response-topic',
  correlationData: 'correlation-data',
  payloadFormatIndicator: 'payload-format-indicator',
  messageExpiryInterval: 'message-expiry-interval',
  subscriptionIdentifiers: 'subscription-identifier',
};

/** `2026-11-21T13:38:18.980788Z+0000`, as mosquitto_sub writes it. */
function timestamp(microseconds: number): string {
  const time = new Date(microseconds / 1000);
  const fraction = String(microseconds % 1_000_000).padStart(6, '0');
  return `${strftime('F', time)}T${strftime('T', time)}.${fraction}Z${zoneOf(time)}`;
}

function propertyOf(name: string, value: unknown): Value {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (name === 'userProperties') return new Pairs(value as readonly (readonly [string, string])[]);
  const [only, ...others] = Array.isArray(value) ? (value as number[]) : [value as number];
  return others.length === 0 ? (only ?? 0) : [only ?? 0, ...others];
}

/** In the order in which they came, as mosquitto_sub has them. */
function propertiesOf({ properties = {} }: Printed): (readonly [string, Value])[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const key = KEYS[name];
    return key === undefined || value === undefined ? [] : [[key, propertyOf(name, value)] as const];
  });
}

function fromJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== 'object' || value === null) return value as Value;
  return new Pairs(Object.entries(value).map(([key, member]) => [key, fromJson(member)] as const));
}

/** `indent` undefined: on one line. */
function write(value: Value, indent: string | undefined): string {
  if (Array.isArray(value))
    return `[${value.map((one: Value) => write(one, indent)).join(indent === undefined ? ',' : ', ')}]`;
  if (!(value instanceof Pairs)) return JSON.stringify(value);
  const inner = indent === undefined ? undefined : `${indent}\t`;
  const members = value.members.map(
    ([key, member]) => `${JSON.stringify(key)}:${indent === undefined ? '' : '\t'}${write(member, inner)}`,
  );
  if (indent === undefined || members.length === 0) return `{${members.join(',')}}`;
  return `{\n${inner}${members.join(`,\n${inner}`)}\n${indent}}`;
}

/**
 * One JSON object. `payload`: `text` quotes it, `json` puts it in as it is. `microseconds` since 1970.
 * @throws SyntaxError for `json` when the payload is not JSON
 */
export function toJson(
  message: Printed,
  payload: 'text' | 'json',
  microseconds: number,
  pretty: boolean,
): string {
  const text = new TextDecoder().decode(message.payload);
  const properties = propertiesOf(message);
  const members: (readonly [string, Value])[] = [
    ['tst', timestamp(microseconds)],
    ['topic', message.topic],
    ['qos', message.qos],
    ['retain', message.retain ? 1 : 0],
    ['payloadlen', message.payload.length],
  ];
  if (properties.length > 0) members.push(['properties', new Pairs(properties)]);
  members.push(['payload', payload === 'json' ? fromJson(JSON.parse(text)) : text]);
  return write(new Pairs(members), pretty ? '' : undefined);
}

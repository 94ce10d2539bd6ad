/**
 * `-D packet property value`: MQTT 5.0 properties in the words of mosquitto_pub, read with the codec's own table,
 * so that what a packet may carry is known in one place.
 */
import { type PropertyName, properties } from '@mqtt/codec';
import { UsageError } from '../exit-codes.ts';

/** The packets whose properties can be given. */
export const OWNERS = ['connect', 'publish', 'subscribe', 'unsubscribe', 'disconnect', 'will'] as const;
/** One of them. */
export type Owner = (typeof OWNERS)[number];

/** What was given: packet -> property -> value. */
export type Given = { [Name in Owner]?: Record<string, unknown> };

/** `message-expiry-interval` for `messageExpiryInterval`; for `userProperties` what mosquitto_pub calls it. */
function wordOf(name: string): string {
  if (name === 'userProperties') return 'user-property';
  return name.replace(/QoS$/, 'Qos').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Not for a user to give: only a server says which subscriptions a message is for [MQTT-3.3.4-6], and an authentication
 * is an exchange, no fixed words (§4.12).
 */
const NOT_GIVEN: ReadonlySet<PropertyName> = new Set([
  'subscriptionIdentifiers',
  'authenticationMethod',
  'authenticationData',
]);

/** The properties of a packet: word -> name. */
function namesOf(owner: Owner): ReadonlyMap<string, PropertyName> {
  const all = Object.entries(properties) as [PropertyName, readonly [number, string, string]][];
  const own = all.filter(
    ([name, [, , owners]]) => owners.split(' ').includes(owner.toUpperCase()) && !NOT_GIVEN.has(name),
  );
  return new Map(own.map(([name]) => [wordOf(name), name]));
}

const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  bit: [0, 1],
  flag: [0, 1],
  u16: [0, 65_535],
  'u16+': [1, 65_535],
  u32: [0, 4_294_967_295],
  'u32+': [1, 4_294_967_295],
  'varint+': [1, 268_435_455],
};

function readValue(kind: string, word: string, text: string): unknown {
  const limits = LIMITS[kind];
  if (limits === undefined) return kind === 'binary' ? new TextEncoder().encode(text) : text;
  const [least, most] = limits;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`-D ${word}: "${text}" is not a whole number from ${least} to ${most}`);
  return kind === 'flag' ? value === 1 : value;
}

/**
 * Takes the words behind a `-D` at `at`, and adds them to `given`. Returns how many they were.
 * @throws UsageError
 */
export function takeProperty(words: readonly string[], at: number, given: Given): number {
  const [owner = '', word = '', first] = words.slice(at, at + 3);
  const packet = OWNERS.find((name) => name === owner.toLowerCase());
  if (packet === undefined)
    throw new UsageError(
      `-D ${owner}: not a packet whose properties can be set; one of ${OWNERS.join(', ')}`,
    );
  if (/^authentication-(method|data)$/.test(word))
    throw new UsageError(`-D ${packet} ${word}: an authentication is no fixed words; see --auth-method`);
  const names = namesOf(packet);
  const name = names.get(word);
  if (name === undefined)
    throw new UsageError(
      `-D ${packet} ${word}: not a property of it; one of ${[...names.keys()].join(', ')}`,
    );
  if (first === undefined) throw new UsageError(`-D ${packet} ${word}: the value is missing`);
  const own = given[packet] ?? {};
  given[packet] = own;
  if (name === 'userProperties') {
    const second = words[at + 3];
    if (second === undefined) throw new UsageError(`-D ${packet} ${word}: give a name and a value`);
    const pairs = (own[name] as readonly unknown[] | undefined) ?? [];
    own[name] = [...pairs, [first, second]];
    return 4;
  }
  own[name] = readValue(properties[name][1], `${packet} ${word}`, first);
  return 3;
}

/** What `mqtt help properties` prints: a line for each packet. */
export function propertyWords(): string {
  return OWNERS.map((owner) => `  ${owner}: ${[...namesOf(owner).keys()].join(', ')}`).join('\n');
}

/**
 * Actions of which Mosquitto and mqttd must think alike, given the same files; and those of which mqttd thinks
 * otherwise on purpose, each with its reason. What came of them is not said here: the two are compared.
 */
import type { Action, Entry } from './rights-play.ts';

/** An action where mqttd departs: what it answers, and why. */
export interface Departure {
  readonly mosquitto: string;
  readonly mqttd: string;
  readonly why: string;
}

const at = (door: Entry['door'], who: Entry['who'], more: Partial<Entry> = {}): Entry => ({
  door,
  who,
  ...more,
});

const connects: readonly Entry[] = [
  ...(['main', 'web', 'closed', 'plain'] as const).flatMap((door) =>
    ([4, 5] as const).flatMap((version) => [
      at(door, 'alice', { version }),
      at(door, 'alice', { version, password: 'wrong' }),
      at(door, 'alice', { version, password: null }),
      at(door, 'nobody', { version }),
      at(door, undefined, { version }),
    ]),
  ),
  at('strict', 'alice', { clientId: 'secure-1' }),
  at('strict', 'alice', { clientId: 'other-1' }),
  at('strict', undefined, { clientId: 'secure-2' }),
];

const publishes: readonly Action[] = [
  ...[
    ['alice', 'b/x'],
    ['alice', 'a/x'],
    ['alice', 'c'],
    ['alice', 'c/d'],
    ['alice', 'a/secret'],
    ['alice', 'with space/x'],
    ['alice', 'home/alice/light'],
    ['alice', 'home/bob/light'],
    ['alice', '$SYS/broker/x'],
    ['alice', 'elsewhere'],
    ['bob', 'b/x'],
    ['bob', 'home/bob/light'],
    ['bob', 'open/in'],
    [undefined, 'open/in'],
    [undefined, 'open/out'],
    [undefined, 'home/alice/light'],
    [undefined, 'b/x'],
  ].flatMap(([who, topic = '']): Action[] => [
    { ...at('main', who), does: 'publish', topic, qos: 1 },
    { ...at('web', who), does: 'publish', topic },
  ]),
  { ...at('main', 'alice', { version: 5 }), does: 'publish', topic: 'a/x', qos: 1 },
  { ...at('main', 'alice', { version: 5 }), does: 'publish', topic: 'a/x', qos: 2 },
  { ...at('main', 'alice', { version: 5 }), does: 'publish', topic: 'b/x', qos: 2 },
  { ...at('main', 'alice'), does: 'publish', topic: 'a/x', retain: true, qos: 1 },
  { ...at('main', 'alice', { clientId: 'dev1' }), does: 'publish', topic: 'dev/dev1/up' },
  { ...at('main', 'alice', { clientId: 'dev1' }), does: 'publish', topic: 'dev/dev2/up' },
  { ...at('main', undefined, { clientId: 'dev3' }), does: 'publish', topic: 'dev/dev3/up' },
  {
    ...at('strict', 'alice', { clientId: 'secure-3', version: 5 }),
    does: 'publish',
    topic: 'b',
    bytes: 3000,
  },
  { ...at('strict', 'alice', { clientId: 'secure-4' }), does: 'publish', topic: 'b', qos: 1 },
];

const receives: readonly Action[] = [
  ...[
    ['alice', 'a/x', 'a/x'],
    ['alice', 'a/#', 'a/x'],
    ['alice', 'a/#', 'a/secret'],
    ['alice', 'a/secret', 'a/secret'],
    ['alice', '#', 'a/x'],
    ['alice', '#', 'b/x'],
    ['alice', '+/x', 'a/x'],
    ['alice', '+/x', 'b/x'],
    ['alice', 'b/x', 'b/x'],
    ['alice', 'c', 'c'],
    ['alice', 'zone/plus/deep/er', 'zone/plus/deep/er'],
    ['alice', 'home/alice/#', 'home/alice/x'],
    ['alice', 'home/+/x', 'home/alice/x'],
    ['alice', 'home/+/x', 'home/bob/x'],
    ['alice', '$share/g/a/x', 'a/x'],
    ['alice', '$share/g/b/x', 'b/x'],
    ['alice', '$share/g/a/#', 'a/secret'],
    ['alice', 'elsewhere', 'elsewhere'],
    ['bob', 'a/x', 'a/x'],
    ['bob', 'home/bob/x', 'home/bob/x'],
    [undefined, 'open/x', 'open/x'],
    [undefined, 'open/#', 'open/secret'],
    [undefined, 'a/x', 'a/x'],
    [undefined, '#', 'open/x'],
    [undefined, 'home/alice/x', 'home/alice/x'],
  ].map(([who, filter = '', topic = '']): Action => ({ ...at('main', who), does: 'receive', filter, topic })),
  ...[
    ['alice', 'a/kept', 'a/kept'],
    ['alice', '#', 'a/secret'],
    ['bob', '#', 'a/kept'],
    [undefined, '#', 'open/kept'],
  ].map(
    ([who, filter = '', topic = '']): Action => ({
      ...at('main', who),
      does: 'receive',
      filter,
      topic,
      retained: true,
    }),
  ),
  { ...at('web', 'alice'), does: 'receive', filter: 'a/#', topic: 'a/x' },
  { ...at('web', 'bob'), does: 'receive', filter: '#', topic: 'a/x' },
  { ...at('closed', 'alice'), does: 'receive', filter: '#', topic: 'a/secret' },
  { ...at('plain', 'zoe'), does: 'receive', filter: '#', topic: 'a/secret' },
];

const wills: readonly Action[] = [
  { ...at('main', 'alice'), does: 'will', topic: 'b/will' },
  { ...at('main', 'alice'), does: 'will', topic: 'a/will' },
  { ...at('main', 'bob'), does: 'will', topic: 'home/bob/will' },
  { ...at('main', undefined), does: 'will', topic: 'open/in' },
  { ...at('main', undefined), does: 'will', topic: 'open/out' },
  { ...at('closed', 'alice'), does: 'will', topic: 'b/will', retain: true },
];

/** Who is known beneath MQTT: whatever user name CONNECT has, it is not looked at. */
const known: readonly Action[] = [
  ...(['byName', 'bySubject'] as const).flatMap((door): Action[] => [
    { ...at(door, undefined, { shows: 'alice' }), does: 'connect' },
    { ...at(door, undefined, { shows: 'alice', version: 5 }), does: 'connect' },
    { ...at(door, 'root', { shows: 'mallory' }), does: 'connect' },
    { ...at(door, 'root'), does: 'connect' },
    { ...at(door, 'root', { shows: 'stranger' }), does: 'connect' },
    { ...at(door, 'root', { shows: 'mallory' }), does: 'publish', topic: 'b/x', qos: 1 },
    {
      ...at(door, undefined, { shows: 'alice' }),
      does: 'receive',
      filter: 'home/alice/x',
      topic: 'home/alice/x',
    },
  ]),
  { ...at('byName', undefined, { shows: 'alice' }), does: 'publish', topic: 'b/x', qos: 1 },
  { ...at('byName', 'root', { shows: 'alice' }), does: 'publish', topic: 'a/x', qos: 1 },
  { ...at('byName', 'bob', { shows: 'alice' }), does: 'receive', filter: 'a/x', topic: 'a/x' },
  { ...at('bySubject', undefined, { shows: 'alice' }), does: 'publish', topic: 'subject/x', qos: 1 },
  { ...at('bySubject', 'alice', { shows: 'alice' }), does: 'publish', topic: 'b/x', qos: 1 },
  { ...at('bySubject', undefined, { shows: 'mallory' }), does: 'publish', topic: 'subject/x', qos: 1 },
  ...(['alice', 'mallory', 'nobody', 'wrong'] as const).map(
    (proves): Action => ({ ...at('byKey', 'root', { proves }), does: 'connect' }),
  ),
  { ...at('byKey', 'root'), does: 'connect' },
  { ...at('byKey', undefined, { proves: 'alice' }), does: 'publish', topic: 'b/x', qos: 1 },
  { ...at('byKey', 'root', { proves: 'alice' }), does: 'publish', topic: 'a/x', qos: 1 },
  { ...at('byKey', 'alice', { proves: 'mallory' }), does: 'publish', topic: 'b/x', qos: 1 },
];

/** The table. */
export const actions: readonly Action[] = [
  ...connects.map((entry): Action => ({ ...entry, does: 'connect' })),
  ...publishes,
  ...receives,
  ...wills,
  ...known,
];

/** An action in words: what it is known by. */
export function wordsOf(action: Action): string {
  const { door, who = 'nobody named', password, version = 4, clientId, shows, proves, does } = action;
  const how =
    password === undefined ? '' : password === null ? ' without a password' : ' with a wrong password';
  const what =
    does === 'connect'
      ? 'connects'
      : does === 'publish'
        ? `publishes ${action.topic} at QoS ${action.qos ?? 0}${action.retain ? ', retained' : ''}${action.bytes ? `, ${action.bytes} bytes` : ''}`
        : does === 'receive'
          ? `subscribes to ${action.filter} for ${action.retained ? 'the retained ' : ''}${action.topic}`
          : `leaves the will ${action.topic}`;
  const proof =
    shows === undefined
      ? proves === undefined
        ? ''
        : ` with the key of ${proves}`
      : ` with the certificate of ${shows}`;
  return `${who}${how}${proof}${clientId === undefined ? '' : ` as ${clientId}`} ${what} at ${door}, ${version === 5 ? '5.0' : '3.1.1'}`;
}

/** Filters of which these clients may receive nothing at all. */
const VAIN: readonly (readonly [who: Entry['who'], filter: string])[] = [
  ['alice', 'b/x'],
  ['alice', '$share/g/b/x'],
  ['alice', 'elsewhere'],
  ['bob', 'a/x'],
  [undefined, 'a/x'],
  [undefined, 'home/alice/x'],
];

/** How mqttd departs from Mosquitto at this action; undefined when it must not. */
export function departureOf(action: Action): Departure | undefined {
  const { does, door, who, password, version = 4, clientId = '' } = action;
  if (does === 'connect' && door === 'strict' && who !== undefined && !clientId.startsWith('secure-')) {
    const why = 'it is the client id that is refused (clientid_prefixes), and CONNACK has a code for that';
    return { mosquitto: 'refused 5', mqttd: 'refused 2', why };
  }
  const isBad = password !== undefined || who === 'nobody';
  if (does === 'connect' && isBad && who !== undefined && door !== 'plain') {
    const why = 'Mosquitto 2.0 says "not authorized"; CONNACK has "bad user name or password" for it';
    return version === 5
      ? { mosquitto: 'refused 135', mqttd: 'refused 134', why }
      : { mosquitto: 'refused 5', mqttd: 'refused 4', why };
  }
  // At `byName` it is somebody else who asks.
  const isVain = VAIN.some(
    ([name, filter]) => name === who && does === 'receive' && filter === action.filter,
  );
  if (isVain && door !== 'byName') {
    const why =
      'Mosquitto 2.0 grants every subscription and drops what may not be received: nothing would ever come';
    return { mosquitto: 'granted, not received', mqttd: 'refused, not received', why };
  }
  if (does === 'will' && (action.topic === 'a/will' || action.topic === 'open/out')) {
    const why =
      'Mosquitto 2.0 drops a forbidden will when it is due; the client had better know when it connects [E01]';
    return { mosquitto: 'in, not published', mqttd: `refused ${version === 5 ? 135 : 5}`, why };
  }
  return undefined;
}

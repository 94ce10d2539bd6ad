/** Group B: strings, topics, matching (§1.5.4, §4.7, §4.8). */
import { deepEqual, equal } from 'node:assert/strict';
import type { Arena } from '../arena.ts';
import {
  bytes,
  connect,
  packet,
  publish,
  text as string,
  subscribe,
  unsubscribe,
  userProperty,
} from '../bytes.ts';
import type { Case, Exchange, Try } from '../case.ts';
import { ownId } from '../clients.ts';
import type { Peer } from '../peer.ts';

const MALFORMED = ['DISCONNECT 0x81', 'closed'];

/** One bad string in each field that holds one. */
function everywhere(name: string, bad: Uint8Array): readonly Exchange[] {
  const refused = ['CONNACK 0x81', 'closed'];
  return [
    { name: `${name} in a client id`, send: connect({ id: bad }), back: refused },
    { name: `${name} in a user name`, send: connect({ id: 'x', username: bad }), back: refused },
    { name: `${name} in a will topic`, send: connect({ id: 'x', will: { topic: bad } }), back: refused },
    { name: `${name} in a topic`, after: 5, send: publish(bad), back: MALFORMED },
    { name: `${name} in a filter`, after: 5, send: subscribe(bad), back: MALFORMED },
    {
      name: `${name} in a user property`,
      after: 5,
      send: publish('a', { properties: userProperty('a', bad) }),
      back: MALFORMED,
    },
    {
      name: `${name} in a reason string`,
      after: 5,
      send: packet(0xe0, '00', Uint8Array.of(3 + bad.length), '1f', string(bad)),
      back: MALFORMED,
    },
    { name: `${name} in 3.1.1`, after: 4, send: publish(bad, { version: 4 }), back: ['closed'] },
  ];
}

/** A client that is let in, subscribed to `filters` each for itself. */
async function listening(arena: Arena, ...filters: readonly string[]): Promise<Peer> {
  const peer = arena.open();
  await peer.hello({ id: ownId() });
  for (const filter of filters) {
    peer.send(subscribe(filter));
    equal(await peer.next(), 'SUBACK 1 0x00');
  }
  return peer;
}

/** What a subscriber to `filters` gets of these topics, by their names. */
function receives(
  name: string,
  filters: readonly string[],
  topics: readonly string[],
  wanted: readonly string[],
): Try {
  return {
    name,
    answer:
      wanted.length === 0
        ? 'nothing is delivered'
        : `delivered: ${wanted.map((topic) => `\`${topic}\``).join(', ')}`,
    play: async (arena) => {
      const peer = await listening(arena, ...filters);
      for (const topic of topics) peer.send(publish(topic));
      deepEqual(
        await peer.toPing(),
        wanted.map((topic) => `PUBLISH ${topic}`),
      );
      peer.cut();
    },
  };
}

/** SUBACK 0x8F in 5.0 and 0x80 in 3.1.1 for each. */
function refusedFilters(filters: readonly string[]): readonly Exchange[] {
  const id = (code: string): string => ['SUBACK 1', ...filters.map(() => code)].join(' ');
  return [
    { name: '5.0', after: 5, send: subscribe(filters), back: [id('0x8F')] },
    { name: '3.1.1', after: 4, send: subscribe(filters, { version: 4 }), back: [id('0x80')] },
  ];
}

const ILL_FORMED = {
  'C0 80': 'c0 80',
  'ED A0 80': 'ed a0 80',
  'F5 80 80 80': 'f5 80 80 80',
  'E2 82': 'e2 82',
};
const PATTERNS = ['[', '-', '.*', '(a|a)*$', '^'];
const STRANGE = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];
const DOLLARS = ['$x/y', '$SYS/a', '$share/g/t', '$queue/t', '$CONTROL/x'];
const LEVELS = '/'.repeat(65_000);

/** The cases. */
export const text: readonly Case[] = [
  {
    id: 'B01',
    title: 'ill-formed UTF-8',
    tries: Object.entries(ILL_FORMED).flatMap(([name, hex]) => everywhere(name, bytes(hex))),
  },
  { id: 'B02', title: 'U+0000', tries: everywhere('it', bytes('61 00')) },
  {
    id: 'B03',
    title: 'U+FEFF at the start of a topic and a payload',
    tries: [
      {
        after: 5,
        send: [subscribe('\uFEFFb03'), publish('\uFEFFb03', { payload: '\uFEFFx' })],
        back: ['SUBACK 1 0x00', 'PUBLISH \uFEFFb03 \uFEFFx'],
      },
    ],
  },
  {
    id: 'B04',
    title: 'control characters',
    note: 'refused in client ids and user names, data in topics; the log escapes them',
    tries: [
      { name: 'client id', send: connect({ id: 'a\nb' }), back: ['CONNACK 0x85', 'closed'] },
      {
        name: 'client id of 3.1.1',
        version: 4,
        send: connect({ version: 4, id: 'a\u001bb' }),
        back: ['CONNACK 0x02', 'closed'],
      },
      { name: 'user name', send: connect({ id: 'x', username: 'a\r\nb' }), back: ['CONNACK 0x86', 'closed'] },
      {
        name: 'topic',
        after: 5,
        send: [subscribe('b04\u001b[2J'), publish('b04\u001b[2J')],
        back: ['SUBACK 1 0x00', 'PUBLISH b04\u001b[2J'],
      },
      {
        name: 'no line of the log is forged',
        answer: 'every line of the log is one JSON object without control characters',
        play: async (arena) => {
          const peer = arena.open();
          await peer.hello({ id: 'b04\n{"level":60,"msg":"forged"}' });
          peer.cut();
          for (const line of arena.log) {
            JSON.parse(line);
            equal(
              [...line].some(
                (character) => character < ' ' || (character >= '\u007f' && character < '\u00a0'),
              ),
              false,
              line,
            );
          }
        },
      },
    ],
  },
  {
    id: 'B05',
    title: 'a password that is no text',
    tries: [
      { send: connect({ id: 'b05', username: 'u', password: bytes('c0 ff 00') }), back: ['CONNACK 0x00'] },
    ],
  },
  {
    id: 'B06',
    title: 'two client ids that a careless decoder makes one',
    tries: [{ send: connect({ id: bytes('61 ff') }), back: ['CONNACK 0x81', 'closed'] }],
  },
  {
    id: 'B07',
    title: 'wildcards in a topic name',
    note: 'the connection is closed: no such topic can ever be published to',
    tries: [
      { name: 'PUBLISH a/+', after: 5, send: publish('a/+'), back: ['DISCONNECT 0x90', 'closed'] },
      { name: 'PUBLISH #', after: 5, send: publish('#', { qos: 1 }), back: ['DISCONNECT 0x90', 'closed'] },
      { name: '3.1.1', after: 4, send: publish('#', { version: 4 }), back: ['closed'] },
      { name: 'will', send: connect({ id: 'x', will: { topic: 'a/#' } }), back: ['CONNACK 0x90', 'closed'] },
      {
        name: 'Response Topic',
        after: 5,
        send: publish('a', { properties: bytes('08', string('a/+')) }),
        back: ['DISCONNECT 0x82', 'closed'],
      },
    ],
  },
  {
    id: 'B08',
    title: 'an empty topic',
    tries: [
      { name: '5.0', after: 5, send: publish(''), back: ['DISCONNECT 0x82', 'closed'] },
      { name: '3.1.1', after: 4, send: publish('', { version: 4 }), back: ['closed'] },
    ],
  },
  { id: 'B09', title: 'wildcards out of place', tries: refusedFilters(['a#', '#/a', 'a/#/b', '+a', 'a+/b']) },
  {
    id: 'B10',
    title: '65,000 slashes',
    note: '`maximumTopicLevels`, `maximumTopicLength`',
    tries: [
      { name: 'PUBLISH', after: 5, send: publish(LEVELS, { qos: 1 }), back: ['PUBACK 1 0x90'] },
      { name: 'SUBSCRIBE', after: 5, send: subscribe(LEVELS), back: ['SUBACK 1 0x8F'] },
      { name: 'UNSUBSCRIBE', after: 5, send: unsubscribe(LEVELS), back: ['UNSUBACK 1 0x11'] },
      {
        name: 'will',
        send: connect({ id: 'x', will: { topic: '/'.repeat(2000) } }),
        back: ['CONNACK 0x90', 'closed'],
      },
    ],
  },
  {
    id: 'B11',
    title: '1,000 filters of `+` and names on 128 levels',
    tries: [
      {
        answer: 'one message a matching client, and others are served meanwhile',
        play: async (arena) => {
          const peer = arena.open();
          await peer.hello({ id: ownId() });
          const filters = Array.from({ length: 1000 }, (_, n) =>
            Array.from({ length: 128 }, (_level, at) => (((n * 7919) >> (at % 10)) & 1 ? '+' : 'b11')).join(
              '/',
            ),
          );
          peer.send(subscribe(filters));
          equal((await peer.next()).startsWith('SUBACK 1 0x00'), true);
          const began = performance.now();
          const topic = Array.from({ length: 128 }, () => 'b11').join('/');
          peer.send(publish(topic, { qos: 1 }));
          const all = await peer.toPing();
          equal(all.filter((words) => words.startsWith('PUBLISH')).length >= 1, true);
          equal(performance.now() - began < 5000, true);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'B12',
    title: 'patterns of other languages as names',
    tries: [
      {
        after: { id: '(a+)+$', username: '[.*-' },
        send: PATTERNS.flatMap((name) => [subscribe(`b12/${name}`), publish(`b12/${name}`)]),
        back: PATTERNS.flatMap((name) => ['SUBACK 1 0x00', `PUBLISH b12/${name}`]),
      },
    ],
  },
  {
    id: 'B13',
    title: 'é composed and decomposed',
    tries: [receives('two topics', ['b13/e\u0301'], ['b13/\u00e9', 'b13/e\u0301'], ['b13/e\u0301'])],
  },
  {
    id: 'B14',
    title: 'names that every object has',
    tries: STRANGE.map((name) => ({
      name,
      after: { id: name, username: name, properties: userProperty(name, name) },
      send: [
        subscribe([`b14/${name}`, `${name}/x`, `$share/${name}/b14/g/${name}`]),
        publish(`b14/${name}`, { properties: userProperty(name, name) }),
        publish(`${name}/x`),
        publish(`b14/g/${name}`),
        unsubscribe(name),
      ],
      back: [
        'SUBACK 1 0x00 0x00 0x00',
        `PUBLISH b14/${name}`,
        `PUBLISH ${name}/x`,
        `PUBLISH b14/g/${name}`,
        'UNSUBACK 1 0x11',
      ],
    })),
  },
  {
    id: 'B15',
    title: 'topics that begin with $',
    note: 'a name that begins with $ is the broker’s own: QoS 1 and 2 of 5.0 are told 0x90, the rest is dropped',
    tries: [
      {
        name: '5.0',
        after: 5,
        send: DOLLARS.map((topic, n) => publish(topic, { qos: 1, id: n + 1 })),
        back: DOLLARS.map((_, n) => `PUBACK ${n + 1} 0x90`),
      },
      { name: 'QoS 0', after: 5, send: DOLLARS.map((topic) => publish(topic)), back: [] },
      {
        name: '3.1.1',
        after: 4,
        send: DOLLARS.map((topic, n) => publish(topic, { version: 4, qos: 1, id: n + 1 })),
        back: DOLLARS.map((_, n) => `PUBACK ${n + 1}`),
      },
    ],
  },
  {
    id: 'B16',
    title: 'wildcards first against $ topics',
    tries: [
      {
        answer: 'nothing of $SYS is delivered, retained or new',
        play: async (arena) => {
          const peer = arena.open();
          await peer.hello({ id: ownId() });
          peer.send(subscribe(['+/broker/#', '$share/g16/#', '#']));
          equal(await peer.next(), 'SUBACK 1 0x00 0x00 0x00');
          const all = await peer.toPing();
          equal(
            all.some((words) => words.startsWith('PUBLISH $')),
            false,
          );
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'B17',
    title: 'malformed $share',
    tries: refusedFilters([
      '$share',
      '$share/',
      '$share//t',
      '$share/g',
      '$share/g/',
      '$share/+/t',
      '$share/a#/t',
    ]),
  },
  {
    id: 'B18',
    title: 'a topic of 65,535 bytes',
    note: '`maximumTopicLength`',
    tries: [
      { name: 'PUBLISH', after: 5, send: publish('a'.repeat(65_535), { qos: 1 }), back: ['PUBACK 1 0x90'] },
      { name: 'SUBSCRIBE', after: 5, send: subscribe('a'.repeat(65_535)), back: ['SUBACK 1 0x8F'] },
      {
        name: '4,096 bytes are fine',
        after: 5,
        send: publish('a'.repeat(4096), { qos: 1 }),
        back: ['PUBACK 1 0x10'],
      },
      {
        name: '4,097 are not, 3.1.1',
        after: 4,
        send: publish('a'.repeat(4097), { version: 4, qos: 1 }),
        back: ['PUBACK 1'],
      },
    ],
  },
  {
    id: 'B19',
    title: '65,536 keys that collide under simple hashes',
    tries: [
      {
        answer: 'as fast as any others',
        play: async (arena) => {
          const peer = arena.open();
          await peer.hello({ id: ownId() });
          const timeOf = async (topics: readonly string[]): Promise<number> => {
            const began = performance.now();
            peer.send(bytes(...topics.map((topic, n) => publish(topic, { qos: 1, id: (n % 500) + 1 }))));
            equal((await peer.toPing()).length, topics.length);
            return performance.now() - began;
          };
          // "Aa" and "BB" collide under a sum of powers of 31: 2^16 strings of 16 such pairs collide all.
          const colliding = Array.from({ length: 65_536 }, (_, n) => {
            const pairs = Array.from({ length: 16 }, (_bit, at) => ((n >> at) & 1 ? 'Aa' : 'BB'));
            return `b19/${pairs.join('')}`;
          });
          const plain = colliding.map((topic, n) => `b19/${String(n).padStart(topic.length - 4, '0')}`);
          await timeOf(plain.slice(0, 5000));
          const usual = await timeOf(plain);
          const found = await timeOf(colliding);
          equal(found < 5 * usual + 500, true, `${found} ms, ${usual} ms`);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'B20',
    title: 'empty levels',
    tries: [
      receives('b20/+', ['b20/+'], ['b20', 'b20/', 'b20//', 'b20/a'], ['b20/', 'b20/a']),
      receives('b20b/+/+', ['b20b/+/+'], ['b20b/', 'b20b//', 'b20b//a', '/b20b//'], ['b20b//', 'b20b//a']),
      receives('b20c/#', ['b20c/#'], ['b20c', 'b20c/', '/b20c'], ['b20c', 'b20c/']),
    ],
  },
];

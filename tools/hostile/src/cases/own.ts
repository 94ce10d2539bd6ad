/** Group N: what the list misses, tried against what only our broker has: sessions, wills, retained, subscriptions. */
import { deepEqual, equal } from 'node:assert/strict';
import {
  type Bytes,
  bytes,
  publish,
  subscribe,
  text,
  times,
  u16,
  u32,
  unsubscribe,
  variable,
} from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, client, leave, ownId, some, subscriber } from '../clients.ts';

const EXPIRY = bytes('11', u32(3600));
const FOR_EVER = bytes('11', u32(0xffff_ffff));
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** Sends so many messages at QoS 1, 500 at a time, and takes their PUBACKs. */
async function flood(
  peer: { send(...pieces: readonly Bytes[]): unknown; next(): Promise<string> },
  count: number,
  one: (n: number, id: number) => Uint8Array,
): Promise<ReadonlySet<string>> {
  const answers = new Set<string>();
  for (let from = 0; from < count; from += 500) {
    const some500 = numbers(Math.min(500, count - from)).map((id) => one(from + id, id));
    peer.send(bytes(...some500));
    for (const _ of some500) answers.add((await peer.next()).replace(/ \d+/, ''));
  }
  return answers;
}

/** The cases. */
export const own: readonly Case[] = [
  {
    id: 'N01',
    title: 'wills without end',
    on: 'tight',
    note: '`maximumWillBytes`; wills that wait for their delay count, one in place of an earlier one of its session does not count twice',
    tries: [
      {
        answer: 'CONNACK 0x97 beyond the bound; a session may replace its own, who brings no will comes in',
        play: async (arena) => {
          const will = { topic: 'n01', payload: 'x'.repeat(9000), properties: bytes('18', u32(0xffff_ffff)) };
          const kept = { clean: false, properties: EXPIRY, will };
          const found: string[] = [];
          const ids = numbers(20).map(ownId);
          for (const id of ids) {
            const [peer, connack] = await attempt(arena, { id, ...kept });
            found.push(connack);
            peer.cut(); // without DISCONNECT: the will waits
          }
          equal(found.filter((connack) => connack === 'CONNACK 0x00').length, 11);
          equal(found.at(-1), 'CONNACK 0x97');
          const [again, connack] = await attempt(arena, { id: ids[0] ?? '', ...kept });
          equal(connack, 'CONNACK 0x00 present');
          const [three, old] = await attempt(arena, {
            version: 4,
            id: ownId(),
            will: { ...will, properties: '' },
          });
          equal(old, 'CONNACK 0x03');
          const good = await client(arena);
          for (const peer of [again, three, good]) peer.cut();
          // Who ends their sessions makes room: for the others of this configuration.
          for (const id of ids) (await client(arena, { id })).cut();
        },
      },
    ],
  },
  {
    id: 'N02',
    title: '1,000 filters that match the same 3,000 retained messages, in one SUBSCRIBE, and nobody reads',
    on: 'busy',
    note: 'they are looked for one filter after the other, as the client reads',
    tries: [
      {
        answer: 'memory as before; another is served meanwhile',
        play: async (arena) => {
          const sender = await client(arena);
          const below = 'a/b/c/d/e/f/g/h/i/j';
          deepEqual(
            [
              ...(await flood(sender, 3000, (n, id) =>
                publish(`n02/${below}/${n}`, { qos: 1, id, retain: true, payload: 'x' }),
              )),
            ],
            ['PUBACK 0x10'],
          );
          const before = arena.rss;
          const greedy = await client(arena, {});
          greedy.socket.pause();
          const filters = numbers(1000).map((n) =>
            ['n02', ...below.split('/').map((level, at) => ((n >> at) & 1 ? '+' : level)), '+'].join('/'),
          );
          greedy.send(subscribe(filters));
          for (const _ of numbers(20)) await arena.check();
          equal(arena.rss - before < 100e6, true, `${arena.rss - before}`);
          greedy.cut();
          await flood(sender, 3000, (n, id) => publish(`n02/${below}/${n}`, { qos: 1, id, retain: true }));
          sender.cut();
        },
      },
    ],
  },
  {
    id: 'N03',
    title: '2,000 retained messages on 60 levels of their own, set and taken back, twice',
    on: 'busy',
    tries: [
      {
        answer: 'acknowledged; nothing is left of them, memory as before',
        play: async (arena) => {
          const sender = await client(arena);
          const topic = (n: number): string => `n03/${n}/${'a/'.repeat(58)}x`;
          for (const _ of numbers(2)) {
            await flood(sender, 2000, (n, id) =>
              publish(topic(n), { qos: 1, id, retain: true, payload: 'x' }),
            );
            await flood(sender, 2000, (n, id) => publish(topic(n), { qos: 1, id, retain: true }));
          }
          sender.send(subscribe('n03/#'));
          deepEqual(await sender.toPing(), ['SUBACK 1 0x00']);
          sender.cut();
        },
      },
    ],
  },
  {
    id: 'N04',
    title: '100 sessions that ask for ever, each with filters of 128 levels, made and ended again',
    on: 'busy',
    note: '`maximumSessionExpiry` caps what they get',
    tries: [
      {
        answer: 'the expiry is capped in CONNACK; memory stays bounded',
        play: async (arena) => {
          const ids = numbers(100).map(ownId);
          for (const id of ids) {
            const [peer, connack] = await attempt(arena, { id, clean: false, properties: FOR_EVER });
            equal(connack, 'CONNACK 0x00');
            equal(peer.packet.includes(Buffer.from(bytes('11', u32(604_800)))), true);
            peer.send(subscribe(numbers(10).map((n) => `n04/${id}/${n}/${'x/'.repeat(124)}+`)));
            await peer.next();
            peer.cut();
          }
          for (const id of ids) (await client(arena, { id })).cut();
        },
      },
    ],
  },
  {
    id: 'N05',
    title: '5,000 shared groups of one member, joined and left',
    on: 'busy',
    tries: [
      {
        answer: 'each answered; a message goes to the member that is there, nothing to the others',
        play: async (arena) => {
          const peer = await client(arena);
          for (const n of numbers(5000))
            peer.send(subscribe(`$share/g${n}/n05`), unsubscribe(`$share/g${n}/n05`));
          for (const _ of numbers(5000)) deepEqual(await some(peer, 2), ['SUBACK 1 0x00', 'UNSUBACK 1 0x00']);
          peer.send(subscribe('$share/last/n05'), publish('n05'));
          deepEqual(await peer.toPing(), ['SUBACK 1 0x00', 'PUBLISH n05']);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'N06',
    title: 'a topic alias given 5,000 topics of 4,000 bytes, one after the other',
    on: 'busy',
    note: '`topicAliasMaximum` topics are remembered of one client, and they are its own bytes',
    tries: [
      {
        answer: 'each message on its own topic; memory as before',
        play: async (arena) => {
          const sender = await client(arena);
          const answers = await flood(sender, 5000, (n, id) =>
            publish(`n06/${n}/${'x'.repeat(3900)}`, {
              qos: 1,
              id,
              properties: bytes('23', u16((n % 64) + 1)),
            }),
          );
          deepEqual([...answers], ['PUBACK 0x10']);
          const seen = await subscriber(arena, `n06/5000/#`);
          sender.send(publish('', { properties: bytes('23', u16((5000 % 64) + 1)), payload: 'last' }));
          equal((await seen.next()).endsWith('last'), true);
          for (const peer of [sender, seen]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'N07',
    title: 'one message for 1,000 filters of one client, each with a Subscription Identifier',
    on: 'busy',
    tries: [
      {
        answer: 'one message a filter; a filter subscribed again has its last identifier',
        play: async (arena) => {
          const peer = await client(arena);
          const below = 'a/b/c/d/e/f/g/h/i/j';
          for (const n of numbers(1000)) {
            const filter = [
              'n07',
              ...below.split('/').map((level, at) => ((n >> at) & 1 ? '+' : level)),
            ].join('/');
            const identifier = bytes('0b', variable(268_435_455 - n));
            peer.send(
              subscribe(filter, { properties: identifier }),
              subscribe(filter, { properties: identifier }),
            );
          }
          for (const _ of numbers(2000)) equal(await peer.next(), 'SUBACK 1 0x00');
          peer.send(publish(`n07/${below}`));
          const all = await peer.toPing();
          equal(all.length >= 1 && all.length <= 1000, true, `${all.length}`);
          equal(new Set(all).size, 1);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'N08',
    title: '3.1.1: 65,535 QoS 2 ids that are never released, from three clients',
    on: 'busy',
    note: '`maximumReceived3`; ids are bits, not objects',
    tries: [
      {
        answer: 'PUBREC each; memory as before',
        play: async (arena) => {
          const before = arena.rss;
          const peers = await Promise.all(numbers(3).map(() => client(arena, { version: 4 })));
          await Promise.all(
            peers.map(async (peer) => {
              for (let from = 0; from < 65_535; from += 5000) {
                const ids = numbers(Math.min(5000, 65_535 - from)).map((n) => from + n);
                peer.send(bytes(...ids.map((id) => publish('n08', { version: 4, qos: 2, id }))));
                for (const id of ids) equal(await peer.next(), `PUBREC ${id}`);
              }
            }),
          );
          equal(arena.rss - before < 100e6, true, `${arena.rss - before}`);
          for (const peer of peers) peer.cut();
        },
      },
    ],
  },
  {
    id: 'N09',
    title: 'wills of 300 clients that are all cut at once, each to a topic of the others',
    on: 'busy',
    tries: [
      {
        answer: 'each published once',
        play: async (arena) => {
          const seen = await subscriber(arena, 'n09/+');
          const mortals = await Promise.all(
            numbers(300).map((n) =>
              client(arena, { will: { topic: `n09/${n}`, retain: true, payload: 'x' } }),
            ),
          );
          for (const peer of mortals) peer.socket.resetAndDestroy();
          const all = new Set(await some(seen, 300));
          equal(all.size, 300);
          deepEqual(await seen.toPing(), []);
          for (const n of numbers(300)) seen.send(publish(`n09/${n}`, { retain: true }));
          await seen.toPing();
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'N10',
    title: 'a client that takes itself over 300 times with a will each time',
    on: 'busy',
    tries: [
      {
        answer: 'every connection answered, one session left, one will a takeover',
        play: async (arena) => {
          const seen = await subscriber(arena, 'n10');
          const hello = {
            id: ownId(),
            clean: false,
            properties: EXPIRY,
            will: { topic: 'n10', payload: 'w' },
          };
          const peers = await Promise.all(numbers(300).map(() => attempt(arena, hello)));
          equal(
            peers.every(([, connack]) => connack.startsWith('CONNACK 0x00')),
            true,
          );
          const [last, connack] = await attempt(arena, hello);
          equal(connack, 'CONNACK 0x00 present');
          equal(
            (await some(seen, 300)).every((words) => words === 'PUBLISH n10 w'),
            true,
          );
          deepEqual(await seen.toPing(), []);
          await leave(last);
          deepEqual(await seen.toPing(), []);
          for (const peer of [seen, ...peers.map(([one]) => one)]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'N11',
    title: 'Response Topic and Correlation Data as large as a packet allows, to 50 subscribers',
    on: 'busy',
    tries: [
      {
        answer: 'forwarded as they came; memory as before',
        play: async (arena) => {
          const readers = await Promise.all(numbers(50).map(() => subscriber(arena, 'n11')));
          const sender = await client(arena);
          const properties = bytes('08', text('r'.repeat(65_000)), '09', text('c'.repeat(65_000)));
          for (const _ of numbers(10)) sender.send(publish('n11', { properties, payload: 'x' }));
          for (const reader of readers)
            deepEqual(
              await some(reader, 10),
              numbers(10).map(() => 'PUBLISH n11 x'),
            );
          for (const peer of [...readers, sender]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'N12',
    title: 'SUBSCRIBE and UNSUBSCRIBE of 1,000 filters in one packet, 50 times, without reading an answer',
    on: 'busy',
    note: '`maximumOutgoingBytes`: who does not read its answers is not read',
    tries: [
      {
        answer: 'answered when it reads; others are served meanwhile',
        play: async (arena) => {
          const peer = await client(arena);
          peer.socket.pause();
          const filters = numbers(1000).map((n) => `n12/${n}`);
          const entries = bytes(...filters.map((filter) => text(filter)));
          const length = 3 + entries.length;
          const leaving = bytes('a2', variable(length), '00 01 00', entries);
          peer.send(times(50, bytes(subscribe(filters), leaving)));
          await arena.check();
          peer.socket.resume();
          for (const _ of numbers(50)) {
            equal((await peer.next()).startsWith('SUBACK 1 0x00'), true);
            equal((await peer.next()).startsWith('UNSUBACK 1 0x00'), true);
          }
          peer.cut();
        },
      },
    ],
  },
];

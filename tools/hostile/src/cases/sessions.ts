/** Group C: sessions, takeover, floods of CONNECT (§3.1, §3.2, §4.1, §4.12). */
import { deepEqual, equal, match } from 'node:assert/strict';
import type { Arena } from '../arena.ts';
import { bytes, connect, DISCONNECT, publish, subscribe, text, times, u32, userProperty } from '../bytes.ts';
import type { Case } from '../case.ts';
import { attempt, ownId, subscriber } from '../clients.ts';

const EXPIRY = bytes('11', u32(3600));

const flags = (hex: string): Uint8Array =>
  bytes('10 0f 00 04 4d 51 54 54 05', hex, '00 00 00', text('x'), '00');

/** The cases. */
export const sessions: readonly Case[] = [
  {
    id: 'C13',
    title: 'takeover by the same user',
    tries: [
      {
        answer: 'the old one gets `DISCONNECT 0x8E`; the session is kept; one will at most',
        play: async (arena) => {
          const id = ownId();
          const will = { topic: `c13/${id}`, payload: 'gone' };
          const seen = await subscriber(arena, will.topic);
          const [old] = await attempt(arena, { id, clean: false, properties: EXPIRY, will });
          const [young, connack] = await attempt(arena, { id, clean: false, properties: EXPIRY });
          equal(connack, 'CONNACK 0x00 present');
          deepEqual(await old.toEnd(), ['DISCONNECT 0x8E', 'closed']);
          deepEqual(await seen.toPing(), [`PUBLISH ${will.topic} gone`]);
          for (const peer of [young, seen]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'C16',
    title: 'two clients that take one id from each other',
    note: 'not limited by itself: `maximumConnectRatePerAddress` is what to set',
    tries: [
      {
        answer: '1,000 takeovers, each answered; one session is left',
        play: async (arena) => {
          const id = ownId();
          const peers = await Promise.all(
            Array.from(
              { length: 1000 },
              async () => (await attempt(arena, { id, clean: false, will: { topic: 'c16' } }))[0],
            ),
          );
          await Promise.all(peers.slice(0, -1).map((peer) => peer.version));
          const [last, connack] = await attempt(arena, { id, clean: false });
          equal(connack.startsWith('CONNACK 0x00'), true);
          await Promise.all(peers.map((peer) => peer.closed()));
          for (const peer of [...peers, last]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'C18',
    title: 'a CONNECT that is refused, with the id of a client that is there',
    tries: [
      {
        answer: 'that client stays, its session too',
        play: async (arena) => {
          const id = ownId();
          const [honest] = await attempt(arena, { id, clean: false, properties: EXPIRY });
          honest.send(subscribe('c18'));
          await honest.next();
          for (const [bad, code] of [
            [{ will: { topic: '#' } }, '0x90'],
            [{ properties: '11 00 00 00 01 11 00 00 00 01' }, '0x82'],
            [{ properties: times(65, userProperty('a', 'b')) }, '0x97'],
            [{ will: { topic: '$SYS/x' } }, '0x90'],
          ] as const) {
            const [peer, connack] = await attempt(arena, { id, ...bad });
            equal(connack, `CONNACK ${code}`);
            await peer.closed();
          }
          honest.send(publish('c18'));
          deepEqual(await honest.toPing(), ['PUBLISH c18']);
          honest.cut();
        },
      },
    ],
  },
  {
    id: 'C19',
    title: 'sessions hoarded',
    on: 'small',
    note: '`maximumSessions`, `maximumSessionsPerIdentity`, `maximumSessionExpiry`',
    tries: [
      {
        answer: 'CONNACK 0x97 at the bound; the longest expiry is told',
        play: async (arena) => {
          const found = new Set<string>();
          let told = '';
          for (let n = 0; n < 400; n++) {
            const peer = arena.open();
            peer.send(connect({ id: `c19-${n}`, clean: false, properties: '11 ff ff ff ff' }));
            await peer.received(2);
            told ||= Buffer.from(peer.text, 'latin1').toString('hex');
            found.add(await peer.next());
            peer.send(DISCONNECT);
            await peer.closed();
          }
          deepEqual([...found], ['CONNACK 0x00', 'CONNACK 0x97']);
          match(told, /1100000e10/);
          for (let n = 0; n < 400; n++) await end(arena, `c19-${n}`);
        },
      },
    ],
  },
  {
    id: 'C20',
    title: 'an expiry raised from 0 by DISCONNECT',
    tries: [{ after: 5, send: 'e0 07 00 05 11 00 00 00 64', back: ['DISCONNECT 0x82', 'closed'] }],
  },
  {
    id: 'C21',
    title: 'limits of zero',
    tries: [
      {
        name: 'Receive Maximum',
        send: connect({ id: 'x', properties: '21 00 00' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      {
        name: 'Maximum Packet Size',
        send: connect({ id: 'x', properties: '27 00 00 00 00' }),
        back: ['CONNACK 0x82', 'closed'],
      },
    ],
  },
  {
    id: 'C22',
    title: 'booleans that are neither',
    tries: [
      {
        name: 'Request Problem Information',
        send: connect({ id: 'x', properties: '17 02' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      {
        name: 'Payload Format Indicator',
        after: 5,
        send: publish('a', { properties: '01 07' }),
        back: ['DISCONNECT 0x82', 'closed'],
      },
    ],
  },
  {
    id: 'C23',
    title: 'AUTH out of place',
    tries: [
      {
        name: 'data without a method',
        send: connect({ id: 'x', properties: '16 00 01 61' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      { name: 'nothing was negotiated', after: 5, send: 'f0 00', back: ['DISCONNECT 0x82', 'closed'] },
      {
        name: 'an unknown method',
        send: connect({ id: 'x', properties: '15 00 01 61' }),
        back: ['CONNACK 0x8C', 'closed'],
      },
      { name: 'before CONNECT', send: 'f0 00', back: ['closed'] },
    ],
  },
  {
    id: 'C25',
    title: 'silence beyond Keep Alive',
    tries: [
      {
        answer: '`DISCONNECT 0x8D` after 1.5 times of it, 3.1.1 closed; 0 and 65,535 stay',
        play: async (arena) => {
          const long = await Promise.all(
            [0, 65_535].map((keepAlive) => attempt(arena, { id: ownId(), keepAlive })),
          );
          const [silent] = await attempt(arena, { id: ownId(), keepAlive: 1 });
          const [old] = await attempt(arena, { id: ownId(), version: 4, keepAlive: 1 });
          deepEqual(await silent.toEnd(), ['DISCONNECT 0x8D', 'closed']);
          deepEqual(await old.toEnd(), ['closed']);
          for (const [peer] of long) {
            deepEqual(await peer.toPing(), []);
            peer.cut();
          }
        },
      },
    ],
  },
  {
    id: 'C26',
    title: 'no descriptors left',
    on: 'poor',
    tries: [
      {
        answer: 'who is there is served; after some leave, others come in; a reload changes nothing',
        play: async (arena) => {
          const peers = Array.from({ length: 600 }, () => arena.open().send(connect({ id: ownId() })));
          const [some] = peers;
          equal(await some?.next(), 'CONNACK 0x00');
          await arena.check();
          await arena.reload();
          await arena.check();
          for (const peer of peers) peer.cut();
          const [later, connack] = await attempt(arena, { id: ownId() });
          equal(connack, 'CONNACK 0x00');
          later.cut();
        },
      },
    ],
  },
  {
    id: 'C27',
    title: 'connections faster than an address may',
    on: 'rated',
    note: '`maximumConnectRate`, `maximumConnectRatePerAddress`: as many as the rate are told, the rest is cut',
    tries: [
      {
        answer: 'CONNACK 0x9F or cut',
        play: async (arena) => {
          const all = await Promise.all(
            Array.from({ length: 100 }, async () => {
              const [peer, connack] = await attempt(arena, { id: ownId() });
              peer.cut();
              return connack;
            }),
          );
          equal(all.filter((connack) => connack === 'CONNACK 0x00').length <= 40, true);
          equal(
            all.filter((connack) => connack === 'CONNACK 0x9F' || connack === 'closed').length >= 60,
            true,
          );
        },
      },
    ],
  },
  {
    id: 'C29',
    title: '10,000 user properties',
    note: '`maximumUserProperties`',
    tries: [
      {
        name: 'CONNECT',
        send: connect({ id: 'x', properties: times(65, userProperty('a', 'b')) }),
        back: ['CONNACK 0x97', 'closed'],
      },
      {
        name: 'PUBLISH',
        after: 5,
        send: publish('c29', { qos: 1, properties: times(10_000, userProperty('a', 'b')) }),
        back: ['PUBACK 1 0x97'],
      },
      {
        name: 'SUBSCRIBE',
        after: 5,
        send: subscribe('c29', { properties: times(10_000, userProperty('a', 'b')) }),
        back: ['DISCONNECT 0x97', 'closed'],
      },
      {
        name: '64 are fine',
        after: 5,
        send: publish('c29', { qos: 1, properties: times(64, userProperty('a', 'b')) }),
        back: ['PUBACK 1 0x10'],
      },
    ],
  },
  {
    id: 'C30',
    title: '300 refused CONNECTs of each of five kinds',
    tries: [
      {
        answer: 'memory as before',
        play: async (arena) => {
          const kinds = [
            connect({ id: 'a\n' }),
            flags('03'),
            connect({ id: 'x', will: { topic: '#' } }),
            bytes('10 ff ff ff 7f'),
            bytes('00 00'),
          ];
          const before = arena.rss;
          for (let round = 0; round < 30; round++) {
            const peers = kinds.flatMap((kind) => Array.from({ length: 10 }, () => arena.open().send(kind)));
            await Promise.all(peers.map((peer) => peer.closed()));
            for (const peer of peers) peer.cut();
          }
          equal(arena.rss - before < 100e6, true);
        },
      },
    ],
  },
  {
    id: 'C31',
    title: 'a session without subscriptions',
    tries: [
      {
        answer: 'is kept, and ends with its expiry',
        play: async (arena) => {
          const id = ownId();
          const [first] = await attempt(arena, { id, clean: false, properties: EXPIRY });
          first.send(DISCONNECT);
          await first.closed();
          const [second, connack] = await attempt(arena, {
            id,
            clean: false,
            properties: bytes('11', u32(0)),
          });
          equal(connack, 'CONNACK 0x00 present');
          second.send(DISCONNECT);
          await second.closed();
          const [third, again] = await attempt(arena, { id, clean: false });
          equal(again, 'CONNACK 0x00');
          third.cut();
        },
      },
    ],
  },
];

/** Ends a session that was kept. */
async function end(arena: Arena, id: string): Promise<void> {
  const [peer] = await attempt(arena, { id, clean: true });
  peer.send(DISCONNECT);
  await peer.closed();
}

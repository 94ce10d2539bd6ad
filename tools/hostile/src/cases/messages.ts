/** Group F: messages on their way, and what a session holds of them (§3.3, §3.8, §4.3, §4.4, §4.6). */
import { deepEqual, equal } from 'node:assert/strict';
import { bytes, packet, publish, subscribe, times, u16, u32, unsubscribe } from '../bytes.ts';
import type { Case } from '../case.ts';
import { client, leave, ownId, some, subscriber } from '../clients.ts';

const EXPIRY = bytes('11', u32(3600));
const ILLEGAL = ['DISCONNECT 0x82', 'closed'];
const alias = (value: number): Uint8Array => bytes('23', u16(value));
const ack = (first: number, id: number): Uint8Array => packet(first, u16(id));

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** The cases. */
export const messages: readonly Case[] = [
  {
    id: 'F01',
    title: 'topic aliases out of range',
    tries: [
      {
        name: '0',
        after: 5,
        send: publish('a', { properties: alias(0) }),
        back: ['DISCONNECT 0x94', 'closed'],
      },
      {
        name: 'above our maximum',
        after: 5,
        send: publish('a', { properties: alias(65) }),
        back: ['DISCONNECT 0x94', 'closed'],
      },
      { name: 'never set', after: 5, send: publish('', { properties: alias(1) }), back: ILLEGAL },
    ],
  },
  {
    id: 'F02',
    title: 'a client that allows 65,535 aliases, and 1,000 topics',
    note: '`maximumOutboundTopicAliases`',
    tries: [
      {
        answer: '64 aliases, the least recently used is given anew',
        play: async (arena) => {
          const peer = await subscriber(arena, 'f02/#', 0, { properties: '22 ff ff' });
          const aliases = new Set<string>();
          for (const n of numbers(1000)) peer.send(publish(`f02/${n}`));
          // Bytes, not words: the alias is a property.
          await peer.received(9000);
          const raw = Buffer.from(peer.text, 'latin1');
          for (let at = raw.indexOf('2300', 0, 'hex'); at >= 0; at = raw.indexOf('2300', at + 1, 'hex')) {
            aliases.add(raw.subarray(at, at + 3).toString('hex'));
          }
          equal(aliases.size <= 64, true, `${aliases.size}`);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'F03',
    title: 'more open messages than Receive Maximum',
    on: 'small',
    note: '`receiveMaximum`; a PUBLISH at QoS 1 is open until its PUBACK leaves, at QoS 2 until PUBCOMP',
    tries: [
      {
        after: 5,
        send: numbers(11).map((id) => publish('f03', { qos: 2, id })),
        back: [...numbers(10).map((id) => `PUBREC ${id} 0x10`), 'DISCONNECT 0x93', 'closed'],
      },
      {
        name: 'ids near 2^15 and 2^16',
        after: 5,
        send: [32_767, 32_768, 65_535].map((id) => publish('f03', { qos: 2, id })),
        back: ['PUBREC 32767 0x10', 'PUBREC 32768 0x10', 'PUBREC 65535 0x10'],
      },
    ],
  },
  {
    id: 'F04',
    title: 'a subscriber with Receive Maximum 1 that acknowledges nothing',
    tries: [
      {
        answer: 'one in flight; others get all',
        play: async (arena) => {
          const mute = await subscriber(arena, 'f04', 1, { properties: '21 00 01' });
          const good = await subscriber(arena, 'f04', 0);
          for (const n of numbers(20)) good.send(publish('f04', { qos: 1, id: n }));
          equal((await some(good, 40)).filter((words) => words.startsWith('PUBLISH')).length, 20);
          deepEqual(await mute.toPing(), ['PUBLISH f04 q1']);
          for (const peer of [mute, good]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'F05',
    title: 'one QoS 2 id 10,000 times without PUBREL',
    tries: [
      {
        answer: 'stored and routed once, PUBREC each time',
        play: async (arena) => {
          const seen = await subscriber(arena, 'f05');
          const peer = await client(arena);
          peer.send(times(10_000, publish('f05', { qos: 2, id: 7, dup: true })));
          const all = await peer.toPing();
          equal(all.length, 10_000);
          equal(
            all.every((words) => words.startsWith('PUBREC 7')),
            true,
          );
          deepEqual(await seen.toPing(), ['PUBLISH f05']);
          for (const one of [seen, peer]) one.cut();
        },
      },
    ],
  },
  {
    id: 'F06',
    title: 'PUBREL for an id nobody knows',
    tries: [
      { name: '5.0', after: 5, send: '62 02 04 d2', back: ['PUBCOMP 1234 0x92'] },
      { name: '3.1.1', after: 4, send: '62 02 04 d2', back: ['PUBCOMP 1234'] },
    ],
  },
  {
    id: 'F07',
    title: 'acknowledgements out of place',
    tries: [
      {
        name: 'of nothing',
        after: 5,
        send: ['40 02 00 05', '50 02 00 06', '70 02 00 07'],
        back: ['PUBREL 6 0x92'],
      },
      {
        name: 'PUBACK and PUBCOMP for a QoS 2 message, PUBREC for QoS 1',
        answer: 'ignored: the flow goes on where it was',
        play: async (arena) => {
          const sender = await client(arena);
          const peer = await subscriber(arena, 'f07', 2);
          sender.send(publish('f07', { qos: 2, id: 1 }));
          equal(await peer.next(), 'PUBLISH f07 q2');
          peer.send(ack(0x40, 1), ack(0x70, 1));
          deepEqual(await peer.toPing(), []);
          peer.send(ack(0x50, 1));
          equal(await peer.next(), 'PUBREL 1');
          peer.send(ack(0x40, 1), ack(0x50, 1));
          deepEqual(await peer.toPing(), ['PUBREL 1']);
          peer.send(ack(0x70, 1), ack(0x70, 1));
          deepEqual(await peer.toPing(), []);
          sender.send(publish('f07', { qos: 1, id: 2 }));
          equal(await peer.next(), 'PUBLISH f07 q1');
          peer.send(ack(0x50, 2));
          deepEqual(await peer.toPing(), ['PUBREL 2 0x92']);
          for (const one of [sender, peer]) one.cut();
        },
      },
      {
        name: 'PUBACK behind UNSUBSCRIBE',
        answer: 'ends the flow that was open',
        play: async (arena) => {
          const hello = { id: ownId(), clean: false, properties: EXPIRY };
          const peer = await subscriber(arena, 'f07/b', 1, hello);
          peer.send(publish('f07/b', { qos: 1 }));
          await some(peer, 2);
          peer.send(unsubscribe('f07/b'), ack(0x40, 1));
          deepEqual(await peer.toPing(), ['UNSUBACK 1 0x00']);
          await leave(peer);
          const back = await client(arena, hello);
          deepEqual(await back.toPing(), []);
          back.cut();
        },
      },
    ],
  },
  {
    id: 'F08',
    title: 'no acknowledgements, then a new connection',
    tries: [
      {
        answer: 'sent again in the old order with DUP',
        play: async (arena) => {
          const hello = { id: ownId(), clean: false, properties: EXPIRY };
          const first = await subscriber(arena, 'f08', 1, hello);
          for (const id of numbers(5)) first.send(publish('f08', { qos: 1, id, payload: `${id}` }));
          await some(first, 10);
          first.cut();
          const second = await client(arena, hello);
          deepEqual(
            await some(second, 5),
            numbers(5).map((n) => `PUBLISH f08 ${n} q1 dup`),
          );
          second.cut();
          await leave(await client(arena, { id: hello.id }));
        },
      },
    ],
  },
  {
    id: 'F09',
    title: '65,535 open ids',
    tries: [
      {
        name: 'a burst of 2,000 with acknowledgements',
        answer: 'no id twice while it is open',
        play: async (arena) => {
          const peer = await subscriber(arena, 'f09', 1);
          const sender = await client(arena);
          for (const n of numbers(2000)) sender.send(publish('f09', { payload: `${n}`, qos: 1, id: n }));
          const payloads = new Set<string>();
          // Ids of PUBLISH are not in the words; they are 1, 2, 3 … of a new session, and wrap at 65,535.
          for (let n = 1; n <= 1000; n++) {
            payloads.add(await peer.next());
            peer.send(ack(0x40, n));
          }
          equal(payloads.size, 1000);
          for (const one of [peer, sender]) one.cut();
        },
      },
    ],
  },
  {
    id: 'F10',
    title: 'a subscription ended while its message is open',
    tries: [
      {
        answer: 'the window is free again after the acknowledgement',
        play: async (arena) => {
          const peer = await subscriber(arena, 'f10', 1, { properties: '21 00 01' });
          const sender = await client(arena);
          sender.send(publish('f10', { payload: '1', qos: 1 }));
          equal(await peer.next(), 'PUBLISH f10 1 q1');
          peer.send(unsubscribe('f10'), subscribe('f10/b', { options: 1 }));
          deepEqual(await some(peer, 2), ['UNSUBACK 1 0x00', 'SUBACK 1 0x01']);
          sender.send(publish('f10/b', { payload: '2', qos: 1 }));
          deepEqual(await peer.toPing(), []);
          peer.send(ack(0x40, 1));
          equal(await peer.next(), 'PUBLISH f10/b 2 q1');
          for (const one of [peer, sender]) one.cut();
        },
      },
    ],
  },
  {
    id: 'F11',
    title: 'QoS 2 across connections',
    tries: [
      {
        answer: 'routed once',
        play: async (arena) => {
          const seen = await subscriber(arena, 'f11', 2);
          const hello = { id: ownId(), clean: false, properties: EXPIRY };
          const first = await client(arena, hello);
          first.send(publish('f11', { qos: 2, id: 3, payload: 'x' }));
          equal(await first.next(), 'PUBREC 3');
          first.cut();
          const second = await client(arena, hello);
          second.send(publish('f11', { qos: 2, id: 3, payload: 'x', dup: true }), '62 02 00 03');
          deepEqual(await some(second, 2), ['PUBREC 3', 'PUBCOMP 3']);
          deepEqual(await seen.toPing(), ['PUBLISH f11 x q2']);
          await leave(second);
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'F13',
    title: 'Will Delay Interval of 0xFFFFFFFF',
    tries: [
      {
        answer: 'not at once; the end of the session is what makes it due',
        play: async (arena) => {
          const seen = await subscriber(arena, 'f13');
          const hello = {
            id: ownId(),
            clean: false,
            properties: '11 ff ff ff ff',
            will: { topic: 'f13', payload: 'gone', properties: '18 ff ff ff ff' },
          };
          (await client(arena, hello)).cut();
          deepEqual(await seen.toPing(), []);
          await leave(await client(arena, { id: hello.id }));
          deepEqual(await some(seen, 1), ['PUBLISH f13 gone']);
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'F15',
    title: 'Subscription Identifiers out of place',
    tries: [
      { name: '0', after: 5, send: subscribe('a', { properties: '0b 00' }), back: ILLEGAL },
      { name: 'in a PUBLISH', after: 5, send: publish('a', { properties: '0b 01' }), back: ILLEGAL },
      { name: 'twice', after: 5, send: subscribe('a', { properties: '0b 01 0b 02' }), back: ILLEGAL },
    ],
  },
  {
    id: 'F16',
    title: 'No Local on a shared subscription',
    tries: [{ after: 5, send: subscribe('$share/g/f16', { options: 4 }), back: ILLEGAL }],
  },
];

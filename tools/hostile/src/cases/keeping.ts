/** Group F: retained messages, subscriptions, wills, the end of connections (§3.3, §3.8, §4.3, §4.4, §4.6). */
import { deepEqual, equal } from 'node:assert/strict';
import {
  bytes,
  DISCONNECT,
  packet,
  publish,
  subscribe,
  text,
  times,
  u16,
  u32,
  unsubscribe,
  userProperty,
} from '../bytes.ts';
import type { Case } from '../case.ts';
import { client, leave, ownId, some, subscriber } from '../clients.ts';
import type { Peer } from '../peer.ts';

const EXPIRY = bytes('11', u32(3600));
const ack = (first: number, id: number): Uint8Array => packet(first, u16(id));

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

/** The cases. */
export const keeping: readonly Case[] = [
  {
    id: 'F17',
    title: 'more retained messages than may be',
    on: 'small',
    note: '`maximumRetainedMessages`, `maximumRetainedBytes`; what is there stays',
    tries: [
      {
        answer: '`PUBACK 0x97` beyond the bound',
        play: async (arena) => {
          const peer = await client(arena);
          for (const id of numbers(40)) {
            peer.send(publish(`f17/${id}`, { qos: 1, id, retain: true, payload: 'x' }));
            const words = await peer.next();
            equal(words, id <= 20 ? `PUBACK ${id} 0x10` : `PUBACK ${id} 0x97`);
          }
          for (const id of numbers(20)) peer.send(publish(`f17/${id}`, { retain: true }));
          deepEqual(await peer.toPing(), []);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'F18',
    title: 'a retained message taken back',
    tries: [
      {
        after: 5,
        send: [
          publish('f18', { retain: true, payload: 'x' }),
          publish('f18', { retain: true }),
          subscribe('f18'),
        ],
        back: ['SUBACK 1 0x00'],
      },
    ],
  },
  {
    id: 'F19',
    title: '10,000 filters in one SUBSCRIBE',
    note: '`maximumSubscriptions`',
    tries: [
      {
        after: 5,
        send: subscribe(numbers(10_000).map((n) => `f19/${n}`)),
        back: [`SUBACK 1${' 0x00'.repeat(1000)}${' 0x97'.repeat(9000)}`],
      },
    ],
  },
  {
    id: 'F20',
    title: 'one filter three times in one SUBSCRIBE',
    tries: [
      {
        after: 5,
        send: [
          packet(0x82, u16(1), '00', text('f20'), '02', text('f20'), '01', text('f20'), '00'),
          publish('f20', { payload: 'x' }),
        ],
        back: ['SUBACK 1 0x02 0x01 0x00', 'PUBLISH f20 x'],
      },
    ],
  },
  {
    id: 'F21',
    title: '20,000 times SUBSCRIBE and UNSUBSCRIBE',
    tries: [
      {
        answer: 'each answered; nothing grows',
        play: async (arena) => {
          const peer = await client(arena);
          for (let round = 0; round < 20; round++) {
            peer.send(times(1000, bytes(subscribe('f21/+/#'), unsubscribe('f21/+/#'))));
            equal((await peer.toPing()).length, 2000);
          }
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'F24',
    title: 'payloads that are not the text they say',
    on: 'small',
    note: 'checked with `messages.validatePayloadFormat`, off by default',
    tries: [
      {
        after: 5,
        send: publish('f24', { qos: 1, properties: '01 01', payload: bytes('ff') }),
        back: ['PUBACK 1 0x99'],
      },
    ],
  },
  {
    id: 'F25',
    title: 'a client that publishes what it receives',
    note: 'its own rate is the bound: `maximumMessageRate`; No Local ends the loop',
    tries: [
      {
        answer: 'others are served meanwhile',
        play: async (arena) => {
          const peer = await subscriber(arena, 'f25');
          peer.send(publish('f25', { payload: 'x' }));
          for (let n = 0; n < 500; n++) {
            equal(await peer.next(), 'PUBLISH f25 x');
            peer.send(publish('f25', { payload: 'x' }));
          }
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'F26',
    title: 'large and repeated properties',
    tries: [
      {
        answer: 'forwarded as they came, in their order',
        play: async (arena) => {
          const properties = bytes(
            '09',
            text(new Uint8Array(65_535)),
            userProperty('a', ''),
            userProperty('a', '1'),
            userProperty('', 'a'),
          );
          const peer = await subscriber(arena, 'f26');
          const sent = publish('f26', { properties });
          peer.send(sent);
          await peer.received(sent.length);
          equal(
            peer.text.includes(
              Buffer.from(userProperty('a', '')).toString('latin1') +
                Buffer.from(bytes(userProperty('a', '1'), userProperty('', 'a'))).toString('latin1'),
            ),
            true,
          );
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'F27',
    title: 'a QoS 2 message retained, a QoS 0 subscription',
    tries: [
      {
        after: 5,
        send: [
          publish('f27/x', { retain: true, qos: 2, payload: 'x' }),
          '62 02 00 01',
          subscribe('f27/+'),
          publish('f27/x', { retain: true }),
        ],
        back: ['PUBREC 1 0x10', 'PUBCOMP 1', 'SUBACK 1 0x00', 'PUBLISH f27/x x retain', 'PUBLISH f27/x'],
      },
    ],
  },
  {
    id: 'F28',
    title: 'ways to leave, and the will',
    note: 'dropped for DISCONNECT 0x00 alone',
    tries: [
      {
        answer: 'published for 0x04, FIN, RST and a broken rule',
        play: async (arena) => {
          const seen = await subscriber(arena, 'f28/#');
          const mortal = (name: string): Promise<Peer> => client(arena, { will: { topic: `f28/${name}` } });
          (await mortal('0')).send(DISCONNECT);
          (await mortal('4')).send('e0 01 04');
          equal(await seen.next(), 'PUBLISH f28/4');
          (await mortal('fin')).socket.end();
          equal(await seen.next(), 'PUBLISH f28/fin');
          (await mortal('rst')).socket.resetAndDestroy();
          equal(await seen.next(), 'PUBLISH f28/rst');
          (await mortal('rule')).send('00 00');
          equal(await seen.next(), 'PUBLISH f28/rule');
          seen.cut();
        },
      },
    ],
  },
  {
    id: 'F29',
    title: 'PUBACK, DISCONNECT and the end in one segment',
    tries: [
      {
        answer: 'the PUBACK counts',
        play: async (arena) => {
          const hello = { id: ownId(), clean: false, properties: EXPIRY };
          const peer = await subscriber(arena, 'f29', 1, hello);
          peer.send(publish('f29', { qos: 1, payload: 'x' }));
          await some(peer, 2);
          peer.send(bytes(ack(0x40, 1), DISCONNECT));
          peer.socket.end();
          await peer.closed();
          const again = await client(arena, hello);
          deepEqual(await again.toPing(), []);
          await leave(again);
        },
      },
    ],
  },
  {
    id: 'F31',
    title: 'a message too large for one subscriber',
    tries: [
      {
        answer: 'that one does not get it, and gets the next',
        play: async (arena) => {
          const tiny = await subscriber(arena, 'f31', 1, { properties: bytes('27', u32(100)) });
          const good = await subscriber(arena, 'f31', 0);
          good.send(publish('f31', { payload: 'x'.repeat(200) }), publish('f31', { payload: 'y' }));
          deepEqual(await some(good, 2), ['PUBLISH f31 200 bytes', 'PUBLISH f31 y']);
          deepEqual(await tiny.toPing(), ['PUBLISH f31 y']);
          for (const peer of [tiny, good]) peer.cut();
        },
      },
    ],
  },
  {
    id: 'F32',
    title: 'Clean Start while the old session is being served',
    tries: [
      {
        answer: 'nothing old after CONNACK',
        play: async (arena) => {
          const hello = { id: ownId(), clean: false, properties: EXPIRY };
          await subscriber(arena, 'f32', 1, hello);
          const sender = await client(arena);
          for (const id of numbers(200)) sender.send(publish('f32', { qos: 1, id }));
          const fresh = arena.open();
          equal(await fresh.hello({ id: hello.id, clean: true }), 'CONNACK 0x00');
          deepEqual(await fresh.toPing(), []);
          for (const peer of [sender, fresh]) peer.cut();
        },
      },
    ],
  },
];

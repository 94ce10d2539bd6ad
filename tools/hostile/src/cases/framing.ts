/** Group A: framing, and packets that are none (§1.5, §2, §4.13). */
import { deepEqual, equal } from 'node:assert/strict';
import {
  bytes,
  connect,
  DISCONNECT,
  PINGREQ,
  packet,
  publish,
  subscribe,
  text,
  times,
  u16,
  userProperty,
} from '../bytes.ts';
import type { Case, Exchange } from '../case.ts';
import { ownId } from '../clients.ts';

const MALFORMED = ['DISCONNECT 0x81', 'closed'];
const ILLEGAL = ['DISCONNECT 0x82', 'closed'];

/** The same answer of 5.0 for each of these bytes after CONNECT. */
function each(
  back: readonly string[],
  sent: Readonly<Record<string, string | Uint8Array>>,
): readonly Exchange[] {
  return Object.entries(sent).map(([name, send]) => ({ name, after: 5, send, back }));
}

/** Packet types that only a server sends. */
const SERVER_ONLY = {
  CONNACK: '20 03 00 00 00',
  SUBACK: '90 04 00 01 00 00',
  UNSUBACK: 'b0 04 00 01 00 00',
  PINGRESP: 'd0 00',
};

const HUGE = 'ff ff ff 7f';

/** The cases. */
export const framing: readonly Case[] = [
  {
    id: 'A01',
    title: 'a Remaining Length of five bytes',
    tries: [
      { name: 'first', send: '10 ff ff ff ff 7f', back: ['closed'] },
      { name: '5.0', after: 5, send: '30 ff ff ff ff 7f', back: MALFORMED },
      { name: '3.1.1', after: 4, send: '30 ff ff ff ff 7f', back: ['closed'] },
    ],
  },
  {
    id: 'A02',
    title: 'a Remaining Length that is longer than it need be',
    tries: [
      { name: '5.0', after: 5, send: 'c0 80 00', back: MALFORMED },
      { name: '3.1.1', after: 4, send: 'c0 80 00', back: ['closed'] },
    ],
  },
  {
    id: 'A03',
    title: 'a CONNECT of 256 MB is announced',
    note: 'cut with the header; `maximumPacketSizeBeforeConnect`',
    tries: [
      { send: `10 ${HUGE} 00 04`, back: ['closed'] },
      {
        name: '1,000 at once',
        answer: 'each closed; memory as before',
        play: async (arena) => {
          const before = arena.rss;
          const peers = Array.from({ length: 1000 }, () => arena.open().send(`10 ${HUGE}`));
          await Promise.all(peers.map((peer) => peer.closed()));
          for (const peer of peers) peer.cut();
          equal(arena.rss - before < 100e6, true);
        },
      },
    ],
  },
  {
    id: 'A04',
    title: 'a PUBLISH of 200 MB in place of CONNECT',
    tries: [{ send: '30 80 a0 af 5f 00 01', back: ['closed'] }],
  },
  {
    id: 'A05',
    title: 'a packet above Maximum Packet Size, announced only',
    note: '`maximumPacketSize`, told in CONNACK',
    tries: [
      { name: '5.0', after: 5, send: '32 81 80 80 01', back: ['DISCONNECT 0x95', 'closed'] },
      { name: '3.1.1', after: 4, send: '32 81 80 80 01', back: ['closed'] },
    ],
  },
  {
    id: 'A06',
    title: 'a Property Length of 200 MB in a packet that is small',
    tries: [
      { after: 5, send: packet(0x30, text('a'), '80 a0 af 5f'), back: MALFORMED },
      {
        name: 'the packet as large',
        after: 5,
        send: '30 ff ff ff 7f 00 01 61 80 a0 af 5f',
        back: ['DISCONNECT 0x95', 'closed'],
      },
    ],
  },
  {
    id: 'A07',
    title: 'a PUBLISH of 256 KiB, one byte a write',
    tries: [
      {
        answer: 'delivered once',
        play: async (arena) => {
          const peer = arena.open();
          await peer.hello({ id: ownId() });
          const topic = ownId();
          peer.send(subscribe(topic));
          equal(await peer.next(), 'SUBACK 1 0x00');
          for (const byte of publish(topic, { payload: new Uint8Array(262_144) }))
            peer.send(Uint8Array.of(byte));
          equal(await peer.next(), `PUBLISH ${topic} 262144 bytes`);
          equal((await peer.toPing()).length, 0);
          peer.cut();
        },
      },
    ],
  },
  {
    id: 'A08',
    title: '500 good PUBLISH, a bad one, 500 good, in one segment',
    tries: [
      {
        after: 5,
        send: bytes(
          ...Array.from({ length: 500 }, (_, n) => publish('a08', { qos: 1, id: n + 1 })),
          '36 03 00 01 61',
          ...Array.from({ length: 500 }, (_, n) => publish('a08', { qos: 1, id: n + 501 })),
        ),
        back: [...Array.from({ length: 500 }, (_, n) => `PUBACK ${n + 1} 0x10`), ...MALFORMED],
      },
    ],
  },
  {
    id: 'A09',
    title: 'a topic longer than its packet',
    tries: each(MALFORMED, { PUBLISH: '30 0a ff ff 61 62 63 64 65 66 67 68' }),
  },
  {
    id: 'A10',
    title: 'QoS 1 without a Packet Identifier',
    tries: each(MALFORMED, { PUBLISH: '32 03 00 01 61' }),
  },
  {
    id: 'A11',
    title: 'SUBSCRIBE without Subscription Options',
    tries: each(MALFORMED, { SUBSCRIBE: '82 06 00 01 00 00 01 61' }),
  },
  {
    id: 'A12',
    title: 'a Property Length beyond the packet',
    tries: [
      {
        name: 'CONNECT',
        send: '10 10 00 04 4d 51 54 54 05 02 00 3c 7f 11 00 00 00 00',
        back: ['CONNACK 0x81', 'closed'],
      },
      { name: 'PUBLISH', after: 5, send: packet(0x30, text('a'), '7f 01 00'), back: MALFORMED },
    ],
  },
  {
    id: 'A13',
    title: 'a user property cut off',
    tries: each(MALFORMED, { PUBLISH: packet(0x30, text('a'), '06 26 00 01 61 00 09') }),
  },
  {
    id: 'A14',
    title: 'properties that do not exist',
    tries: each(MALFORMED, {
      '0x00': packet(0x30, text('a'), '02 00 00'),
      '0x7F': packet(0x30, text('a'), '02 7f 00'),
      '0x80 0x01': packet(0x30, text('a'), '03 80 01 00'),
    }),
  },
  {
    id: 'A15',
    title: 'properties of another packet',
    tries: [
      ...each(ILLEGAL, { 'Topic Alias in SUBSCRIBE': packet(0x82, u16(1), '03 23 00 01', text('a'), '00') }),
      {
        name: 'Server Keep Alive in CONNECT',
        send: connect({ id: 'x', properties: '13 00 01' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      {
        name: 'Session Expiry in the will',
        send: connect({ id: 'x', will: { topic: 'a', properties: '11 00 00 00 01' } }),
        back: ['CONNACK 0x82', 'closed'],
      },
    ],
  },
  {
    id: 'A16',
    title: 'a property twice',
    tries: [
      {
        name: 'Session Expiry',
        send: connect({ id: 'x', properties: '11 00 00 00 01 11 00 00 00 01' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      {
        name: 'Authentication Method',
        send: connect({ id: 'x', properties: '15 00 01 61 15 00 01 61' }),
        back: ['CONNACK 0x82', 'closed'],
      },
      ...each(ILLEGAL, { 'Topic Alias': packet(0x30, text('a'), '06 23 00 01 23 00 01') }),
      {
        name: 'User Property may repeat',
        after: 5,
        send: publish('a16', { qos: 1, properties: times(3, userProperty('a', 'b')) }),
        back: ['PUBACK 1 0x10'],
      },
    ],
  },
  {
    id: 'A17',
    title: 'fixed header flags that are reserved',
    tries: [
      ...each(MALFORMED, {
        SUBSCRIBE: packet(0x80, u16(1), '00', text('a'), '00'),
        UNSUBSCRIBE: packet(0xa0, u16(1), '00', text('a')),
        PUBREL: '60 02 00 01',
      }),
      { name: 'CONNECT', send: bytes('11', connect({ id: 'x' }).subarray(1)), back: ['closed'] },
    ],
  },
  {
    id: 'A18',
    title: 'reserved packet types',
    tries: [
      { name: '0', after: 5, send: '00 00', back: MALFORMED },
      { name: '15 in 3.1.1', after: 4, send: 'f0 00', back: ['closed'] },
    ],
  },
  { id: 'A19', title: 'packets of a server', tries: each(ILLEGAL, SERVER_ONLY) },
  {
    id: 'A20',
    title: 'QoS 3, DUP with QoS 0',
    tries: each(MALFORMED, {
      'QoS 3': packet(0x36, text('a'), u16(1), '00'),
      DUP: packet(0x38, text('a'), '00'),
    }),
  },
  {
    id: 'A21',
    title: 'Subscription Options out of range',
    tries: [
      ...each(MALFORMED, {
        'QoS 3': subscribe('a', { options: 3 }),
        'reserved bits': subscribe('a', { options: 0x40 }),
      }),
      { name: 'Retain Handling 3', after: 5, send: subscribe('a', { options: 0x30 }), back: ILLEGAL },
      { name: '3.1.1', after: 4, send: subscribe('a', { version: 4, options: 4 }), back: ['closed'] },
    ],
  },
  {
    id: 'A22',
    title: 'no filters',
    tries: each(ILLEGAL, { SUBSCRIBE: '82 03 00 01 00', UNSUBSCRIBE: 'a2 03 00 01 00' }),
  },
  {
    id: 'A23',
    title: 'Packet Identifier 0',
    tries: each(MALFORMED, {
      SUBSCRIBE: subscribe('a', { id: 0 }),
      UNSUBSCRIBE: packet(0xa2, u16(0), '00', text('a')),
      PUBLISH: publish('a', { qos: 1, id: 0 }),
      PUBACK: '40 02 00 00',
    }),
  },
  {
    id: 'A24',
    title: 'reason codes that do not exist there',
    tries: [
      ...each(MALFORMED, { PUBACK: '40 03 00 01 42' }),
      ...each(ILLEGAL, { 'DISCONNECT 0x8E': 'e0 01 8e' }),
    ],
  },
  {
    id: 'A25',
    title: 'a body where none is',
    tries: each(MALFORMED, { PINGREQ: 'c0 02 00 00' }),
  },
  {
    id: 'A26',
    title: 'bytes behind the last field',
    tries: [
      {
        name: 'CONNECT',
        send: bytes('10 10', connect({ id: 'x' }).subarray(2), '00 00'),
        back: ['CONNACK 0x81', 'closed'],
      },
      ...each(MALFORMED, {
        PUBACK: '40 05 00 01 00 00 00',
        UNSUBSCRIBE: packet(0xa2, u16(1), '00', text('a'), '00'),
      }),
      {
        name: 'S5',
        send: bytes('10 0f 00 04 4d 51 54 54 04 02 00 3c', times(46, '00 3c'), '00 03 61 62 63'),
        version: 4,
        back: ['closed'],
      },
    ],
  },
  {
    id: 'A27',
    title: 'short forms, which are right',
    tries: [
      { name: 'DISCONNECT of no byte', after: 5, send: DISCONNECT, back: ['closed'] },
      { name: 'DISCONNECT of one', after: 5, send: 'e0 01 00', back: ['closed'] },
      {
        name: 'PUBREL and PUBACK of two and three',
        after: 5,
        send: ['62 02 00 01', '62 03 00 02 00', '40 02 00 01', '40 03 00 01 00'],
        back: ['PUBCOMP 1 0x92', 'PUBCOMP 2 0x92'],
      },
    ],
  },
  {
    id: 'A28',
    title: 'another protocol',
    tries: [
      { name: 'HTTP', send: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), back: ['closed'] },
      { name: 'TLS', send: bytes('16 03 01 02 00 01 00 01 fc 03 03', new Uint8Array(505)), back: ['closed'] },
      { name: 'SSH', send: Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'), back: ['closed'] },
      { name: 'PROXY', send: Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n'), back: ['closed'] },
    ],
  },
  {
    id: 'A29',
    title: 'streams that were published as proofs',
    note: 'beside these, `npm run fuzz`',
    tries: [
      {
        name: 'S1',
        send: '101000044d5154540502003c0321001400006202d301e0020020',
        back: ['CONNACK 0x00', 'PUBCOMP 54017 0x92', 'DISCONNECT 0x81', 'closed'],
      },
      {
        name: 'S2',
        version: 4,
        send: [
          times(2, '102200044d5154540402003c0016374d304b4b54615049377a347946474c4a656f6d5047'),
          '102d00044d5154540480349c000c4638635a7077503463645368001341736937456266504c396a57714e373165635a70021e11',
        ],
        back: ['CONNACK 0x00', 'closed'],
      },
      {
        name: 'S3',
        version: 4,
        send: '101800044d51545404c2003c00000004746573740004746573748206000100012301200900000621000a220005d000',
        back: ['CONNACK 0x00', 'SUBACK 1 0x01', 'closed'],
      },
      {
        name: 'S4',
        send: '102b00044d5154540500003c0822000a110000000f00166d7174746f6f6c732d38373936373631353230313239c000900300010070020001820b00010006245359532f23009003000102900400010000',
        back: ['CONNACK 0x00', 'PINGRESP', 'DISCONNECT 0x82', 'closed'],
      },
    ],
  },
  {
    id: 'A30',
    title: 'packets of 5.0 on a connection of 3.1.1',
    tries: [
      { name: 'SUBSCRIBE', after: 4, send: subscribe('a', { options: 0x2c }), back: ['closed'] },
      {
        name: 'PUBLISH: its properties are payload',
        after: 4,
        send: [subscribe('a30', { version: 4 }), bytes('30 08 00 03 61 33 30 02 01 01')],
        back: ['SUBACK 1 0x00', 'PUBLISH a30 \u0002\u0001\u0001'],
      },
      { name: 'DISCONNECT with a reason', after: 4, send: 'e0 02 00 00', back: ['closed'] },
      { name: 'PINGREQ before CONNECT', send: PINGREQ, back: ['closed'] },
    ],
  },
  {
    id: 'A31',
    title: 'answers that the client forbids, or that cannot be written',
    note: 'a packet that is none is never begun: the encoder throws before its first byte, as its own tests show',
    tries: [
      {
        name: 'Maximum Packet Size 10: CONNACK is larger',
        send: connect({ id: 'a31', properties: '27 00 00 00 0a' }),
        back: ['CONNACK 0x83', 'closed'],
      },
      {
        name: 'Maximum Packet Size 60: SUBACK for 100 filters is larger',
        after: { properties: '27 00 00 00 3c' },
        send: subscribe(Array.from({ length: 100 }, (_, n) => `a31/${n}`)),
        back: ['DISCONNECT 0x95', 'closed'],
      },
      {
        name: 'a topic that is too long below its mount point',
        answer: 'PUBACK 0x90, SUBACK 0x8F',
        play: async (arena) => {
          const peer = arena.open('mounted');
          await peer.hello({ id: ownId() });
          peer.send(publish('x'.repeat(4091), { qos: 1 }), subscribe('x'.repeat(4091)));
          deepEqual(await peer.toPing(), ['PUBACK 1 0x90', 'SUBACK 1 0x8F']);
          peer.cut();
        },
      },
    ],
  },
];

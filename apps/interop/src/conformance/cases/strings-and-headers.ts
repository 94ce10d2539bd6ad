/** Data and fixed header (§1.5, §2): strings, lengths, flags, packet ids. */
import type { Case } from '../case.ts';
import {
  accepted,
  connect,
  message,
  PINGREQ,
  PINGRESP,
  publish,
  pubrec,
  pubrel,
  raw,
  rawConnect,
  refused,
  subscribe,
  unsubscribe,
  withFirstByte,
} from '../packets.ts';

/** Strings. */
const strings: readonly Case[] = [
  {
    name: 'a topic name with an encoded surrogate ends the connection',
    statements: '3.1.1 [MQTT-1.5.3-1] [MQTT-3.3.2-1] 5.0 [MQTT-1.5.4-1] [MQTT-3.3.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('30 06 0003 eda080 78', 'PUBLISH, topic ED A0 80') },
      { on: 'a', only: '5.0', send: raw('30 07 0003 eda080 00 78', 'PUBLISH, topic ED A0 80') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a topic name that is no UTF-8 ends the connection',
    statements: '3.1.1 [MQTT-1.5.3-1] 5.0 [MQTT-1.5.4-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('30 05 0002 61ff 78', 'PUBLISH, topic 61 FF') },
      { on: 'a', only: '5.0', send: raw('30 06 0002 61ff 00 78', 'PUBLISH, topic 61 FF') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a client id that is no UTF-8 ends the connection',
    statements: '3.1.1 [MQTT-1.5.3-1] 5.0 [MQTT-1.5.4-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        only: '3.1.1',
        send: rawConnect('with client id 61 FF', { level: 4, flags: '02', fields: ['0002', '61ff'] }),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawConnect('with client id 61 FF', { level: 5, flags: '02', fields: ['0002', '61ff'] }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'U+0000 in a topic name ends the connection',
    statements: '3.1.1 [MQTT-1.5.3-2] [MQTT-4.7.3-2] 5.0 [MQTT-1.5.4-2] [MQTT-4.7.3-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('30 06 0003 610062 78', 'PUBLISH, topic a U+0000 b') },
      { on: 'a', only: '5.0', send: raw('30 07 0003 610062 00 78', 'PUBLISH, topic a U+0000 b') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'U+0000 in a topic filter ends the connection',
    statements: '3.1.1 [MQTT-1.5.3-2] [MQTT-4.7.3-2] 5.0 [MQTT-1.5.4-2] [MQTT-4.7.3-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('82 08 0001 0003 610062 00', 'SUBSCRIBE to a U+0000 b') },
      { on: 'a', only: '5.0', send: raw('82 09 0001 00 0003 610062 00', 'SUBSCRIBE to a U+0000 b') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'U+FEFF at the head of a level is a character like any other',
    statements: '3.1.1 [MQTT-1.5.3-3] 5.0 [MQTT-1.5.4-3]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['bom/\u{feff}x', 'bom/end'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'bom/x', payload: 'without' } },
      { on: 'b', publish: { topic: 'bom/\u{feff}x', payload: 'with' } },
      { on: 'b', publish: { topic: 'bom/end', payload: 'end' } },
      { on: 'a', expect: [message('bom/\u{feff}x', 'with'), message('bom/end', 'end')] },
    ],
  },
  {
    name: 'a user property whose name is no UTF-8 ends the connection',
    statements: '5.0 [MQTT-1.5.7-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('30 0b 0001 61 07 26 0001 ff 0001 76 78', 'PUBLISH, user property FF = v') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a user property whose value is no UTF-8 ends the connection',
    statements: '5.0 [MQTT-1.5.7-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('30 0b 0001 61 07 26 0001 6e 0001 ff 78', 'PUBLISH, user property n = FF') },
      { on: 'a', closes: {} },
    ],
  },
];

/** Lengths, flags and packet ids. */
const headers: readonly Case[] = [
  {
    name: 'lengths and property lengths that the server sends are of the shortest form',
    statements: '5.0 [MQTT-1.5.5-1] [MQTT-2.2.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['len/#'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'len/1', payload: 'x'.repeat(40) } },
      { on: 'b', publish: { topic: 'len/2', payload: 'x'.repeat(127) } },
      {
        on: 'b',
        publish: {
          topic: 'len/3',
          payload: 'x'.repeat(20_000),
          properties: { contentType: 'y'.repeat(150) },
        },
      },
      { on: 'a', expect: [message('len/1', 'x'.repeat(40)), message('len/2', 'x'.repeat(127))] },
      { on: 'a', expect: { type: 'PUBLISH', topic: 'len/3', properties: { contentType: 'y'.repeat(150) } } },
    ],
  },
  {
    name: 'every packet that the server sends has the flags that are listed for it',
    statements: '3.1.1 [MQTT-2.2.2-1] 5.0 [MQTT-2.1.3-1] [MQTT-2.2.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 2 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'b', publish: { topic: 't', payload: '2', qos: 2 } },
      {
        on: 'a',
        expectInAnyOrder: [
          message('t', '1', { qos: 1 }),
          message('t', '2', { qos: 2, packetId: { keep: 'two' } }),
        ],
      },
      { on: 'a', send: pubrec({ kept: 'two' }) },
      { on: 'a', expect: { type: 'PUBREL', packetId: { kept: 'two' } } },
      { on: 'a', send: unsubscribe(9, ['t']) },
      { on: 'a', expect: { type: 'UNSUBACK', packetId: 9 } },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'a PINGREQ with flags that are reserved ends the connection',
    statements: '3.1.1 [MQTT-2.2.2-2] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: withFirstByte(0xc1, PINGREQ) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a PUBACK with flags that are reserved ends the connection',
    statements: '3.1.1 [MQTT-2.2.2-2] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: 'flags', qos: 1 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'flags', qos: 1 } },
      { on: 'a', expect: { type: 'PUBLISH', topic: 'flags', packetId: { keep: 'id' } } },
      { on: 'a', send: withFirstByte(0x44, { type: 'PUBACK', packetId: { kept: 'id' }, reasonCode: 0 }) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a SUBSCRIBE with packet id 0 ends the connection',
    statements: '3.1.1 [MQTT-2.3.1-1] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('82 06 0000 0001 61 00', 'SUBSCRIBE with packet id 0') },
      { on: 'a', only: '5.0', send: raw('82 07 0000 00 0001 61 00', 'SUBSCRIBE with packet id 0') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a QoS 1 PUBLISH with packet id 0 ends the connection',
    statements: '3.1.1 [MQTT-2.3.1-1] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: raw('32 06 0001 61 0000 78', 'PUBLISH QoS 1 with packet id 0') },
      { on: 'a', only: '5.0', send: raw('32 07 0001 61 0000 00 78', 'PUBLISH QoS 1 with packet id 0') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'QoS 1 and 2 messages that are open have different packet ids, none 0',
    statements:
      '3.1.1 [MQTT-2.3.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] 5.0 [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: 'ids/#', qos: 2 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'ids/1', payload: '1', qos: 1 } },
      { on: 'b', publish: { topic: 'ids/2', payload: '2', qos: 2 } },
      { on: 'b', publish: { topic: 'ids/1', payload: '3', qos: 1 } },
      {
        on: 'a',
        expectInAnyOrder: [
          message('ids/1', '1', { packetId: { keep: 'one', unlike: ['two', 'three'] }, qos: 1 }),
          message('ids/2', '2', { packetId: { keep: 'two', unlike: ['one', 'three'] }, qos: 2 }),
          message('ids/1', '3', { packetId: { keep: 'three', unlike: ['one', 'two'] }, qos: 1 }),
        ],
      },
    ],
  },
  {
    name: 'a QoS 0 PUBLISH that the server sends has no packet id',
    statements:
      '3.1.1 [MQTT-2.3.1-5] [MQTT-4.3.1-1] [MQTT-3.3.1-2] 5.0 [MQTT-2.2.1-2] [MQTT-4.3.1-1] [MQTT-3.3.1-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['zero', { topicFilter: 'one', qos: 0 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'zero', payload: 'of QoS 0' } },
      { on: 'b', publish: { topic: 'one', payload: 'of QoS 1', qos: 1 } },
      {
        on: 'a',
        expect: [message('zero', 'of QoS 0', { qos: 0, dup: false, packetId: { present: false } })],
      },
      { on: 'a', expect: [message('one', 'of QoS 1', { qos: 0, dup: false, packetId: { present: false } })] },
    ],
  },
  {
    name: 'PUBACK, PUBREC, PUBREL and PUBCOMP carry the packet id of their PUBLISH',
    statements: '3.1.1 [MQTT-2.3.1-6] 5.0 [MQTT-2.2.1-5] [MQTT-4.3.3-4]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: 'ack', qos: 2 }] },
      { on: 'b', connect: {} },
      { on: 'b', send: publish('other', '1', { qos: 1, packetId: 0x1234 }) },
      { on: 'b', expect: { type: 'PUBACK', packetId: 0x1234 } },
      { on: 'b', send: publish('ack', '2', { qos: 2, packetId: 0xffff }) },
      { on: 'b', expect: { type: 'PUBREC', packetId: 0xffff } },
      { on: 'b', send: pubrel(0xffff) },
      { on: 'b', expect: { type: 'PUBCOMP', packetId: 0xffff } },
      { on: 'a', expect: message('ack', '2', { qos: 2, packetId: { keep: 'id' } }) },
      { on: 'a', send: pubrec({ kept: 'id' }) },
      { on: 'a', expect: { type: 'PUBREL', packetId: { kept: 'id' } } },
    ],
  },
  {
    name: 'SUBACK and UNSUBACK carry the packet id of their request',
    statements:
      '3.1.1 [MQTT-2.3.1-7] [MQTT-3.8.4-2] [MQTT-3.10.4-4] 5.0 [MQTT-2.2.1-6] [MQTT-3.8.4-2] [MQTT-3.10.4-5]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: subscribe(0x0102, ['a']) },
      { on: 'a', expect: { type: 'SUBACK', packetId: 0x0102 } },
      { on: 'a', send: unsubscribe(0xfffe, ['a']) },
      { on: 'a', expect: { type: 'UNSUBACK', packetId: 0xfffe } },
    ],
  },
  {
    name: 'a remaining length of five bytes ends the connection',
    statements: '3.1.1 [MQTT-4.8.0-1] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('c0 80808080 01', 'PINGREQ with a remaining length of five bytes') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'packet type 0 ends the connection',
    statements: '3.1.1 [MQTT-4.8.0-1] 5.0 [MQTT-4.13.1-1] [MQTT-4.13.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('00 00', 'a packet of type 0') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'bytes that come one by one are the same packets',
    statements: '3.1.1 [MQTT-7.1.1-1] 5.0 [MQTT-4.2-1]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', split: connect({ clientId: 'a' }) },
      { on: 'a', expect: accepted(false) },
      { on: 'a', split: subscribe(7, ['slow']) },
      { on: 'a', expect: { type: 'SUBACK', packetId: 7 } },
      { on: 'a', send: [publish('slow', '1'), publish('slow', '2'), PINGREQ] },
      { on: 'a', expectInAnyOrder: [message('slow', '1'), message('slow', '2'), PINGRESP] },
    ],
  },
];

/** Cases of data and headers. */
export const stringAndHeaderCases: readonly Case[] = [...strings, ...headers];

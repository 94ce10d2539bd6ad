/** DISCONNECT and errors (§3.14, §4.13): what ends a connection, and what is said before. */
import type { Case } from '../case.ts';
import { disconnect, PINGREQ, publish, raw, rawPacket } from '../packets.ts';

const plain = { sessionExpiryInterval: { present: false } } as const;

/** Cases of DISCONNECT. */
export const disconnectCases: readonly Case[] = [
  {
    name: 'a DISCONNECT with flags that are reserved ends the connection',
    statements: '3.1.1 [MQTT-3.14.1-1] 5.0 [MQTT-3.14.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('e1 00', 'DISCONNECT with flags 0001') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'what stands behind DISCONNECT is not answered, and the connection ends',
    statements: '3.1.1 [MQTT-3.14.4-3] 5.0 [MQTT-3.14.4-3]',
    steps: [
      { on: 'a', connect: { will: { topic: 'will' } } },
      { on: 'a', send: [disconnect(), PINGREQ] },
      { on: 'a', closes: { may: [] } },
    ],
  },
  {
    name: 'a DISCONNECT that the server sends has a code of its own, no Session Expiry Interval, and is its last packet',
    statements: '5.0 [MQTT-3.14.2-1] [MQTT-3.14.2-2] [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1]',
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        send: [rawPacket('30', 'PUBLISH with a Topic Alias of 0', '0001 61 03 23 0000 78'), PINGREQ],
      },
      {
        either: [
          [
            { on: 'a', expect: { type: 'DISCONNECT', reasonCode: { atLeast: 0x80 }, properties: plain } },
            { on: 'a', closes: { may: [] } },
          ],
          [{ on: 'a', closes: { may: [] } }, { notApplicable: 'the server says nothing before it closes' }],
        ],
      },
    ],
  },
  {
    name: 'a DISCONNECT that the server sends is no larger than the client takes',
    statements: '5.0 [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.1.2-24]',
    steps: [
      { on: 'a', connect: { properties: { maximumPacketSize: 30 } } },
      { on: 'a', send: rawPacket('30', 'PUBLISH with a Topic Alias of 0', '0001 61 03 23 0000 78') },
      {
        on: 'a',
        closes: { may: [{ type: 'DISCONNECT', reasonCode: { atLeast: 0x80 }, bytes: { atMost: 30 } }] },
      },
    ],
  },
  {
    name: 'a DISCONNECT with a Session Expiry Interval above 0 after one of 0 is a protocol error',
    statements: '5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: disconnect(0, { sessionExpiryInterval: 10 }) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a packet larger than the server takes ends the connection',
    statements: '5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: { type: 'CONNECT', version: 5, clientId: 'a', cleanStart: true, keepAlive: 0 } },
      {
        either: [
          [
            {
              on: 'a',
              expect: {
                type: 'CONNACK',
                properties: { maximumPacketSize: { atLeast: 1, atMost: 4_000_000 } },
              },
            },
          ],
          [
            { on: 'a', expect: { type: 'CONNACK' } },
            { notApplicable: 'the server takes packets of any size' },
          ],
        ],
      },
      { on: 'a', send: raw('30 ffffff7f', 'the header of a PUBLISH of 268,435,455 bytes') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a PUBLISH with a Topic Alias above what the server allows ends the connection',
    statements: '5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', '', { properties: { topicAlias: 65_535 } }) },
      { on: 'a', closes: {} },
    ],
  },
];

/** Keep alive, what CONNECT asks for, and what CONNACK says of the server (§3.1.2.10, §3.1.2.11, §3.2). */
import type { Case } from '../case.ts';
import {
  accepted,
  connect,
  field,
  message,
  PINGREQ,
  PINGRESP,
  publish,
  raw,
  rawPacket,
  refused,
  subscribe,
} from '../packets.ts';

/** Keep alive and what CONNECT asks for. */
const wishes: readonly Case[] = [
  {
    name: 'silence for 1.5 times the keep alive ends the connection, and the will is published',
    statements: '3.1.1 [MQTT-3.1.2-24] 5.0 [MQTT-3.1.2-22] [MQTT-3.2.2-22]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['will'] },
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', keepAlive: 2, will: { topic: 'will' } }) },
      {
        either: [
          [
            {
              on: 'a',
              only: '5.0',
              expect: { ...accepted(), properties: { serverKeepAlive: { present: false } } },
            },
            { on: 'a', only: '3.1.1', expect: accepted() },
          ],
          [{ on: 'a', expect: accepted() }, { notApplicable: 'the server sets a keep alive of its own' }],
        ],
      },
      { on: 'a', closes: {}, notBefore: 2000, within: 10_000 },
      { on: 'b', expect: message('will', '') },
    ],
  },
  {
    name: 'a PINGREQ in time keeps the connection',
    statements: '3.1.1 [MQTT-3.12.4-1] 5.0 [MQTT-3.12.4-1]',
    steps: [
      { on: 'a', connect: { keepAlive: 1 } },
      ...[1, 2, 3].flatMap(() => [
        { pause: 700, because: 'within the keep alive' } as const,
        { on: 'a', send: PINGREQ },
        { on: 'a', expect: PINGRESP },
      ]),
    ],
  },
  {
    name: 'Request Response Information 0 gets none',
    statements: '5.0 [MQTT-3.1.2-28]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', properties: { requestResponseInformation: false } }) },
      { on: 'a', expect: { ...accepted(), properties: { responseInformation: { present: false } } } },
    ],
  },
  {
    name: 'Request Problem Information 0: no Reason String and no User Property in acknowledgements',
    statements: '5.0 [MQTT-3.1.2-29]',
    steps: [
      { on: 'a', connect: { properties: { requestProblemInformation: false } } },
      { on: 'a', send: rawPacket('82', 'SUBSCRIBE to b/#/c', '0001', '00', field('b/#/c'), '00') },
      {
        either: [
          [
            {
              on: 'a',
              expect: {
                type: 'SUBACK',
                properties: { reasonString: { present: false }, userProperties: { present: false } },
              },
            },
          ],
          [{ on: 'a', closes: {} }],
        ],
      },
      { on: 'b', connect: { properties: { requestProblemInformation: false } } },
      { on: 'b', send: publish('nobody', '', { qos: 1, packetId: 5 }) },
      {
        on: 'b',
        expect: {
          type: 'PUBACK',
          packetId: 5,
          properties: { reasonString: { present: false }, userProperties: { present: false } },
        },
      },
      { on: 'b', send: { type: 'PUBREL', packetId: 77, reasonCode: 0 } },
      {
        on: 'b',
        expect: {
          type: 'PUBCOMP',
          packetId: 77,
          properties: { reasonString: { present: false }, userProperties: { present: false } },
        },
      },
    ],
  },
  {
    name: 'a CONNECT with an authentication method that is not served is not accepted',
    statements: '5.0 [MQTT-4.12.0-1] [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-8] [MQTT-4.13.2-1]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', properties: { authenticationMethod: 'no-such-method' } }) },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'without an authentication method CONNACK names none, and an AUTH ends the connection',
    statements: '5.0 [MQTT-4.12.0-6]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a' }) },
      { on: 'a', expect: { ...accepted(), properties: { authenticationMethod: { present: false } } } },
      {
        on: 'a',
        send: { type: 'AUTH', reasonCode: 0x19, properties: { authenticationMethod: 'SCRAM-SHA-256' } },
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'an AUTH with flags that are reserved ends the connection',
    statements: '5.0 [MQTT-3.15.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: raw('f1 02 19 00', 'AUTH with flags 0001') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'CONNACK is no larger than the client takes',
    statements: '5.0 [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.1.2-24]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', properties: { maximumPacketSize: 60 } }) },
      { on: 'a', expect: { ...accepted(), bytes: { atMost: 60 } } },
    ],
  },
];

/** Servers that lack QoS 2 or retained messages say so (§3.2.2.3.4, §3.2.2.3.5). */
const limits: readonly Case[] = [
  {
    name: 'a server that names no Maximum QoS takes QoS 1 and 2',
    statements: '5.0 [MQTT-3.2.2-9]',
    needs: ['QoS 2'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', '', { qos: 1, packetId: 1 }) },
      { on: 'a', expect: { type: 'PUBACK', packetId: 1, reasonCode: { atMost: 0x7f } } },
      { on: 'a', send: publish('t', '', { qos: 2, packetId: 2 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 2, reasonCode: { atMost: 0x7f } } },
    ],
  },
  {
    name: 'a server of a lower Maximum QoS takes SUBSCRIBE of every QoS',
    statements: '5.0 [MQTT-3.2.2-10] [MQTT-3.2.2-9]',
    lacks: 'QoS 2',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: subscribe(1, ['a', { topicFilter: 'b', qos: 1 }, { topicFilter: 'c', qos: 2 }]) },
      { on: 'a', expect: { type: 'SUBACK', packetId: 1, reasonCodes: [0, { atMost: 1 }, { atMost: 1 }] } },
    ],
  },
  {
    name: 'a will of a QoS above Maximum QoS refuses the CONNECT',
    statements: '5.0 [MQTT-3.2.2-12]',
    lacks: 'QoS 2',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', will: { topic: 'will', qos: 2 } }) },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a retained will refuses the CONNECT where retained messages are not served',
    statements: '5.0 [MQTT-3.2.2-13]',
    lacks: 'retained messages',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', will: { topic: 'will', retain: true } }) },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
];

/** Cases of what CONNECT asks for and CONNACK grants. */
export const connackCases: readonly Case[] = [...wishes, ...limits];

/** CONNECT (§3.1): what a server does with the first packet, its form and its flags. */
import type { Case } from '../case.ts';
import {
  accepted,
  connect,
  field,
  PINGREQ,
  PINGRESP,
  publish,
  raw,
  rawConnect,
  refused,
  subscribe,
} from '../packets.ts';

/** Cases of the first packet. */
export const connectCases: readonly Case[] = [
  {
    name: 'a second CONNECT ends the connection',
    statements: '3.1.1 [MQTT-3.1.0-2] 5.0 [MQTT-3.1.0-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: connect({ clientId: 'a' }) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a packet before CONNECT ends the connection',
    statements: '3.1.1 [MQTT-3.2.0-1] [MQTT-4.8.0-1] 5.0 [MQTT-3.2.0-1] [MQTT-3.14.0-1]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: PINGREQ },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'an unknown protocol name is not accepted',
    statements: '3.1.1 [MQTT-3.1.2-1] 5.0 [MQTT-3.1.2-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        only: '3.1.1',
        send: rawConnect('with protocol name MQTX', {
          name: 'MQTX',
          level: 4,
          flags: '02',
          fields: [field('a')],
        }),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawConnect('with protocol name MQTX', {
          name: 'MQTX',
          level: 5,
          flags: '02',
          fields: [field('a')],
        }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'an unknown protocol level gets CONNACK 0x01 and a close',
    statements: '3.1.1 [MQTT-3.1.2-2] [MQTT-3.2.2-4] [MQTT-3.2.2-5]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('of level 3 by the name MQTT', { level: 2, flags: '02', fields: [field('a')] }),
      },
      {
        on: 'a',
        expect: { type: 'CONNACK', returnCode: 1, sessionPresent: false },
        proves: ['MQTT-3.1.2-2'],
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'an unknown protocol version is not accepted',
    statements: '5.0 [MQTT-3.1.2-2]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: rawConnect('of version 6', { level: 6, flags: '02', fields: [field('a')] }) },
      { on: 'a', closes: { afterAnything: true } },
    ],
  },
  {
    name: 'the reserved connect flag must be 0',
    statements: '3.1.1 [MQTT-3.1.2-3] 5.0 [MQTT-3.1.2-3]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        only: '3.1.1',
        send: rawConnect('with the reserved flag', { level: 4, flags: '03', fields: [field('a')] }),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawConnect('with the reserved flag', { level: 5, flags: '03', fields: [field('a')] }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a CONNECT with bytes left over gets no CONNACK',
    statements: '3.1.1 [MQTT-3.1.4-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('with 00 behind it', { level: 4, flags: '02', fields: [field('a'), '00'] }),
      },
      { on: 'a', closes: { may: [] } },
    ],
  },
  {
    name: 'a CONNECT that ends within its client id gets no CONNACK',
    statements: '3.1.1 [MQTT-3.1.4-1] [MQTT-3.2.2-6]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('cut within the client id', { level: 4, flags: '02', fields: ['0005', '6162'] }),
      },
      { on: 'a', closes: { may: [] } },
    ],
  },
  {
    name: 'a CONNECT that ends within its client id is not accepted',
    statements: '5.0 [MQTT-3.1.4-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('cut within the client id', { level: 5, flags: '02', fields: ['0005', '6162'] }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a CONNECT with will QoS 3 is not accepted',
    statements: '3.1.1 [MQTT-3.1.4-1] 5.0 [MQTT-3.1.4-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        only: '3.1.1',
        send: rawConnect('with will QoS 3', {
          level: 4,
          flags: '1e',
          fields: [field('a'), field('t'), field('m')],
        }),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawConnect('with will QoS 3', {
          level: 5,
          flags: '1e',
          fields: [field('a'), '00', field('t'), field('m')],
        }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a property twice in CONNECT is not accepted',
    statements: '5.0 [MQTT-3.1.4-1] [MQTT-4.13.1-1] [MQTT-3.14.0-1]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: raw(
          '10 17 0004 4d515454 05 02 0000 0a 1100000001 1100000002 0000',
          'CONNECT with two Session Expiry Intervals',
        ),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a will topic with a wildcard is not accepted',
    statements: '5.0 [MQTT-3.1.4-2] [MQTT-3.2.2-7]',
    steps: [
      { on: 'a', open: true },
      {
        on: 'a',
        send: rawConnect('with will topic a/#', {
          level: 5,
          flags: '06',
          fields: [field('a'), '00', field('a/#'), field('m')],
        }),
      },
      { on: 'a', closes: { may: [refused()] } },
    ],
  },
  {
    name: 'a plain CONNECT is answered with CONNACK 0',
    statements:
      '3.1.1 [MQTT-3.1.4-4] [MQTT-3.2.0-1] 5.0 [MQTT-3.1.4-5] [MQTT-3.2.0-1] [MQTT-3.2.2-1] [MQTT-3.2.2-8]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a' }) },
      { on: 'a', expect: accepted(false) },
    ],
  },
  {
    name: 'what stands behind CONNECT is answered behind CONNACK, and there is one CONNACK',
    statements: '3.1.1 [MQTT-3.2.0-1] 5.0 [MQTT-3.2.0-1] [MQTT-3.2.0-2]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: [connect({ clientId: 'a' }), subscribe(3, ['early']), PINGREQ] },
      { on: 'a', expect: accepted(false) },
      { on: 'a', expectInAnyOrder: [{ type: 'SUBACK', packetId: 3 }, PINGRESP] },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'what stands behind a refused CONNECT is not processed',
    statements: '3.1.1 [MQTT-3.1.4-5] 5.0 [MQTT-3.1.4-6]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['after', 'end'] },
      { on: 'a', open: true },
      {
        on: 'a',
        only: '3.1.1',
        send: [
          rawConnect('with the reserved flag', { level: 4, flags: '03', fields: [field('a')] }),
          publish('after', 'x'),
        ],
      },
      {
        on: 'a',
        only: '5.0',
        send: [
          rawConnect('with the reserved flag', { level: 5, flags: '03', fields: [field('a')] }),
          publish('after', 'x'),
        ],
      },
      { on: 'a', closes: { may: [refused()] } },
      { on: 'b', quiet: true },
    ],
  },
];

/** Receive Maximum and Maximum Packet Size of the client (§4.9, §3.1.2.11): what the server holds back. */
import type { Case, Step } from '../case.ts';
import { message, PINGREQ, PINGRESP, puback, pubcomp, publish, pubrec, subscribe } from '../packets.ts';

/** `b` publishes so many messages of a QoS, numbered from 1. */
function many(count: number, qos: 1 | 2): readonly Step[] {
  return Array.from({ length: count }, (_, i) => ({
    on: 'b',
    publish: { topic: 't', payload: `${i + 1}`, qos },
  }));
}

/** Cases of flow control. */
export const flowControlCases: readonly Case[] = [
  {
    name: 'as many QoS 1 messages as Receive Maximum go out at once, and no more',
    statements: '5.0 [MQTT-4.9.0-1]',
    steps: [
      { on: 'a', connect: { properties: { receiveMaximum: 2 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      many(4, 1),
      { on: 'a', expect: [message('t', '1'), message('t', '2')] },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'no more open QoS 1 messages go out than Receive Maximum; each PUBACK makes room for one',
    statements: '5.0 [MQTT-3.3.4-9] [MQTT-4.9.0-2]',
    steps: [
      { on: 'a', connect: { properties: { receiveMaximum: 2 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      many(4, 1),
      {
        on: 'a',
        expect: [message('t', '1', { packetId: { keep: 'one' } }), message('t', '2')],
      },
      { on: 'a', quiet: true },
      { on: 'a', send: puback({ kept: 'one' }) },
      { on: 'a', expect: message('t', '3') },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'a QoS 2 message is open until its PUBCOMP',
    statements: '5.0 [MQTT-3.3.4-9] [MQTT-4.9.0-2]',
    needs: ['QoS 2'],
    steps: [
      { on: 'a', connect: { properties: { receiveMaximum: 1 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 2 }] },
      { on: 'b', connect: {} },
      many(2, 2),
      { on: 'a', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      { on: 'a', send: pubrec({ kept: 'one' }) },
      { on: 'a', expect: { type: 'PUBREL', packetId: { kept: 'one' } } },
      { on: 'a', quiet: true },
      { on: 'a', send: pubcomp({ kept: 'one' }) },
      { on: 'a', expect: message('t', '2') },
    ],
  },
  {
    name: 'with a full window everything but QoS 1 and 2 PUBLISH goes on',
    statements: '5.0 [MQTT-3.3.4-10] [MQTT-4.9.0-3]',
    steps: [
      { on: 'a', connect: { properties: { receiveMaximum: 1 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      many(2, 1),
      { on: 'a', expect: message('t', '1') },
      { on: 'a', send: PINGREQ },
      { on: 'a', expect: PINGRESP },
      { on: 'a', send: subscribe(3, ['u']) },
      { on: 'a', expect: { type: 'SUBACK', packetId: 3 } },
      { on: 'a', send: publish('v', '', { qos: 1, packetId: 4 }) },
      { on: 'a', expect: { type: 'PUBACK', packetId: 4 } },
      { on: 'b', publish: { topic: 'u', payload: 'of QoS 0' } },
      { on: 'a', expect: message('u', 'of QoS 0') },
    ],
  },
  {
    name: 'a message too large for the client does not go out',
    statements: '5.0 [MQTT-3.1.2-24]',
    steps: [
      { on: 'a', connect: { properties: { maximumPacketSize: 100 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: 'x'.repeat(200), qos: 1 } },
      { on: 'b', publish: { topic: 't', payload: 'small', qos: 1 } },
      { on: 'a', expect: message('t', 'small', { bytes: { atMost: 100 } }) },
    ],
  },
  {
    name: 'a message too large for the client takes none of its Receive Maximum',
    statements: '5.0 [MQTT-3.1.2-25]',
    steps: [
      { on: 'a', connect: { properties: { maximumPacketSize: 100, receiveMaximum: 1 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: 'x'.repeat(200), qos: 1 } },
      { on: 'b', publish: { topic: 't', payload: 'small', qos: 1 } },
      { on: 'a', expect: message('t', 'small', { bytes: { atMost: 100 } }) },
    ],
  },
];

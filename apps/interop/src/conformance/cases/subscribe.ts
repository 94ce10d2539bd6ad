/** SUBSCRIBE and UNSUBSCRIBE with their answers (§3.8 to §3.11). */
import type { Case, Step } from '../case.ts';
import {
  field,
  message,
  puback,
  pubcomp,
  publish,
  pubrec,
  rawPacket,
  subscribe,
  unsubscribe,
  withFirstByte,
} from '../packets.ts';

const pair: readonly Step[] = [
  { on: 'a', connect: {} },
  { on: 'b', connect: {} },
];

/** What ends the connection. */
const illegal: readonly Case[] = [
  {
    name: 'a SUBSCRIBE with other flags than 0010 ends the connection',
    statements: '3.1.1 [MQTT-3.8.1-1] 5.0 [MQTT-3.8.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: withFirstByte(0x80, subscribe(1, ['t'])) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'an UNSUBSCRIBE with other flags than 0010 ends the connection',
    statements: '3.1.1 [MQTT-3.10.1-1] 5.0 [MQTT-3.10.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: withFirstByte(0xa0, unsubscribe(1, ['t'])) },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a SUBSCRIBE without a filter ends the connection',
    statements: '3.1.1 [MQTT-4.8.0-1] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: rawPacket('82', 'SUBSCRIBE without a filter', '0001') },
      { on: 'a', only: '5.0', send: rawPacket('82', 'SUBSCRIBE without a filter', '0001 00') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'an UNSUBSCRIBE without a filter ends the connection',
    statements: '3.1.1 [MQTT-4.8.0-1] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: rawPacket('a2', 'UNSUBSCRIBE without a filter', '0001') },
      { on: 'a', only: '5.0', send: rawPacket('a2', 'UNSUBSCRIBE without a filter', '0001 00') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a SUBSCRIBE that asks for QoS 3 ends the connection',
    statements: '3.1.1 [MQTT-3.8.3-4] 5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: rawPacket('82', 'SUBSCRIBE with QoS 3', '0001', field('t'), '03') },
      { on: 'a', only: '5.0', send: rawPacket('82', 'SUBSCRIBE with QoS 3', '0001 00', field('t'), '03') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a SUBSCRIBE with reserved bits beside its QoS ends the connection',
    statements: '3.1.1 [MQTT-3.8.3-4] 5.0 [MQTT-3.8.3-5]',
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        only: '3.1.1',
        send: rawPacket('82', 'SUBSCRIBE with option bit 7', '0001', field('t'), '80'),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawPacket('82', 'SUBSCRIBE with option bit 7', '0001 00', field('t'), '80'),
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a SUBSCRIBE with Retain Handling 3 ends the connection',
    statements: '5.0 [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: rawPacket('82', 'SUBSCRIBE with Retain Handling 3', '0001 00', field('t'), '30') },
      { on: 'a', closes: {} },
    ],
  },
];

/** SUBACK. */
const answers: readonly Case[] = [
  {
    name: 'a SUBSCRIBE is answered with one SUBACK: a code for each filter, in order',
    statements:
      '3.1.1 [MQTT-3.8.4-1] [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2] 5.0 [MQTT-3.8.4-1] [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] [MQTT-3.9.3-2]',
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        send: subscribe(6, [
          { topicFilter: 's/1', qos: 1 },
          { topicFilter: 's/2', qos: 0 },
          { topicFilter: 's/3', qos: 2 },
        ]),
      },
      { on: 'a', expect: { type: 'SUBACK', packetId: 6, reasonCodes: [{ atMost: 1 }, 0, { atMost: 2 }] } },
      { on: 'a', quiet: true },
      { on: 'b', connect: {} },
      ...['1', '2', '3'].map((n): Step => ({ on: 'b', publish: { topic: `s/${n}`, payload: n } })),
      { on: 'a', expectInAnyOrder: [message('s/1', '1'), message('s/2', '2'), message('s/3', '3')] },
    ],
  },
  {
    name: 'messages come at the lower of the QoS published and the QoS granted',
    statements: '3.1.1 [MQTT-3.8.4-6] 5.0 [MQTT-3.8.4-8]',
    steps: [
      pair,
      {
        on: 'a',
        subscribe: [
          { topicFilter: 'q/0', qos: 0 },
          { topicFilter: 'q/1', qos: 1 },
          { topicFilter: 'q/2', qos: 2 },
        ],
      },
      ...([0, 1, 2] as const).flatMap((granted) =>
        ([0, 1, 2] as const).flatMap((qos): Step[] => [
          { on: 'b', publish: { topic: `q/${granted}`, payload: `${qos}`, qos } },
          { on: 'a', expect: message(`q/${granted}`, `${qos}`, { qos: Math.min(granted, qos) }) },
        ]),
      ),
    ],
  },
  {
    name: 'the same filter again replaces the subscription: one message, at the new QoS',
    statements: '3.1.1 [MQTT-3.8.4-3] 5.0 [MQTT-3.8.4-3]',
    steps: [
      pair,
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 0 }] },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'a', expect: message('t', '1', { qos: 1 }) },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'the same filter again sends the retained messages again, and loses none',
    statements: '3.1.1 [MQTT-3.8.4-3] 5.0 [MQTT-3.8.4-4]',
    needs: ['retained messages'],
    steps: [
      pair,
      { on: 'b', publish: { topic: 't', payload: 'kept', qos: 1, retain: true } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'a', expect: message('t', 'kept', { retain: true, packetId: { keep: 'one' } }) },
      { on: 'a', send: [puback({ kept: 'one' }), subscribe(9, [{ topicFilter: 't', qos: 1 }])] },
      {
        on: 'a',
        expectInAnyOrder: [{ type: 'SUBACK', packetId: 9 }, message('t', 'kept', { retain: true })],
      },
      { on: 'b', publish: { topic: 't', payload: 'more', qos: 1 } },
      { on: 'a', expect: message('t', 'more') },
    ],
  },
  {
    name: 'No Local keeps what a client publishes from itself',
    statements: '5.0 [MQTT-3.8.3-3]',
    steps: [
      pair,
      { on: 'a', subscribe: [{ topicFilter: 't', noLocal: true }] },
      { on: 'a', publish: { topic: 't', payload: 'own' } },
      { on: 'b', publish: { topic: 't', payload: 'other' } },
      { on: 'a', expect: message('t', 'other') },
    ],
  },
];

/** UNSUBSCRIBE. */
const endings: readonly Case[] = [
  {
    name: 'UNSUBSCRIBE ends the subscription that is equal, and no other',
    statements:
      '3.1.1 [MQTT-3.10.4-1] [MQTT-3.10.4-2] 5.0 [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4] [MQTT-3.11.3-2]',
    needs: ['wildcard subscriptions'],
    steps: [
      pair,
      { on: 'a', subscribe: ['u/+', 'v/x', 'U/x'] },
      { on: 'a', send: unsubscribe(8, ['u/x']) },
      { on: 'a', expect: { type: 'UNSUBACK', packetId: 8 } },
      { on: 'b', publish: { topic: 'u/x', payload: 'still' } },
      { on: 'a', expect: message('u/x', 'still') },
      { on: 'a', send: unsubscribe(9, ['u/+']) },
      { on: 'a', only: '3.1.1', expect: { type: 'UNSUBACK', packetId: 9 } },
      { on: 'a', only: '5.0', expect: { type: 'UNSUBACK', packetId: 9, reasonCodes: [0] } },
      { on: 'b', publish: { topic: 'u/x', payload: 'no more' } },
      { on: 'b', publish: { topic: 'v/x', payload: 'other' } },
      { on: 'a', expect: message('v/x', 'other') },
    ],
  },
  {
    name: 'UNSUBSCRIBE of what is not there is answered with UNSUBACK',
    statements: '3.1.1 [MQTT-3.10.4-5] 5.0 [MQTT-3.10.4-5]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: unsubscribe(8, ['nothing']) },
      { on: 'a', only: '3.1.1', expect: { type: 'UNSUBACK', packetId: 8 } },
      {
        on: 'a',
        only: '5.0',
        expect: { type: 'UNSUBACK', packetId: 8, reasonCodes: [{ oneOf: [0x00, 0x11] }] },
      },
    ],
  },
  {
    name: 'UNSUBSCRIBE of several filters has one UNSUBACK, its codes in their order',
    statements: '3.1.1 [MQTT-3.10.4-6] 5.0 [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2]',
    steps: [
      pair,
      { on: 'a', subscribe: ['u/1', 'u/2', 'u/3'] },
      { on: 'a', send: unsubscribe(8, ['u/1', 'nothing', 'u/2']) },
      { on: 'a', only: '3.1.1', expect: { type: 'UNSUBACK', packetId: 8 } },
      {
        on: 'a',
        only: '5.0',
        expect: { type: 'UNSUBACK', packetId: 8, reasonCodes: [0, { oneOf: [0x00, 0x11] }, 0] },
      },
      { on: 'a', quiet: true },
      ...['u/1', 'u/2', 'u/3'].map((topic): Step => ({ on: 'b', publish: { topic, payload: topic } })),
      { on: 'a', expect: message('u/3', 'u/3') },
    ],
  },
  {
    name: 'after UNSUBSCRIBE a QoS 2 delivery that has begun is completed',
    statements: '3.1.1 [MQTT-3.10.4-3] 5.0 [MQTT-3.10.4-3]',
    steps: [
      pair,
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 2 }] },
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 2, packetId: { keep: 'id' } }) },
      { on: 'a', send: [unsubscribe(8, ['t'])] },
      { on: 'a', expect: { type: 'UNSUBACK', packetId: 8 } },
      { on: 'a', send: pubrec({ kept: 'id' }) },
      { on: 'a', expect: { type: 'PUBREL', packetId: { kept: 'id' } } },
      { on: 'a', send: pubcomp({ kept: 'id' }) },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'no answer is larger than the client takes',
    statements:
      '5.0 [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3]',
    steps: [
      { on: 'a', connect: { properties: { maximumPacketSize: 20 } } },
      { on: 'a', send: subscribe(1, ['t', '$share/x/u']) },
      { on: 'a', expect: { type: 'SUBACK', bytes: { atMost: 20 } } },
      { on: 'a', send: unsubscribe(2, ['t', 'nothing']) },
      { on: 'a', expect: { type: 'UNSUBACK', bytes: { atMost: 20 } } },
      { on: 'a', send: publish('nobody', '', { qos: 1, packetId: 3 }) },
      { on: 'a', expect: { type: 'PUBACK', bytes: { atMost: 20 } } },
      { on: 'a', send: publish('nobody', '', { qos: 2, packetId: 4 }) },
      { on: 'a', expect: { type: 'PUBREC', bytes: { atMost: 20 } } },
      { on: 'a', send: { type: 'PUBREL', packetId: 99, reasonCode: 0 } },
      { on: 'a', expect: { type: 'PUBCOMP', bytes: { atMost: 20 } } },
      { on: 'c', connect: { properties: { maximumPacketSize: 30 } } },
      { on: 'c', subscribe: [{ topicFilter: 't', qos: 2 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', qos: 2 } },
      { on: 'c', expect: message('t', '', { packetId: { keep: 'id' } }) },
      { on: 'c', send: pubrec({ kept: 'id' }) },
      { on: 'c', expect: { type: 'PUBREL', bytes: { atMost: 30 } } },
    ],
  },
];

/** Cases of subscriptions. */
export const subscribeCases: readonly Case[] = [...illegal, ...answers, ...endings];

/** What a client keeps to when CONNACK says what the server takes (§3.2.2.3, §4.9); 5.0. */
import { message, puback, pubcomp, publish, pubrec, pubrel } from '../../packets.ts';
import type { ClientCase, ServerStep } from '../client-case.ts';
import { messages } from '../tasks.ts';

/** The client sends nothing, says why it goes, or goes. */
const otherwise: readonly (readonly ServerStep[])[] = [
  [{ on: 'c', quiet: 600 }],
  [{ on: 'c', closes: { may: [{ type: 'DISCONNECT' }] } }],
];
const none = { present: false } as const;

/** Cases of limits. */
export const limitCases: readonly ClientCase[] = [
  {
    name: 'no more open QoS 1 messages than Receive Maximum; each PUBACK makes room for one',
    statements: '5.0 [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2]',
    task: { do: [{ publish: messages(4, 1) }] },
    steps: [
      { on: 'c', welcome: { properties: { receiveMaximum: 2 } } },
      { on: 'c', expect: [message('t', '1', { packetId: { keep: 'one' } }), message('t', '2')] },
      { on: 'c', quiet: 300 },
      { on: 'c', send: puback({ kept: 'one' }) },
      { on: 'c', expect: message('t', '3') },
      { on: 'c', quiet: 300 },
    ],
  },
  {
    name: 'with a full window the client still acknowledges',
    statements: '5.0 [MQTT-3.3.4-8] [MQTT-4.9.0-3]',
    task: { do: [{ subscribe: { topicFilter: 'u', qos: 1 } }, { publish: messages(2, 1) }] },
    steps: [
      { on: 'c', welcome: { properties: { receiveMaximum: 1 } } },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', expect: message('t', '1') },
      { on: 'c', send: publish('u', '', { qos: 1, packetId: 9 }) },
      { on: 'c', expect: { type: 'PUBACK', packetId: 9 } },
    ],
  },
  {
    name: 'no PUBLISH above Maximum QoS',
    statements: '5.0 [MQTT-3.2.2-11]',
    task: { do: [{ publish: messages(1, 2) }], afterwards: 'disconnect' },
    steps: [
      { on: 'c', welcome: { properties: { maximumQoS: 0 } } },
      { either: [[{ on: 'c', expect: message('t', '1', { qos: 0 }) }], ...otherwise] },
    ],
  },
  {
    name: 'no retained PUBLISH where retained messages are not served',
    statements: '5.0 [MQTT-3.2.2-14]',
    task: {
      do: [{ publish: [{ topic: 't', payload: '1', qos: 0, retain: true }] }],
      afterwards: 'disconnect',
    },
    steps: [
      { on: 'c', welcome: { properties: { retainAvailable: false } } },
      { either: [[{ on: 'c', expect: message('t', '1', { retain: false }) }], ...otherwise] },
    ],
  },
  {
    name: 'no packet above Maximum Packet Size',
    statements: '5.0 [MQTT-3.2.2-15]',
    task: {
      do: [{ publish: [{ topic: 't', payload: 'x'.repeat(200), qos: 0, retain: false }] }],
      afterwards: 'disconnect',
    },
    steps: [{ on: 'c', welcome: { properties: { maximumPacketSize: 100 } } }, { either: otherwise }],
  },
  {
    name: 'no Topic Alias to a server that allows none',
    statements: '5.0 [MQTT-3.2.2-18]',
    task: { do: [{ publish: messages(3, 0) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: ['1', '2', '3'].map((n) => message('t', n, { properties: { topicAlias: none } })) },
    ],
  },
  {
    name: 'no Topic Alias above what the server allows, and none of 0',
    statements: '5.0 [MQTT-3.2.2-17] [MQTT-3.3.2-8] [MQTT-3.3.2-9]',
    task: {
      do: [
        {
          publish: ['t/1', 't/2', 't/3', 't/1'].map(
            (topic) => ({ topic, payload: 'x', qos: 0, retain: false }) as const,
          ),
        },
      ],
    },
    steps: [
      { on: 'c', welcome: { properties: { topicAliasMaximum: 1 } } },
      {
        on: 'c',
        expect: Array.from(
          { length: 4 },
          () =>
            ({
              type: 'PUBLISH',
              payload: 'x',
              properties: { topicAlias: { oneOf: [undefined, 1] } },
            }) as const,
        ),
      },
    ],
  },
  {
    name: 'no acknowledgement is larger than the server takes, nor is DISCONNECT',
    statements:
      '5.0 [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] [MQTT-3.14.2-3] [MQTT-3.14.2-4]',
    task: {
      do: [{ subscribe: { topicFilter: 't', qos: 2 } }, { publish: messages(1, 2) }],
      afterwards: 'disconnect',
    },
    steps: [
      { on: 'c', welcome: { properties: { maximumPacketSize: 20 } } },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      { on: 'c', send: publish('t', '', { qos: 1, packetId: 5 }) },
      { on: 'c', expect: { type: 'PUBACK', bytes: { atMost: 20 } } },
      { on: 'c', send: publish('t', '', { qos: 2, packetId: 6 }) },
      { on: 'c', expect: { type: 'PUBREC', bytes: { atMost: 20 } } },
      { on: 'c', send: pubrel(6) },
      { on: 'c', expect: { type: 'PUBCOMP', bytes: { atMost: 20 } } },
      { on: 'c', send: pubrec({ kept: 'one' }) },
      { on: 'c', expect: { type: 'PUBREL', bytes: { atMost: 20 } } },
      { on: 'c', send: pubcomp({ kept: 'one' }) },
      { on: 'c', expect: { type: 'DISCONNECT', bytes: { atMost: 20 } } },
    ],
  },
];

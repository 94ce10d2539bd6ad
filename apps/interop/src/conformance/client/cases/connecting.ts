/** What a client says first and last: CONNECT with its flags, PINGREQ, DISCONNECT (§3.1, §3.12, §3.14). */

import type { ClientCase } from '../client-case.ts';
import { KEPT_TASK } from '../tasks.ts';

const absent = { present: false } as const;
const hello = { topic: 't', payload: 'hello', qos: 0, retain: false } as const;

/** Cases of CONNECT and DISCONNECT. */
export const connectingCases: readonly ClientCase[] = [
  {
    name: 'CONNECT is the first packet, has the client id, and nothing that was not asked for',
    statements:
      '3.1.1 [MQTT-3.1.0-1] [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15] [MQTT-3.1.2-18] [MQTT-3.1.2-20] [MQTT-3.1.2-22] [MQTT-7.1.2-1] 5.0 [MQTT-3.1.0-1] [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-2.2.2-1] [MQTT-4.2-1]',
    task: { do: [{ subscribe: { topicFilter: 't', qos: 0 } }] },
    steps: [
      { on: 'c', accept: true },
      {
        on: 'c',
        expect: {
          type: 'CONNECT',
          clientId: 'conformance',
          will: absent,
          username: absent,
          password: absent,
        },
      },
    ],
  },
  {
    name: 'a user name and a password stand in CONNECT',
    statements:
      '3.1.1 [MQTT-3.1.2-19] [MQTT-3.1.2-21] [MQTT-3.1.3-1] [MQTT-3.1.3-11] 5.0 [MQTT-3.1.2-17] [MQTT-3.1.2-19] [MQTT-3.1.3-1] [MQTT-3.1.3-12]',
    task: { username: 'zoë', password: 'a secret', do: [{ subscribe: { topicFilter: 't', qos: 0 } }] },
    steps: [
      { on: 'c', accept: true },
      { on: 'c', expect: { type: 'CONNECT', username: 'zoë', password: 'a secret' } },
    ],
  },
  {
    name: 'a will stands in CONNECT, with its QoS and RETAIN',
    statements:
      '3.1.1 [MQTT-3.1.2-9] [MQTT-3.1.2-14] [MQTT-3.1.3-1] [MQTT-3.1.3-10] 5.0 [MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT-3.1.3-1] [MQTT-3.1.3-11]',
    task: {
      will: { topic: 'wills/é', payload: 'gone', qos: 2, retain: true },
      do: [{ subscribe: { topicFilter: 't', qos: 0 } }],
    },
    steps: [
      { on: 'c', accept: true },
      {
        on: 'c',
        expect: { type: 'CONNECT', willMessage: { topic: 'wills/é', payload: 'gone', qos: 2, retain: true } },
      },
    ],
  },
  {
    name: 'an empty client id comes with Clean Session 1',
    statements: '3.1.1 [MQTT-3.1.3-7]',
    task: { clientId: '' },
    steps: [
      { on: 'c', accept: true },
      {
        either: [
          [{ on: 'c', expect: { type: 'CONNECT', clientId: '', cleanStart: true } }],
          [
            { on: 'c', expect: { type: 'CONNECT', clientId: { present: true } } },
            { notApplicable: 'the client makes a client id of its own' },
          ],
        ],
      },
    ],
  },
  {
    name: 'a client that has nothing to say sends PINGREQ within its keep alive',
    statements: '3.1.1 [MQTT-3.1.2-23] 5.0 [MQTT-3.1.2-20]',
    task: { keepAlive: 4 },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: { type: 'PINGREQ' }, within: 6000 }, // when a server would give up
    ],
  },
  {
    name: 'Server Keep Alive replaces the keep alive of the client',
    statements: '5.0 [MQTT-3.1.2-21] [MQTT-3.2.2-21]',
    task: { keepAlive: 600, do: [{ subscribe: { topicFilter: 't', qos: 0 } }] },
    steps: [
      { on: 'c', welcome: { properties: { serverKeepAlive: 4 } } },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', expect: { type: 'PINGREQ' }, within: 6000 },
    ],
  },
  {
    name: 'DISCONNECT is the last packet, and the client closes; it sends no AUTH',
    statements:
      '3.1.1 [MQTT-3.14.4-1] [MQTT-3.14.4-2] 5.0 [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1] [MQTT-3.14.1-1] [MQTT-4.12.0-7]',
    task: { do: [{ publish: [hello] }], afterwards: 'disconnect' },
    steps: [
      { on: 'c', welcome: {} },
      {
        on: 'c',
        expect: [
          { type: 'PUBLISH', payload: 'hello' },
          { type: 'DISCONNECT', reasonCode: 0 },
        ],
      },
      { on: 'c', closes: { may: [] } },
    ],
  },
  {
    name: 'Session Present 1 for a client that began a new session ends the connection',
    statements: '5.0 [MQTT-3.2.2-4]',
    task: { do: [{ subscribe: { topicFilter: 't', qos: 0 } }] },
    steps: [
      { on: 'c', accept: true },
      { on: 'c', expect: { type: 'CONNECT', cleanStart: true } },
      { on: 'c', send: { type: 'CONNACK', sessionPresent: true, reasonCode: 0 } },
      { on: 'c', closes: {} },
    ],
  },
  {
    name: 'the client comes back under the same client id and asks for its session',
    statements: '3.1.1 [MQTT-3.1.3-2] [MQTT-3.1.2-4] 5.0 [MQTT-3.1.3-2] [MQTT-3.1.2-23]',
    task: { ...KEPT_TASK, do: [{ subscribe: { topicFilter: 't', qos: 1 } }] },
    steps: [
      { on: 'c', accept: true },
      { on: 'c', expect: { type: 'CONNECT', clientId: 'conformance', cleanStart: false } },
      { on: 'c', send: { type: 'CONNACK', sessionPresent: false, reasonCode: 0 } },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', cut: true },
      { on: 'd', accept: true },
      { on: 'd', expect: { type: 'CONNECT', clientId: 'conformance', cleanStart: false } },
    ],
  },
];

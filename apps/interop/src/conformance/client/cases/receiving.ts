/** What a client does with what a server sends (§3.3.4, §4.3, §4.8): acknowledgements, subscriptions, faults. */

import type { Piece } from '../../case.ts';
import { field, publish, pubrel, raw, rawPacket } from '../../packets.ts';
import type { ClientCase, ServerStep, Task } from '../client-case.ts';
import { CUT_AND_BACK, KEPT_TASK } from '../tasks.ts';

const listening: Partial<Task> = { do: [{ subscribe: { topicFilter: 't', qos: 2 } }] };
const listens: readonly ServerStep[] = [
  { on: 'c', welcome: {} },
  { on: 'c', answer: 'SUBSCRIBE' },
];

/** Acknowledgements. */
const acknowledging: readonly ClientCase[] = [
  {
    name: 'SUBSCRIBE and UNSUBSCRIBE are as the specification has them',
    statements:
      '3.1.1 [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-3.8.3-3] [MQTT-3.10.1-1] [MQTT-3.10.3-1] [MQTT-3.10.3-2] [MQTT-2.3.1-1] 5.0 [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-3.8.3-2] [MQTT-3.10.1-1] [MQTT-3.10.3-1] [MQTT-3.10.3-2] [MQTT-2.2.1-3]',
    task: {
      do: [{ subscribe: { topicFilter: 'a/+/é/#', qos: 1 } }, { unsubscribe: 'a/+/é/#' }],
      afterwards: 'disconnect',
    },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', answer: 'UNSUBSCRIBE' },
      { on: 'c', expect: { type: 'DISCONNECT' } },
    ],
  },
  {
    name: 'a PUBLISH is answered as its QoS asks',
    statements:
      '3.1.1 [MQTT-3.3.4-1] [MQTT-4.5.0-2] [MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-2.3.1-6] 5.0 [MQTT-3.3.4-1] [MQTT-4.5.0-2] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.7.2-1] [MQTT-2.2.1-5]',
    task: listening,
    steps: [
      listens,
      { on: 'c', send: publish('t', '0') },
      { on: 'c', send: publish('t', '1', { qos: 1, packetId: 0xffff }) },
      { on: 'c', expect: { type: 'PUBACK', packetId: 0xffff, reasonCode: { atMost: 0x10 } } },
      { on: 'c', send: publish('t', '2', { qos: 2, packetId: 300 }) },
      { on: 'c', expect: { type: 'PUBREC', packetId: 300, reasonCode: { atMost: 0x10 } } },
      { on: 'c', send: pubrel(300) },
      { on: 'c', expect: { type: 'PUBCOMP', packetId: 300, reasonCode: 0 } },
    ],
  },
  {
    name: 'PUBACKs leave in the order of their PUBLISHes',
    statements: '3.1.1 [MQTT-4.6.0-2] 5.0 [MQTT-4.6.0-2]',
    task: listening,
    steps: [
      listens,
      { on: 'c', send: [7, 3, 5].map((packetId) => publish('t', '', { qos: 1, packetId })) },
      { on: 'c', expect: [7, 3, 5].map((packetId) => ({ type: 'PUBACK', packetId }) as const) },
    ],
  },
  {
    name: 'PUBRECs leave in the order of their PUBLISHes',
    statements: '3.1.1 [MQTT-4.6.0-3] 5.0 [MQTT-4.6.0-3]',
    task: listening,
    steps: [
      listens,
      { on: 'c', send: [7, 3, 5].map((packetId) => publish('t', '', { qos: 2, packetId })) },
      { on: 'c', expect: [7, 3, 5].map((packetId) => ({ type: 'PUBREC', packetId }) as const) },
    ],
  },
  {
    name: 'the same packet id after PUBACK is a new message, and is acknowledged',
    statements: '3.1.1 [MQTT-4.3.2-2] 5.0 [MQTT-4.3.2-5]',
    task: listening,
    steps: [
      listens,
      ...[false, true].flatMap((dup): ServerStep[] => [
        { on: 'c', send: publish('t', '1', { qos: 1, packetId: 4, dup }) },
        { on: 'c', expect: { type: 'PUBACK', packetId: 4 } },
      ]),
    ],
  },
  {
    name: 'QoS 2: the same packet id before PUBREL gets PUBREC again, and after PUBCOMP too',
    statements: '3.1.1 [MQTT-4.3.3-2] [MQTT-4.1.0-2] 5.0 [MQTT-4.3.3-10] [MQTT-4.3.3-12] [MQTT-4.1.0-1]',
    task: listening,
    steps: [
      listens,
      ...[false, true, false].flatMap((dup, i): ServerStep[] => [
        { on: 'c', send: publish('t', '1', { qos: 2, packetId: 4, dup }) },
        { on: 'c', expect: { type: 'PUBREC', packetId: 4 } },
        ...(i === 0
          ? []
          : ([
              { on: 'c', send: pubrel(4) },
              { on: 'c', expect: { type: 'PUBCOMP', packetId: 4 } },
            ] as const)),
      ]),
    ],
  },
  {
    name: 'a Topic Alias within what the client allows stands for its topic name',
    statements: '5.0 [MQTT-3.3.2-10]',
    task: { ...listening, topicAliasMaximum: 5 },
    steps: [
      { on: 'c', accept: true },
      {
        either: [
          [{ on: 'c', expect: { type: 'CONNECT', properties: { topicAliasMaximum: { atLeast: 1 } } } }],
          [{ on: 'c', expect: { type: 'CONNECT' } }, { notApplicable: 'the client allows no Topic Alias' }],
        ],
      },
      { on: 'c', send: { type: 'CONNACK', sessionPresent: false, reasonCode: 0 } },
      { on: 'c', answer: 'SUBSCRIBE' },
      ...['t', ''].flatMap((topic, i): ServerStep[] => [
        { on: 'c', send: publish(topic, '1', { qos: 1, packetId: 8 + i, properties: { topicAlias: 1 } }) },
        { on: 'c', expect: { type: 'PUBACK', packetId: 8 + i, reasonCode: { atMost: 0x10 } } },
      ]),
    ],
  },
  {
    name: 'a Topic Alias does not live on in the next connection',
    statements: '5.0 [MQTT-3.3.2-7]',
    task: { ...listening, ...KEPT_TASK, topicAliasMaximum: 5 },
    steps: [
      { on: 'c', accept: true },
      {
        either: [
          [{ on: 'c', expect: { type: 'CONNECT', properties: { topicAliasMaximum: { atLeast: 1 } } } }],
          [{ on: 'c', expect: { type: 'CONNECT' } }, { notApplicable: 'the client allows no Topic Alias' }],
        ],
      },
      { on: 'c', send: { type: 'CONNACK', sessionPresent: false, reasonCode: 0 } },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', send: publish('t', '1', { qos: 1, packetId: 8, properties: { topicAlias: 1 } }) },
      { on: 'c', expect: { type: 'PUBACK', packetId: 8 } },
      CUT_AND_BACK,
      { on: 'd', send: publish('', '1', { qos: 1, packetId: 9, properties: { topicAlias: 1 } }) },
      { on: 'd', closes: {} },
    ],
  },
  {
    name: 'QoS 2: the exchange goes on after the message has expired',
    statements: '5.0 [MQTT-4.3.3-13]',
    task: listening,
    steps: [
      listens,
      { on: 'c', send: publish('t', '1', { qos: 2, packetId: 4, properties: { messageExpiryInterval: 1 } }) },
      { on: 'c', expect: { type: 'PUBREC', packetId: 4 } },
      { on: 'c', quiet: 1500 },
      { on: 'c', send: pubrel(4) },
      { on: 'c', expect: { type: 'PUBCOMP', packetId: 4 } },
    ],
  },
];

/** What ends the connection: the name, its ids, bytes in 3.1.1 and in 5.0. */
const faults: readonly (readonly [what: string, ids: string, three: Piece | undefined, five: Piece])[] = [
  [
    'a PUBLISH of QoS 3',
    '3.1.1 [MQTT-3.3.1-4] [MQTT-4.8.0-1] 5.0 [MQTT-3.3.1-4] [MQTT-4.13.2-1]',
    rawPacket('36', 'PUBLISH of QoS 3', field('t'), '0001 78'),
    rawPacket('36', 'PUBLISH of QoS 3', field('t'), '0001 00 78'),
  ],
  [
    'a topic name that is no UTF-8',
    '3.1.1 [MQTT-1.5.3-1] [MQTT-3.3.2-1] 5.0 [MQTT-1.5.4-1] [MQTT-3.3.2-1]',
    rawPacket('30', 'PUBLISH, topic 74 FF', '0002 74ff 78'),
    rawPacket('30', 'PUBLISH, topic 74 FF', '0002 74ff 00 78'),
  ],
  [
    'U+0000 in a topic name',
    '3.1.1 [MQTT-1.5.3-2] [MQTT-4.7.3-2] 5.0 [MQTT-1.5.4-2] [MQTT-4.7.3-2]',
    rawPacket('30', 'PUBLISH, topic t U+0000', '0002 7400 78'),
    rawPacket('30', 'PUBLISH, topic t U+0000', '0002 7400 00 78'),
  ],
  [
    'a wildcard in a topic name',
    '3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] 5.0 [MQTT-3.3.2-2] [MQTT-4.7.0-1]',
    rawPacket('30', 'PUBLISH to t/#', field('t/#'), '78'),
    rawPacket('30', 'PUBLISH to t/#', field('t/#'), '00 78'),
  ],
  [
    'a PINGRESP with flags that are reserved',
    '3.1.1 [MQTT-2.2.2-2] 5.0 [MQTT-2.1.3-1]',
    raw('d1 00', 'PINGRESP with flags 0001'),
    raw('d1 00', 'PINGRESP with flags 0001'),
  ],
  [
    'a PUBREL with other flags than 0010',
    '3.1.1 [MQTT-3.6.1-1] 5.0 [MQTT-3.6.1-1]',
    rawPacket('60', 'PUBREL with flags 0000', '0004'),
    rawPacket('60', 'PUBREL with flags 0000', '0004'),
  ],
  [
    'a packet of type 0',
    '3.1.1 [MQTT-4.8.0-1] 5.0 [MQTT-2.1.3-1]',
    raw('00 00', 'a packet of type 0'),
    raw('00 00', 'a packet of type 0'),
  ],
  [
    'a user property that is no UTF-8',
    '5.0 [MQTT-1.5.7-1]',
    undefined,
    rawPacket('30', 'PUBLISH, user property n = FF', field('t'), '07 26 0001 6e 0001 ff 78'),
  ],
  [
    'a Response Topic with a wildcard',
    '5.0 [MQTT-3.3.2-14]',
    undefined,
    rawPacket('30', 'PUBLISH with Response Topic a/#', field('t'), '06 08', field('a/#'), '78'),
  ],
  [
    'a Response Topic that is no UTF-8',
    '5.0 [MQTT-3.3.2-13]',
    undefined,
    rawPacket('30', 'PUBLISH with Response Topic 61 FF', field('t'), '05 08 0002 61ff 78'),
  ],
  [
    'a Content Type that is no UTF-8',
    '5.0 [MQTT-3.3.2-19]',
    undefined,
    rawPacket('30', 'PUBLISH with Content Type 61 FF', field('t'), '05 03 0002 61ff 78'),
  ],
  [
    'a Topic Alias of 0',
    '5.0 [MQTT-3.3.2-8]',
    undefined,
    rawPacket('30', 'PUBLISH with Topic Alias 0', field('t'), '03 23 0000 78'),
  ],
];

/** Cases of what comes from the server. */
export const receivingCases: readonly ClientCase[] = [
  ...acknowledging,
  ...faults.map(
    ([what, statements, three, five]): ClientCase => ({
      name: `the client ends the connection after ${what}`,
      statements,
      task: listening,
      steps: [
        listens,
        ...(three === undefined ? [] : ([{ on: 'c', only: '3.1.1', send: three }] as const)),
        { on: 'c', only: '5.0', send: five },
        { on: 'c', closes: {} },
      ],
    }),
  ),
];

/** What a PUBLISH carries (§3.3.2, §3.3.4): topic name, properties, aliases, and who may send what. */
import type { Case } from '../case.ts';
import { field, KEPT, message, publish, rawPacket, subscribe } from '../packets.ts';

const utf8 = new TextEncoder();
const pairs = [
  ['z', '1'],
  ['a', '2'],
  ['z', '1'],
  ['', ''],
] as const;

/** Topic names. */
const topicNames: readonly Case[] = [
  ...['a/+', 'a/#'].map(
    (topic): Case => ({
      name: `a PUBLISH to ${topic} ends the connection`,
      statements: '3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] 5.0 [MQTT-3.3.2-2] [MQTT-4.7.0-1]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', only: '3.1.1', send: rawPacket('30', `PUBLISH to ${topic}`, field(topic), '78') },
        { on: 'a', only: '5.0', send: rawPacket('30', `PUBLISH to ${topic}`, field(topic), '00 78') },
        { on: 'a', closes: {} },
      ],
    }),
  ),
  {
    name: 'a PUBLISH to an empty topic name ends the connection',
    statements: '3.1.1 [MQTT-4.7.3-1] 5.0 [MQTT-4.7.3-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: rawPacket('30', 'PUBLISH to an empty topic name', '0000 78') },
      {
        on: 'a',
        only: '5.0',
        send: rawPacket('30', 'PUBLISH to an empty topic name, without alias', '0000 00 78'),
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'the topic name that comes matches the filter',
    statements: '3.1.1 [MQTT-3.3.2-3] [MQTT-3.3.2-1] 5.0 [MQTT-3.3.2-3] [MQTT-3.3.2-1]',
    needs: ['wildcard subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['m/+/x'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 'm/1/y', payload: 'no' } },
      { on: 'b', publish: { topic: 'm/x', payload: 'no' } },
      { on: 'b', publish: { topic: 'm/1/2/x', payload: 'no' } },
      { on: 'b', publish: { topic: 'm/1/x', payload: 'yes' } },
      { on: 'a', expect: message('m/1/x', 'yes') },
    ],
  },
  {
    name: 'a PUBLISH that is not allowed is acknowledged as any, or ends the connection',
    statements: '3.1.1 [MQTT-3.3.5-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: publish('$SYS/broker/uptime', '1', { qos: 1, packetId: 3 }) },
      { either: [[{ on: 'a', expect: { type: 'PUBACK', packetId: 3 } }], [{ on: 'a', closes: {} }]] },
    ],
  },
];

/** Properties that are forwarded. */
const forwarded: readonly Case[] = [
  ...(
    [
      [
        'Payload Format Indicator',
        '[MQTT-3.3.2-4]',
        { payloadFormatIndicator: 1 },
        { payloadFormatIndicator: 1 },
      ],
      [
        'Response Topic',
        '[MQTT-3.3.2-15] [MQTT-3.3.2-13]',
        { responseTopic: 'answers/é' },
        { responseTopic: 'answers/é' },
      ],
      [
        'Correlation Data',
        '[MQTT-3.3.2-16]',
        { correlationData: utf8.encode('0815') },
        { correlationData: '0815' },
      ],
      [
        'Content Type',
        '[MQTT-3.3.2-20] [MQTT-3.3.2-19]',
        { contentType: 'text/plain; é' },
        { contentType: 'text/plain; é' },
      ],
      [
        'User Properties, all and in their order,',
        '[MQTT-3.3.2-17] [MQTT-3.3.2-18]',
        { userProperties: pairs },
        { userProperties: pairs },
      ],
    ] as const
  ).map(
    ([what, ids, properties, expected]): Case => ({
      name: `${what} come to every subscriber as they were`,
      statements: `5.0 ${ids}`,
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
        { on: 'c', connect: {} },
        { on: 'c', subscribe: ['t'] },
        { on: 'b', connect: {} },
        { on: 'b', publish: { topic: 't', payload: '1', qos: 1, properties } },
        { on: 'a', expect: message('t', '1', { properties: expected }) },
        { on: 'c', expect: message('t', '1', { properties: expected }) },
      ],
    }),
  ),
  {
    name: 'a message that expired before its delivery began does not come',
    statements: '5.0 [MQTT-3.3.2-5]',
    steps: [
      { on: 'a', connect: KEPT },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'a', disconnect: true },
      { on: 'b', connect: {} },
      {
        on: 'b',
        publish: { topic: 't', payload: 'short', qos: 1, properties: { messageExpiryInterval: 1 } },
      },
      {
        on: 'b',
        publish: { topic: 't', payload: 'long', qos: 1, properties: { messageExpiryInterval: 60 } },
      },
      { pause: 2200, because: 'the first message expires' },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      { on: 'a2', expect: message('t', 'long') },
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'Message Expiry Interval goes out less the time that the message waited',
    statements: '5.0 [MQTT-3.3.2-6]',
    steps: [
      { on: 'a', connect: KEPT },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'b', connect: {} },
      {
        on: 'b',
        publish: { topic: 't', payload: 'now', qos: 1, properties: { messageExpiryInterval: 100 } },
      },
      {
        on: 'a',
        expect: message('t', 'now', { properties: { messageExpiryInterval: { atLeast: 98, atMost: 100 } } }),
      },
      { on: 'a', disconnect: true },
      {
        on: 'b',
        publish: { topic: 't', payload: 'later', qos: 1, properties: { messageExpiryInterval: 100 } },
      },
      { pause: 2200, because: 'the message waits' },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      {
        on: 'a2',
        expectInAnyOrder: [
          message('t', 'now'),
          message('t', 'later', { properties: { messageExpiryInterval: { atLeast: 94, atMost: 98 } } }),
        ],
      },
    ],
  },
];

/** Properties that end the connection. */
const illegal: readonly Case[] = (
  [
    ['a Response Topic with a wildcard', '[MQTT-3.3.2-14]', ['0001 61', '06', '08', field('a/#'), '78']],
    ['a Response Topic that is no UTF-8', '[MQTT-3.3.2-13]', ['0001 61', '05', '08 0002 61ff', '78']],
    ['a Content Type that is no UTF-8', '[MQTT-3.3.2-19]', ['0001 61', '05', '03 0002 61ff', '78']],
    ['a Topic Alias of 0', '[MQTT-3.3.2-8]', ['0001 61', '03', '23 0000', '78']],
    ['a property that PUBLISH does not have', '[MQTT-4.13.1-1]', ['0001 61', '05', '11 00000001', '78']],
    ['two Content Types', '[MQTT-4.13.1-1]', ['0001 61', '08', '03 0001 61 03 0001 62', '78']],
  ] as const
).map(([what, ids, parts]) => ({
  name: `a PUBLISH with ${what} ends the connection`,
  statements: `5.0 ${ids}`,
  steps: [
    { on: 'a', connect: {} },
    { on: 'a', send: rawPacket('30', `PUBLISH with ${what}`, ...parts) },
    { on: 'a', closes: {} },
  ],
}));

/** Topic aliases. */
const aliases: readonly Case[] = [
  {
    name: 'no Topic Alias goes to a client that allows none',
    statements: '5.0 [MQTT-3.1.2-27]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t'] },
      { on: 'b', connect: {} },
      ...[1, 2, 3].map((n) => ({ on: 'b', publish: { topic: 't', payload: `${n}` } })),
      ...[1, 2, 3].map((n) => ({
        on: 'a',
        expect: message('t', `${n}`, { properties: { topicAlias: { present: false } } }),
      })),
    ],
  },
  {
    name: 'no Topic Alias goes out that is above what the client allows',
    statements: '5.0 [MQTT-3.1.2-26] [MQTT-3.3.2-11]',
    needs: ['wildcard subscriptions'],
    steps: [
      { on: 'a', connect: { properties: { topicAliasMaximum: 1 } } },
      { on: 'a', subscribe: ['t/#'] },
      { on: 'b', connect: {} },
      ...[1, 2, 3, 1, 2, 3].map((n) => ({ on: 'b', publish: { topic: `t/${n}`, payload: `${n}` } })),
      ...[1, 2, 3, 1, 2, 3].map((n) => ({
        on: 'a',
        expect: {
          type: 'PUBLISH',
          payload: `${n}`,
          properties: { topicAlias: { oneOf: [1, undefined] } },
        } as const,
      })),
    ],
  },
  {
    name: 'a Topic Alias within what the server allows stands for its topic name',
    statements: '5.0 [MQTT-3.3.2-12]',
    needs: ['topic aliases'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t', 'u'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: '1', properties: { topicAlias: 1 } } },
      { on: 'b', publish: { topic: '', payload: '2', properties: { topicAlias: 1 } } },
      { on: 'b', publish: { topic: 'u', payload: '3', properties: { topicAlias: 1 } } },
      { on: 'b', publish: { topic: '', payload: '4', properties: { topicAlias: 1 } } },
      { on: 'a', expect: [message('t', '1'), message('t', '2'), message('u', '3'), message('u', '4')] },
    ],
  },
  {
    name: 'a Topic Alias does not live on in the next connection',
    statements: '5.0 [MQTT-3.3.2-7]',
    needs: ['topic aliases'],
    steps: [
      { on: 'c', connect: {} },
      { on: 'c', subscribe: ['t'] },
      { on: 'a', connect: KEPT },
      { on: 'a', publish: { topic: 't', payload: '1', properties: { topicAlias: 1 } } },
      { on: 'c', expect: message('t', '1') },
      { on: 'a', cut: true },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      { on: 'a2', send: publish('', '2', { properties: { topicAlias: 1 } }) },
      { on: 'a2', closes: {} },
      { on: 'c', quiet: true },
    ],
  },
];

/** Subscription identifiers and overlapping subscriptions. */
const overlapping: readonly Case[] = [
  {
    name: 'overlapping subscriptions: the message comes at the highest QoS of them',
    statements: '3.1.1 [MQTT-3.3.5-1] 5.0 [MQTT-3.3.4-2]',
    needs: ['wildcard subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        subscribe: [
          { topicFilter: 't/#', qos: 0 },
          { topicFilter: 't/x', qos: 2 },
        ],
      },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't/x', payload: '1', qos: 2 } },
      {
        either: [
          [{ on: 'a', expect: message('t/x', '1', { qos: 2 }) }],
          // A copy for each subscription, each at its own QoS, is allowed as well.
          [{ on: 'a', expectInAnyOrder: [message('t/x', '1', { qos: 2 }), message('t/x', '1', { qos: 0 })] }],
        ],
      },
    ],
  },
  {
    name: 'the Subscription Identifier of the subscription comes with its message',
    statements: '5.0 [MQTT-3.3.4-3]',
    needs: ['subscription identifiers'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t'], id: 268_435_455 },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: '1' } },
      { on: 'a', expect: message('t', '1', { properties: { subscriptionIdentifiers: [268_435_455] } }) },
    ],
  },
  {
    name: 'overlapping subscriptions: the identifiers of all of them come, in one message or one with each',
    statements: '5.0 [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5]',
    needs: ['subscription identifiers', 'wildcard subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t/#'], id: 1 },
      { on: 'a', subscribe: ['t/+'], id: 2 },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't/x', payload: '1' } },
      {
        either: [
          [
            {
              on: 'a',
              expect: message('t/x', '1', {
                properties: {
                  subscriptionIdentifiers: {
                    oneOf: [
                      [1, 2],
                      [2, 1],
                    ],
                  },
                },
              }),
            },
          ],
          [
            {
              on: 'a',
              expectInAnyOrder: [
                message('t/x', '1', { properties: { subscriptionIdentifiers: [1] } }),
                message('t/x', '1', { properties: { subscriptionIdentifiers: [2] } }),
              ],
            },
          ],
        ],
      },
      { on: 'a', quiet: true },
    ],
  },
  {
    name: 'a SUBSCRIBE again takes its Subscription Identifier away',
    statements: '5.0 [MQTT-3.8.4-3]',
    needs: ['subscription identifiers'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t'], id: 5 },
      { on: 'a', send: subscribe(9, ['t']) },
      { on: 'a', expect: { type: 'SUBACK', packetId: 9 } },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: '1' } },
      { on: 'a', expect: message('t', '1', { properties: { subscriptionIdentifiers: { present: false } } }) },
    ],
  },
];

/** Cases of PUBLISH. */
export const publishCases: readonly Case[] = [
  ...topicNames,
  ...forwarded,
  ...illegal,
  ...aliases,
  ...overlapping,
];

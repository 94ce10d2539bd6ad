/** What a client publishes (§3.3, §4.3, §4.4, §4.6), and what it does when it is cut off. */
import { message, puback, pubcomp, pubrec } from '../../packets.ts';
import type { ClientCase, ServerStep } from '../client-case.ts';
import { CUT_AND_BACK, KEPT_TASK, messages } from '../tasks.ts';

const none = { present: false } as const;

/** Cases of PUBLISH from the client. */
export const publishingCases: readonly ClientCase[] = [
  {
    name: 'QoS 0: no packet id, DUP 0, no Subscription Identifier',
    statements:
      '3.1.1 [MQTT-4.3.1-1] [MQTT-2.3.1-5] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-2.2.2-1] 5.0 [MQTT-4.3.1-1] [MQTT-2.2.1-2] [MQTT-3.3.1-2] [MQTT-3.3.2-1] [MQTT-3.3.4-6] [MQTT-2.1.3-1] [MQTT-1.5.5-1]',
    task: { do: [{ publish: messages(1, 0) }], afterwards: 'disconnect' },
    steps: [
      { on: 'c', welcome: {} },
      {
        on: 'c',
        expect: message('t', '1', {
          qos: 0,
          dup: false,
          packetId: none,
          properties: { subscriptionIdentifiers: none },
        }),
      },
    ],
  },
  {
    name: 'QoS 1: each open message has a packet id of its own, and DUP 0',
    statements:
      '3.1.1 [MQTT-2.3.1-1] [MQTT-2.3.1-2] [MQTT-4.3.2-1] 5.0 [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-3.3.1-3]',
    task: { do: [{ publish: messages(3, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      {
        on: 'c',
        expect: [
          message('t', '1', { qos: 1, dup: false, packetId: { keep: 'one' } }),
          message('t', '2', { qos: 1, dup: false, packetId: { keep: 'two', unlike: ['one'] } }),
          message('t', '3', { qos: 1, dup: false, packetId: { keep: 'three', unlike: ['one', 'two'] } }),
        ],
      },
    ],
  },
  {
    name: 'QoS 2: PUBLISH, and PUBREL with the same packet id after PUBREC',
    statements:
      '3.1.1 [MQTT-4.3.3-1] [MQTT-2.3.1-6] [MQTT-3.6.1-1] 5.0 [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-4] [MQTT-2.2.1-5] [MQTT-3.6.1-1] [MQTT-3.6.2-1]',
    task: { do: [{ publish: messages(1, 2) }], afterwards: 'disconnect' },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { qos: 2, dup: false, packetId: { keep: 'one' } }) },
      { on: 'c', send: pubrec({ kept: 'one' }) },
      { on: 'c', expect: { type: 'PUBREL', packetId: { kept: 'one' } } },
      { on: 'c', send: pubcomp({ kept: 'one' }) },
      { on: 'c', expect: { type: 'DISCONNECT' } },
    ],
  },
  {
    name: 'QoS 1: not acknowledged, it is sent again with its packet id',
    statements: '3.1.1 [MQTT-2.3.1-3] [MQTT-4.4.0-1] [MQTT-4.1.0-1] 5.0 [MQTT-4.4.0-1] [MQTT-4.3.2-3]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { dup: false, packetId: { keep: 'one' } }) },
      CUT_AND_BACK,
      { on: 'd', expect: message('t', '1', { packetId: { kept: 'one' } }) },
      { on: 'd', send: puback({ kept: 'one' }) },
      { on: 'd', quiet: 300 },
    ],
  },
  {
    name: 'what is sent again has DUP 1',
    statements: '3.1.1 [MQTT-3.3.1-1] 5.0 [MQTT-3.3.1-1]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { dup: false, packetId: { keep: 'one' } }) },
      CUT_AND_BACK,
      { on: 'd', expect: message('t', '1', { dup: true, packetId: { kept: 'one' } }) },
    ],
  },
  {
    name: 'what is sent again comes in its order',
    statements: '3.1.1 [MQTT-4.6.0-1] 5.0 [MQTT-4.6.0-1]',
    task: { ...KEPT_TASK, do: [{ publish: messages(4, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: messages(4, 1).map(({ payload }) => message('t', payload)) },
      CUT_AND_BACK,
      // A client may wait for each acknowledgement before it sends the next again.
      ...messages(4, 1).flatMap(({ payload }): ServerStep[] => [
        { on: 'd', expect: message('t', payload, { packetId: { keep: payload } }) },
        { on: 'd', send: puback({ kept: payload }) },
      ]),
    ],
  },
  {
    name: 'QoS 2: without PUBREC the PUBLISH is sent again',
    statements: '3.1.1 [MQTT-4.3.3-1] [MQTT-4.4.0-1] 5.0 [MQTT-4.3.3-3] [MQTT-4.4.0-1]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 2) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      CUT_AND_BACK,
      { on: 'd', expect: message('t', '1', { packetId: { kept: 'one' } }) },
    ],
  },
  {
    name: 'QoS 2: after PUBREC the PUBREL is sent again, and not the PUBLISH',
    statements: '3.1.1 [MQTT-4.3.3-1] [MQTT-4.4.0-1] 5.0 [MQTT-4.3.3-5] [MQTT-4.3.3-6]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 2) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      { on: 'c', send: pubrec({ kept: 'one' }) },
      { on: 'c', expect: { type: 'PUBREL', packetId: { kept: 'one' } } },
      CUT_AND_BACK,
      { on: 'd', expect: { type: 'PUBREL', packetId: { kept: 'one' } } },
      { on: 'd', send: pubcomp({ kept: 'one' }) },
      { on: 'd', quiet: 300 },
    ],
  },
  {
    name: 'PUBRELs leave in the order of the PUBRECs',
    statements: '3.1.1 [MQTT-4.6.0-4] 5.0 [MQTT-4.6.0-4]',
    task: { do: [{ publish: messages(3, 2) }] },
    steps: [
      { on: 'c', welcome: {} },
      {
        on: 'c',
        expect: [
          message('t', '1', { packetId: { keep: 'one' } }),
          message('t', '2', { packetId: { keep: 'two' } }),
          message('t', '3', { packetId: { keep: 'three' } }),
        ],
      },
      { on: 'c', send: [pubrec({ kept: 'two' }), pubrec({ kept: 'one' }), pubrec({ kept: 'three' })] },
      {
        on: 'c',
        expect: ['two', 'one', 'three'].map((kept) => ({ type: 'PUBREL', packetId: { kept } }) as const),
      },
    ],
  },
  {
    name: 'nothing is sent again while the connection lives',
    statements: '5.0 [MQTT-4.4.0-1]',
    task: { do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1') },
      { on: 'c', quiet: 2500 },
    ],
  },
  {
    name: 'a message that the server refuses with 0x80 is not sent again',
    statements: '5.0 [MQTT-4.4.0-2]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      { on: 'c', send: puback({ kept: 'one' }, 0x80) },
      { on: 'c', quiet: 200 },
      CUT_AND_BACK,
      { on: 'd', quiet: 500 },
    ],
  },
  {
    name: 'a server that lost the session gets open messages as new ones, or not at all',
    statements: '3.1.1 [MQTT-3.1.2-6] 5.0 [MQTT-3.2.2-5]',
    task: { ...KEPT_TASK, do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1') },
      { on: 'c', cut: true },
      { on: 'd', welcome: { sessionPresent: false } },
      { either: [[{ on: 'd', expect: message('t', '1', { dup: false }) }], [{ on: 'd', quiet: 500 }]] },
    ],
  },
  {
    name: 'a client that begins a new session sends nothing of the earlier one as if it were the same',
    statements: '3.1.1 [MQTT-3.1.2-6] 5.0 [MQTT-3.1.2-4]',
    task: { reconnect: true, do: [{ publish: messages(1, 1) }] },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1') },
      { on: 'c', cut: true },
      { on: 'd', welcome: {} },
      { either: [[{ on: 'd', expect: message('t', '1', { dup: false }) }], [{ on: 'd', quiet: 500 }]] },
    ],
  },
  {
    name: 'a QoS 2 message that was sent does not expire before it is sent again',
    statements: '5.0 [MQTT-4.3.3-7]',
    task: {
      ...KEPT_TASK,
      do: [{ publish: messages(1, 2).map((one) => ({ ...one, messageExpiryInterval: 1 })) }],
    },
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', expect: message('t', '1', { packetId: { keep: 'one' } }) },
      { on: 'c', cut: true },
      { pause: 1600, because: 'the message would have expired' },
      { on: 'd', welcome: { sessionPresent: true } },
      { on: 'd', expect: message('t', '1', { packetId: { kept: 'one' } }) },
    ],
  },
];

/** The client is asked for what it must not send: it refuses, or ends the connection. */
export const refusingCases: readonly ClientCase[] = (
  [
    [
      'a filter with # in a level',
      '3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1]',
      { subscribe: { topicFilter: 'a/b#', qos: 0 } },
    ],
    [
      'a filter with # before its end',
      '3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1]',
      { subscribe: { topicFilter: 'a/#/b', qos: 0 } },
    ],
    [
      'a filter with + in a level',
      '3.1.1 [MQTT-4.7.1-3] 5.0 [MQTT-4.7.1-2]',
      { subscribe: { topicFilter: 'a/b+', qos: 0 } },
    ],
    [
      'an empty filter',
      '3.1.1 [MQTT-4.7.3-1] 5.0 [MQTT-4.7.3-1]',
      { subscribe: { topicFilter: '', qos: 0 } },
    ],
    [
      'a shared filter without ShareName',
      '5.0 [MQTT-4.8.2-1]',
      { subscribe: { topicFilter: '$share//t', qos: 0 } },
    ],
    [
      'a shared filter without filter',
      '5.0 [MQTT-4.8.2-2]',
      { subscribe: { topicFilter: '$share/g', qos: 0 } },
    ],
    [
      'a topic name with #',
      '3.1.1 [MQTT-3.3.2-2] 5.0 [MQTT-3.3.2-2]',
      { publish: [{ topic: 'a/#', payload: '', qos: 0, retain: false }] },
    ],
    [
      'a topic name of 65,536 bytes',
      '3.1.1 [MQTT-4.7.3-3] 5.0 [MQTT-4.7.3-3]',
      { publish: [{ topic: 'x'.repeat(65_536), payload: '', qos: 0, retain: false }] },
    ],
  ] as const
).map(([what, statements, action]) => ({
  name: `${what} is not sent`,
  statements,
  task: { do: [action], afterwards: 'publish' in action ? 'disconnect' : 'stay' },
  steps: [
    {
      either: [
        [{ nobody: true }],
        [
          { on: 'c', accept: true },
          { on: 'c', expect: { type: 'CONNECT' } },
          { on: 'c', send: { type: 'CONNACK', sessionPresent: false, reasonCode: 0 } },
          { either: [[{ on: 'c', quiet: 500 }], [{ on: 'c', closes: { may: [{ type: 'DISCONNECT' }] } }]] },
        ],
      ],
    },
  ],
}));

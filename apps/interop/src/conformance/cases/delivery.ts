/** PUBLISH and its acknowledgements (§3.3 to §3.7, §4.3, §4.4): QoS 1 and 2 in both directions. */
import type { Case, Step } from '../case.ts';
import {
  accepted,
  connect,
  KEPT,
  message,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  rawPacket,
} from '../packets.ts';

/** `a` subscribes with a session that is kept, `b` is there to publish. */
function subscriber(qos: 0 | 1 | 2): readonly Step[] {
  return [
    { on: 'a', connect: KEPT },
    { on: 'a', subscribe: [{ topicFilter: 't', qos }] },
    { on: 'b', connect: {} },
  ];
}

/** `a` is cut and comes back as `a2`. */
const back: readonly Step[] = [
  { on: 'a', cut: true },
  { on: 'a2', open: true },
  { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
  { on: 'a2', expect: accepted(true) },
];

/** What the server sends. */
const sending: readonly Case[] = [
  {
    name: 'QoS 1: sent with DUP 0; not acknowledged, it is sent again with its packet id',
    statements: '3.1.1 [MQTT-4.3.2-1] [MQTT-4.4.0-1] 5.0 [MQTT-4.3.2-2] [MQTT-4.3.2-3] [MQTT-4.4.0-1]',
    steps: [
      subscriber(1),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'a', expect: message('t', '1', { qos: 1, dup: false, packetId: { keep: 'id' } }) },
      back,
      { on: 'a2', expect: message('t', '1', { qos: 1, packetId: { kept: 'id' } }) },
      { on: 'a2', send: puback({ kept: 'id' }) },
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'QoS 1: once acknowledged, it is not sent again',
    statements: '3.1.1 [MQTT-4.3.2-1] 5.0 [MQTT-4.3.2-3]',
    steps: [
      subscriber(1),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'a', expect: message('t', '1', { qos: 1, packetId: { keep: 'id' } }) },
      { on: 'a', send: [puback({ kept: 'id' }), PINGREQ] },
      { on: 'a', expect: PINGRESP },
      back,
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'QoS 2: sent with DUP 0; without PUBREC it is sent again with its packet id',
    statements: '3.1.1 [MQTT-4.3.3-1] [MQTT-4.4.0-1] 5.0 [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.4.0-1]',
    steps: [
      subscriber(2),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 2, dup: false, packetId: { keep: 'id' } }) },
      back,
      { on: 'a2', expect: message('t', '1', { qos: 2, packetId: { kept: 'id' } }) },
    ],
  },
  {
    name: 'QoS 2: PUBREC is answered with PUBREL; without PUBCOMP the PUBREL is sent again, and not the PUBLISH',
    statements:
      '3.1.1 [MQTT-4.3.3-1] [MQTT-4.4.0-1] [MQTT-2.3.1-6] 5.0 [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT-4.4.0-1] [MQTT-3.6.2-1]',
    steps: [
      subscriber(2),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 2, packetId: { keep: 'id' } }) },
      { on: 'a', send: pubrec({ kept: 'id' }) },
      { on: 'a', expect: { type: 'PUBREL', packetId: { kept: 'id' } } },
      back,
      { on: 'a2', expect: { type: 'PUBREL', packetId: { kept: 'id' } } },
      { on: 'a2', send: pubcomp({ kept: 'id' }) },
      { on: 'a2', quiet: true },
    ],
  },
  ...([1, 2] as const).map(
    (qos): Case => ({
      name: `QoS ${qos}: what is sent again has DUP 1`,
      statements: '3.1.1 [MQTT-3.3.1-1] 5.0 [MQTT-3.3.1-1]',
      steps: [
        subscriber(qos),
        { on: 'b', publish: { topic: 't', payload: '1', qos } },
        { on: 'a', expect: message('t', '1', { qos, dup: false, packetId: { keep: 'id' } }) },
        back,
        { on: 'a2', expect: message('t', '1', { qos, dup: true, packetId: { kept: 'id' } }) },
      ],
    }),
  ),
  {
    name: 'nothing is sent again while the connection lives',
    statements: '5.0 [MQTT-4.4.0-1]',
    steps: [
      subscriber(1),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'a', expect: message('t', '1') },
      { on: 'a', quiet: 3000 },
    ],
  },
  {
    name: 'a PUBACK of 0x80 settles the message',
    statements: '5.0 [MQTT-4.4.0-2]',
    steps: [
      subscriber(1),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'a', expect: message('t', '1', { packetId: { keep: 'id' } }) },
      { on: 'a', send: [puback({ kept: 'id' }, 0x80), PINGREQ] },
      { on: 'a', expect: PINGRESP },
      back,
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'a PUBREC of 0x80 settles the message: no PUBREL, and it is not sent again',
    statements: '5.0 [MQTT-4.4.0-2] [MQTT-4.3.3-4]',
    steps: [
      subscriber(2),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { packetId: { keep: 'id' } }) },
      { on: 'a', send: [pubrec({ kept: 'id' }, 0x80), PINGREQ] },
      { on: 'a', expect: PINGRESP },
      back,
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'DUP of the publisher is not passed on',
    statements: '3.1.1 [MQTT-3.3.1-3] 5.0 [MQTT-3.3.1-3]',
    steps: [
      subscriber(1),
      { on: 'b', send: publish('t', '1', { qos: 1, packetId: 9, dup: true }) },
      { on: 'b', expect: { type: 'PUBACK', packetId: 9 } },
      { on: 'a', expect: message('t', '1', { qos: 1, dup: false }) },
    ],
  },
  {
    name: 'DUP of the publisher does not come at QoS 0 either',
    statements: '3.1.1 [MQTT-3.3.1-2] [MQTT-3.3.1-3] 5.0 [MQTT-3.3.1-2] [MQTT-3.3.1-3]',
    steps: [
      subscriber(0),
      { on: 'b', send: publish('t', '1', { qos: 1, packetId: 9, dup: true }) },
      { on: 'b', expect: { type: 'PUBACK', packetId: 9 } },
      { on: 'a', expect: message('t', '1', { qos: 0, dup: false }) },
    ],
  },
  {
    name: 'a message that was sent does not expire before it is sent again',
    statements: '5.0 [MQTT-4.3.3-7]',
    steps: [
      subscriber(2),
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2, properties: { messageExpiryInterval: 1 } } },
      { on: 'a', expect: message('t', '1', { qos: 2, packetId: { keep: 'id' } }) },
      { on: 'a', cut: true },
      { pause: 2200, because: 'the message would have expired' },
      back,
      { on: 'a2', expect: message('t', '1', { qos: 2, packetId: { kept: 'id' } }) },
    ],
  },
];

/** What the server receives. */
const receiving: readonly Case[] = [
  {
    name: 'a PUBLISH is answered as its QoS asks',
    statements:
      '3.1.1 [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2] 5.0 [MQTT-3.3.4-1] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.7.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', '0') },
      { on: 'a', quiet: true },
      { on: 'a', send: publish('t', '1', { qos: 1, packetId: 21 }) },
      { on: 'a', expect: { type: 'PUBACK', packetId: 21, reasonCode: { oneOf: [0x00, 0x10] } } },
      { on: 'a', send: publish('t', '2', { qos: 2, packetId: 22 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 22, reasonCode: { oneOf: [0x00, 0x10] } } },
      { on: 'a', send: pubrel(22) },
      { on: 'a', expect: { type: 'PUBCOMP', packetId: 22, reasonCode: 0 } },
    ],
  },
  {
    name: 'QoS 1: after PUBACK the same packet id is a new message, also with DUP',
    statements: '3.1.1 [MQTT-4.3.2-2] 5.0 [MQTT-4.3.2-5]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', 'one', { qos: 1, packetId: 5 }) },
      { on: 'a', expect: { type: 'PUBACK', packetId: 5 } },
      { on: 'a', send: publish('t', 'two', { qos: 1, packetId: 5, dup: true }) },
      { on: 'a', expect: { type: 'PUBACK', packetId: 5 } },
      { on: 'b', expect: [message('t', 'one'), message('t', 'two')] },
    ],
  },
  {
    name: 'QoS 2: the same packet id before PUBREL gets PUBREC and is not delivered twice',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-4.3.3-10]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['t', 'end'] },
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', 'one', { qos: 2, packetId: 5 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
      { on: 'a', send: publish('t', 'one', { qos: 2, packetId: 5, dup: true }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
      { on: 'a', send: pubrel(5) },
      { on: 'a', expect: { type: 'PUBCOMP', packetId: 5 } },
      { on: 'a', publish: { topic: 'end' } },
      { on: 'b', expect: [message('t', 'one'), message('end', '')] },
    ],
  },
  {
    name: 'QoS 2: the same packet id before PUBREL is known after a reconnection too',
    statements: '3.1.1 [MQTT-4.3.3-2] [MQTT-4.1.0-1] 5.0 [MQTT-4.3.3-10] [MQTT-3.1.2-23]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['t', 'end'] },
      { on: 'a', connect: KEPT },
      { on: 'a', send: publish('t', 'one', { qos: 2, packetId: 5 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
      { on: 'a', cut: true },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      { on: 'a2', send: publish('t', 'one', { qos: 2, packetId: 5, dup: true }) },
      { on: 'a2', expect: { type: 'PUBREC', packetId: 5 } },
      { on: 'a2', send: pubrel(5) },
      { on: 'a2', expect: { type: 'PUBCOMP', packetId: 5 } },
      { on: 'a2', publish: { topic: 'end' } },
      { on: 'b', expect: [message('t', 'one'), message('end', '')] },
    ],
  },
  {
    name: 'QoS 2: after PUBCOMP the same packet id is a new message',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-4.3.3-12]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['t'] },
      { on: 'a', connect: {} },
      ...['one', 'two'].flatMap((payload): Step[] => [
        { on: 'a', send: publish('t', payload, { qos: 2, packetId: 5 }) },
        { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
        { on: 'a', send: pubrel(5) },
        { on: 'a', expect: { type: 'PUBCOMP', packetId: 5 } },
      ]),
      { on: 'b', expect: [message('t', 'one'), message('t', 'two')] },
    ],
  },
  {
    name: 'QoS 2: the exchange goes on after the message has expired',
    statements: '5.0 [MQTT-4.3.3-13]',
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        send: publish('t', 'one', { qos: 2, packetId: 5, properties: { messageExpiryInterval: 1 } }),
      },
      { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
      { pause: 1500, because: 'the message expires' },
      { on: 'a', send: pubrel(5) },
      { on: 'a', expect: { type: 'PUBCOMP', packetId: 5 } },
    ],
  },
  {
    name: 'QoS 2: after a PUBREC that refuses, the same packet id is a new message',
    statements: '5.0 [MQTT-4.3.3-9]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['t'] },
      { on: 'a', connect: {} },
      { on: 'a', send: publish('$SYS/conformance', '', { qos: 2, packetId: 5 }) },
      {
        either: [
          [{ on: 'a', expect: { type: 'PUBREC', packetId: 5, reasonCode: { atLeast: 0x80 } } }],
          [
            { on: 'a', expect: { type: 'PUBREC', packetId: 5 } },
            { notApplicable: 'the server takes a PUBLISH to $SYS, and no other that it refuses is known' },
          ],
          [{ on: 'a', closes: {} }, { notApplicable: 'the server closes the connection instead' }],
        ],
      },
      { on: 'a', send: publish('t', 'new', { qos: 2, packetId: 5 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 5, reasonCode: { atMost: 0x7f } } },
      { on: 'a', send: pubrel(5) },
      { on: 'a', expect: { type: 'PUBCOMP', packetId: 5 } },
      { on: 'b', expect: message('t', 'new') },
    ],
  },
  {
    name: 'a PUBREL of an unknown packet id is answered with PUBCOMP',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-4.3.3-11] [MQTT-3.7.2-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: pubrel(99) },
      { on: 'a', expect: { type: 'PUBCOMP', packetId: 99, reasonCode: { oneOf: [0x00, 0x92] } } },
    ],
  },
  {
    name: 'a PUBREL with other flags than 0010 ends the connection',
    statements: '3.1.1 [MQTT-3.6.1-1] 5.0 [MQTT-3.6.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: publish('t', '', { qos: 2, packetId: 1 }) },
      { on: 'a', expect: { type: 'PUBREC', packetId: 1 } },
      { on: 'a', send: rawPacket('60', 'PUBREL with flags 0000', '0001') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a PUBLISH of QoS 3 ends the connection',
    statements: '3.1.1 [MQTT-3.3.1-4] [MQTT-4.8.0-1] 5.0 [MQTT-3.3.1-4] [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', only: '3.1.1', send: rawPacket('36', 'PUBLISH of QoS 3', '0001 61 0001 78') },
      { on: 'a', only: '5.0', send: rawPacket('36', 'PUBLISH of QoS 3', '0001 61 0001 00 78') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a PUBLISH whose topic is longer than the packet ends the connection',
    statements: '3.1.1 [MQTT-3.3.2-1] [MQTT-4.8.0-1] 5.0 [MQTT-3.3.2-1] [MQTT-4.13.1-1]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: rawPacket('30', 'PUBLISH, topic of 9 bytes in a packet of 4', '0009 6161') },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'PUBACKs and PUBRECs leave in the order of their PUBLISHes',
    statements: '3.1.1 [MQTT-4.6.0-2] [MQTT-4.6.0-3] 5.0 [MQTT-3.3.4-1]',
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        send: [3, 1, 2].flatMap((packetId) => [
          publish('t', '', { qos: 1, packetId }),
          publish('u', '', { qos: 2, packetId: packetId + 10 }),
        ]),
      },
      {
        either: [
          [
            {
              on: 'a',
              expect: [3, 1, 2].flatMap((packetId) => [
                { type: 'PUBACK', packetId },
                { type: 'PUBREC', packetId: packetId + 10 },
              ]),
            },
          ],
          [
            {
              on: 'a',
              expect: [
                ...[3, 1, 2].map((packetId) => ({ type: 'PUBACK', packetId }) as const),
                ...[13, 11, 12].map((packetId) => ({ type: 'PUBREC', packetId }) as const),
              ],
            },
          ],
        ],
      },
    ],
  },
  {
    name: 'PUBRELs leave in the order of the PUBRECs',
    statements: '3.1.1 [MQTT-4.6.0-4] 5.0 [MQTT-4.3.3-4]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 2 }] },
      { on: 'b', connect: {} },
      ...['1', '2', '3'].map((payload): Step => ({ on: 'b', publish: { topic: 't', payload, qos: 2 } })),
      {
        on: 'a',
        expect: [
          message('t', '1', { packetId: { keep: 'one' } }),
          message('t', '2', { packetId: { keep: 'two' } }),
          message('t', '3', { packetId: { keep: 'three' } }),
        ],
      },
      { on: 'a', send: [pubrec({ kept: 'two' }), pubrec({ kept: 'one' }), pubrec({ kept: 'three' })] },
      {
        on: 'a',
        expect: [
          { type: 'PUBREL', packetId: { kept: 'two' } },
          { type: 'PUBREL', packetId: { kept: 'one' } },
          { type: 'PUBREL', packetId: { kept: 'three' } },
        ],
      },
    ],
  },
];

/** Order (§4.6). */
const order: readonly Case[] = ([0, 1, 2] as const).map((qos) => ({
  name: `messages of QoS ${qos} of one client and topic come in their order`,
  statements: '3.1.1 [MQTT-4.6.0-5] [MQTT-4.6.0-6] 5.0 [MQTT-4.6.0-5] [MQTT-4.6.0-6]',
  steps: [
    { on: 'a', connect: {} },
    { on: 'a', subscribe: [{ topicFilter: 't', qos }] },
    { on: 'b', connect: {} },
    ...Array.from(
      { length: 12 },
      (_, i): Step => ({ on: 'b', publish: { topic: 't', payload: `${i}`, qos } }),
    ),
    { on: 'a', expect: Array.from({ length: 12 }, (_, i) => message('t', `${i}`, { qos })) },
  ],
}));

/** Cases of delivery. */
export const deliveryCases: readonly Case[] = [...sending, ...receiving, ...order];

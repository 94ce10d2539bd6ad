/** The Will Message (§3.1.2.5, §3.1.3): when it is published, how, and when not. */
import type { Case, Hello, Step } from '../case.ts';
import { disconnect, KEPT, message, rawPacket } from '../packets.ts';

const will = { topic: 'will', payload: new TextEncoder().encode('gone') } as const;

/** `b` hears wills, `a` has one. */
function watched(hello: Hello): readonly Step[] {
  return [
    { on: 'b', connect: {} },
    { on: 'b', subscribe: [{ topicFilter: 'will', qos: 2 }] },
    { on: 'a', connect: { will, ...hello } },
  ];
}

/** Cases of wills. */
export const willCases: readonly Case[] = [
  ...([0, 1, 2] as const).map(
    (qos): Case => ({
      name: `a connection that is cut has its will of QoS ${qos} published`,
      statements: '3.1.1 [MQTT-3.1.2-8] 5.0 [MQTT-3.1.2-7] [MQTT-3.1.2-8]',
      steps: [
        watched({ will: { ...will, qos } }),
        { on: 'b', quiet: true },
        { on: 'a', cut: true },
        { on: 'b', expect: message('will', 'gone', { qos, retain: false }) },
      ],
    }),
  ),
  {
    name: 'a connection that the server ends for an error has its will published',
    statements: '3.1.1 [MQTT-3.1.2-8] 5.0 [MQTT-3.1.2-8]',
    steps: [
      watched({}),
      { on: 'a', send: rawPacket('00', 'a packet of type 0') },
      { on: 'a', closes: {} },
      { on: 'b', expect: message('will', 'gone') },
    ],
  },
  {
    name: 'a connection that is taken over has its will published',
    statements: '3.1.1 [MQTT-3.1.2-8] 5.0 [MQTT-3.1.2-8]',
    steps: [
      watched({}),
      { on: 'a2', connect: { clientId: 'a' } },
      { on: 'b', expect: message('will', 'gone') },
    ],
  },
  {
    name: 'DISCONNECT discards the will',
    statements:
      '3.1.1 [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT-3.14.4-3] 5.0 [MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT-3.14.4-3]',
    steps: [
      watched({}),
      { on: 'a', send: disconnect() },
      { on: 'a', closes: { may: [] } },
      { on: 'b', quiet: true },
    ],
  },
  {
    name: 'DISCONNECT 0x04 asks for the will',
    statements: '5.0 [MQTT-3.1.2-8]',
    steps: [watched({}), { on: 'a', send: disconnect(0x04) }, { on: 'b', expect: message('will', 'gone') }],
  },
  {
    name: 'a will is published once',
    statements: '3.1.1 [MQTT-3.1.2-10] 5.0 [MQTT-3.1.2-10]',
    steps: [
      watched(KEPT),
      { on: 'a', cut: true },
      { on: 'b', expect: message('will', 'gone') },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      { on: 'a2', cut: true },
      { on: 'b', quiet: true },
    ],
  },
  {
    name: 'without a will nothing is published',
    statements: '3.1.1 [MQTT-3.1.2-12]',
    steps: [
      { on: 'b', connect: {} },
      { on: 'b', subscribe: ['will'] },
      { on: 'a', connect: {} },
      { on: 'a', cut: true },
      { on: 'b', quiet: true },
    ],
  },
  {
    name: 'Will Retain 0: nothing is kept for later subscribers',
    statements: '3.1.1 [MQTT-3.1.2-16] 5.0 [MQTT-3.1.2-14]',
    steps: [
      watched({}),
      { on: 'a', cut: true },
      { on: 'b', expect: message('will', 'gone', { retain: false }) },
      { on: 'c', connect: {} },
      { on: 'c', subscribe: ['will'] },
      { on: 'c', quiet: true },
    ],
  },
  {
    name: 'Will Retain 1: the will is kept for later subscribers',
    statements: '3.1.1 [MQTT-3.1.2-17] 5.0 [MQTT-3.1.2-15]',
    needs: ['retained messages'],
    steps: [
      watched({ will: { ...will, retain: true, qos: 1 } }),
      { on: 'a', cut: true },
      { on: 'b', expect: message('will', 'gone', { retain: false }) },
      { on: 'c', connect: {} },
      { on: 'c', subscribe: ['will'] },
      { on: 'c', expect: message('will', 'gone', { retain: true }) },
    ],
  },
  {
    name: 'a will is published when its delay is over, not before',
    statements: '5.0 [MQTT-3.1.2-8] [MQTT-3.1.2-7]',
    steps: [
      watched({ ...KEPT, will: { ...will, properties: { willDelayInterval: 2 } } }),
      { on: 'a', cut: true },
      { on: 'b', expect: message('will', 'gone'), notBefore: 1000, within: 6000 },
    ],
  },
  {
    name: 'a will is published when the session ends before its delay is over',
    statements: '5.0 [MQTT-3.1.2-8]',
    steps: [
      watched({
        cleanStart: true,
        properties: { sessionExpiryInterval: 1 },
        will: { ...will, properties: { willDelayInterval: 60 } },
      }),
      { on: 'a', cut: true },
      { on: 'b', expect: message('will', 'gone'), within: 6000 },
    ],
  },
  {
    name: 'a client that is back before the delay is over has no will published',
    statements: '5.0 [MQTT-3.1.3-9] [MQTT-3.1.2-8]',
    steps: [
      watched({ ...KEPT, will: { ...will, properties: { willDelayInterval: 2 } } }),
      { on: 'a', cut: true },
      { on: 'a2', connect: { clientId: 'a', ...KEPT } },
      { on: 'b', quiet: 3200 },
    ],
  },
  {
    name: 'the properties of a will come with it, User Properties in their order',
    statements: '5.0 [MQTT-3.1.3-10]',
    steps: [
      watched({
        will: {
          ...will,
          properties: {
            contentType: 'text/plain',
            payloadFormatIndicator: 1,
            correlationData: new TextEncoder().encode('42'),
            userProperties: [
              ['z', '1'],
              ['a', '2'],
              ['z', '1'],
            ],
          },
        },
      }),
      { on: 'a', cut: true },
      {
        on: 'b',
        expect: message('will', 'gone', {
          properties: {
            contentType: 'text/plain',
            payloadFormatIndicator: 1,
            correlationData: '42',
            userProperties: [
              ['z', '1'],
              ['a', '2'],
              ['z', '1'],
            ],
          },
        }),
      },
    ],
  },
];

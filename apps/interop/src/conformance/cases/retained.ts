/** Retained messages (§3.3.1.3): what is kept, what replaces it, who gets it. */
import type { Case, Step } from '../case.ts';
import { message, publish, subscribe } from '../packets.ts';

/** `b` leaves a retained message. */
const kept: readonly Step[] = [
  { on: 'b', connect: {} },
  { on: 'b', publish: { topic: 't', payload: 'kept', qos: 1, retain: true } },
];

/** A new client asks for `t`, then for the end of what comes. */
function late(on: string, ...messages: readonly { payload: string; qos?: number }[]): readonly Step[] {
  return [
    { on, connect: {} },
    { on, subscribe: [{ topicFilter: 't', qos: 2 }] },
    ...(messages.length === 0
      ? [{ on, quiet: true } as const]
      : [
          {
            on,
            expect: messages.map(({ payload, ...rest }) => message('t', payload, { retain: true, ...rest })),
          } as const,
        ]),
  ];
}

/** Cases of retained messages. */
export const retainedCases: readonly Case[] = (
  [
    {
      name: 'a retained message waits for later subscribers, with its QoS and RETAIN 1',
      statements: '3.1.1 [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] 5.0 [MQTT-3.3.1-5] [MQTT-3.3.1-9]',
      steps: [kept, late('a', { payload: 'kept', qos: 1 }), late('c', { payload: 'kept', qos: 1 })],
    },
    {
      name: 'a later retained message replaces the earlier one, whatever its QoS',
      statements: '3.1.1 [MQTT-3.3.1-5] [MQTT-3.3.1-7] 5.0 [MQTT-3.3.1-5]',
      steps: [
        kept,
        { on: 'b', publish: { topic: 't', payload: 'of QoS 0', qos: 0, retain: true } },
        { on: 'b', quiet: true }, // QoS 0 has no acknowledgement: until here it may be on its way
        late('a', { payload: 'of QoS 0', qos: 0 }),
        { on: 'b', publish: { topic: 't', payload: 'of QoS 2', qos: 2, retain: true } },
        late('c', { payload: 'of QoS 2', qos: 2 }),
      ],
    },
    {
      name: 'every topic that matches gives its last retained message',
      statements: '3.1.1 [MQTT-3.3.1-6] 5.0 [MQTT-3.3.1-9]',
      needs: ['wildcard subscriptions'],
      steps: [
        { on: 'b', connect: {} },
        { on: 'b', publish: { topic: 'r/1', payload: 'old', qos: 1, retain: true } },
        { on: 'b', publish: { topic: 'r/1', payload: '1', qos: 1, retain: true } },
        { on: 'b', publish: { topic: 'r/2/x', payload: '2', qos: 1, retain: true } },
        { on: 'b', publish: { topic: 's/3', payload: '3', qos: 1, retain: true } },
        { on: 'a', connect: {} },
        { on: 'a', subscribe: ['r/#'] },
        {
          on: 'a',
          expectInAnyOrder: [message('r/1', '1', { retain: true }), message('r/2/x', '2', { retain: true })],
        },
        { on: 'a', quiet: true },
      ],
    },
    {
      name: 'a subscription that is there gets the message with RETAIN 0',
      statements: '3.1.1 [MQTT-3.3.1-9] 5.0 [MQTT-3.3.1-12]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
        kept,
        { on: 'a', expect: message('t', 'kept', { retain: false }) },
      ],
    },
    {
      name: 'an empty retained message is passed on, removes the one that is kept, and is not kept itself',
      statements: '3.1.1 [MQTT-3.3.1-10] [MQTT-3.3.1-11] 5.0 [MQTT-3.3.1-6] [MQTT-3.3.1-7]',
      steps: [
        kept,
        { on: 'd', connect: {} },
        { on: 'd', subscribe: ['t'] },
        { on: 'd', expect: message('t', 'kept') },
        { on: 'b', publish: { topic: 't', payload: '', qos: 1, retain: true } },
        { on: 'd', expect: message('t', '', { retain: false }) },
        late('a'),
      ],
    },
    {
      name: 'a message with RETAIN 0 neither is kept nor replaces what is',
      statements: '3.1.1 [MQTT-3.3.1-12] 5.0 [MQTT-3.3.1-8]',
      steps: [
        kept,
        { on: 'b', publish: { topic: 't', payload: 'plain', qos: 1 } },
        { on: 'b', publish: { topic: 't', payload: '', qos: 1 } },
        late('a', { payload: 'kept' }),
        { on: 'a', quiet: true },
      ],
    },
    {
      name: 'retained messages outlive the session that sent them',
      statements: '3.1.1 [MQTT-3.1.2-7]',
      steps: [kept, { on: 'b', disconnect: true }, late('a', { payload: 'kept' })],
    },
    {
      name: 'Retain Handling 1: retained messages come for a new subscription, not for one that is there',
      statements: '5.0 [MQTT-3.3.1-10]',
      steps: [
        kept,
        { on: 'a', connect: {} },
        { on: 'a', send: subscribe(1, [{ topicFilter: 't', retainHandling: 1 }]) },
        {
          on: 'a',
          expectInAnyOrder: [{ type: 'SUBACK', packetId: 1 }, message('t', 'kept', { retain: true })],
        },
        { on: 'a', send: subscribe(2, [{ topicFilter: 't', retainHandling: 1 }]) },
        { on: 'a', expect: { type: 'SUBACK', packetId: 2 } },
        { on: 'a', quiet: true },
      ],
    },
    {
      name: 'Retain Handling 2: no retained message comes',
      statements: '5.0 [MQTT-3.3.1-11]',
      steps: [
        kept,
        { on: 'a', connect: {} },
        { on: 'a', subscribe: [{ topicFilter: 't', retainHandling: 2 }] },
        { on: 'a', quiet: true },
      ],
    },
    {
      name: 'Retain As Published 1: RETAIN is forwarded as it came',
      statements: '5.0 [MQTT-3.3.1-13]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', subscribe: [{ topicFilter: 't', retainAsPublished: true }] },
        kept,
        { on: 'b', publish: { topic: 't', payload: 'plain' } },
        {
          on: 'a',
          expect: [message('t', 'kept', { retain: true }), message('t', 'plain', { retain: false })],
        },
      ],
    },
    {
      name: 'Retain As Published 0: RETAIN is 0 whatever came',
      statements: '5.0 [MQTT-3.3.1-12]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', subscribe: [{ topicFilter: 't', retainAsPublished: false }] },
        kept,
        { on: 'b', publish: { topic: 't', payload: 'plain' } },
        {
          on: 'a',
          expect: [message('t', 'kept', { retain: false }), message('t', 'plain', { retain: false })],
        },
      ],
    },
    {
      name: 'a retained message that has expired does not come',
      statements: '5.0 [MQTT-3.3.2-5]',
      steps: [
        { on: 'b', connect: {} },
        {
          on: 'b',
          send: publish('t', 'short', { retain: true, properties: { messageExpiryInterval: 1 } }),
        },
        { on: 'b', quiet: true },
        { pause: 2200, because: 'the message expires' },
        late('a'),
      ],
    },
  ] satisfies readonly Case[]
).map((one: Case) => ({ ...one, needs: [...(one.needs ?? []), 'retained messages'] as const }));

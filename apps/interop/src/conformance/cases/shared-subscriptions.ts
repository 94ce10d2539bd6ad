/** Shared subscriptions (§4.8.2): what is one, who gets a message, and what becomes of it. */
import type { Case, Step } from '../case.ts';
import {
  accepted,
  connect,
  field,
  KEPT,
  message,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  pubrec,
  rawPacket,
} from '../packets.ts';

const members: readonly Step[] = [
  { on: 'a', connect: KEPT },
  { on: 'a', subscribe: [{ topicFilter: '$share/g/t', qos: 2 }] },
  { on: 'b', connect: {} },
];

/** A filter that is none: it is refused in SUBACK, or the connection ends. */
function noShare(filter: string, ids: string): Case {
  return {
    name: `a SUBSCRIBE to ${filter} is refused`,
    statements: `5.0 ${ids}`,
    needs: ['shared subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: rawPacket('82', `SUBSCRIBE to ${filter}`, '0001 00', field(filter), '00') },
      {
        either: [
          [{ on: 'a', expect: { type: 'SUBACK', packetId: 1, reasonCodes: [{ atLeast: 0x80 }] } }],
          [{ on: 'a', closes: {} }],
        ],
      },
    ],
  };
}

/** Cases of shared subscriptions. */
export const sharedCases: readonly Case[] = [
  noShare('$share//t', '[MQTT-4.8.2-1]'),
  noShare('$share/g', '[MQTT-4.8.2-2]'),
  noShare('$share/g/', '[MQTT-4.8.2-2]'),
  noShare('$share/g+/t', '[MQTT-4.8.2-2]'),
  noShare('$share/g#/t', '[MQTT-4.8.2-2]'),
  {
    name: 'No Local on a shared subscription ends the connection',
    statements: '5.0 [MQTT-3.8.3-4]',
    needs: ['shared subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        send: rawPacket('82', 'SUBSCRIBE to $share/g/t with No Local', '0001 00', field('$share/g/t'), '04'),
      },
      { on: 'a', closes: {} },
    ],
  },
  {
    name: 'a message goes to one member of the group, at the QoS granted to it',
    statements: '5.0 [MQTT-4.8.2-3] [MQTT-4.8.2-1]',
    needs: ['shared subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [{ topicFilter: '$share/g/t', qos: 1 }] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 1 }) },
      { on: 'b', publish: { topic: 't', payload: '2', qos: 0 } },
      { on: 'a', expect: message('t', '2', { qos: 0 }) },
    ],
  },
  {
    name: 'a QoS 2 delivery to a member that a lost connection cut is completed with that member',
    statements: '5.0 [MQTT-4.8.2-4]',
    needs: ['shared subscriptions', 'QoS 2'],
    steps: [
      members,
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 2, packetId: { keep: 'id' } }) },
      { on: 'c', connect: {} },
      { on: 'c', subscribe: [{ topicFilter: '$share/g/t', qos: 2 }] },
      { on: 'a', cut: true },
      { on: 'c', quiet: true },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a2', expect: accepted(true) },
      { on: 'a2', expect: message('t', '1', { qos: 2, dup: true, packetId: { kept: 'id' } }) },
      { on: 'a2', send: pubrec({ kept: 'id' }) },
      { on: 'a2', expect: { type: 'PUBREL', packetId: { kept: 'id' } } },
      { on: 'a2', send: pubcomp({ kept: 'id' }) },
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'a QoS 2 message goes to nobody else when the session of its member ends first',
    statements: '5.0 [MQTT-4.8.2-5]',
    needs: ['shared subscriptions', 'QoS 2'],
    steps: [
      members,
      { on: 'b', publish: { topic: 't', payload: '1', qos: 2 } },
      { on: 'a', expect: message('t', '1', { qos: 2 }) },
      { on: 'c', connect: {} },
      { on: 'c', subscribe: [{ topicFilter: '$share/g/t', qos: 2 }] },
      { on: 'a', cut: true },
      { on: 'a2', connect: { clientId: 'a', cleanStart: true } },
      { on: 'c', quiet: true },
    ],
  },
  ...([1, 2] as const).map(
    (qos): Case => ({
      name: `a message of QoS ${qos} that its member answers with 0x80 goes to nobody else`,
      statements: '5.0 [MQTT-4.8.2-6]',
      needs: ['shared subscriptions', 'QoS 2'],
      steps: [
        members,
        { on: 'b', publish: { topic: 't', payload: '1', qos } },
        { on: 'a', expect: message('t', '1', { qos, packetId: { keep: 'id' } }) },
        { on: 'c', connect: {} },
        { on: 'c', subscribe: [{ topicFilter: '$share/g/t', qos: 2 }] },
        { on: 'a', send: [qos === 1 ? puback({ kept: 'id' }, 0x80) : pubrec({ kept: 'id' }, 0x80), PINGREQ] },
        { on: 'a', expect: PINGRESP },
        { on: 'c', quiet: true },
      ],
    }),
  ),
];

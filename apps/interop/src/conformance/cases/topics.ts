/** Topic names and filters (§4.7): what matches, what does not, what is no filter. */
import type { Case, Step } from '../case.ts';
import { field, message, rawPacket, subscribe } from '../packets.ts';

/** `a` subscribes to the filter; of the topics, in this order, it hears those that begin with `yes`. */
function matching(
  name: string,
  statements: string,
  filter: string,
  yes: readonly string[],
  no: readonly string[],
): Case {
  return {
    name,
    statements,
    needs: ['wildcard subscriptions'],
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: [filter, 'end'] },
      { on: 'b', connect: {} },
      ...[...no, ...yes, 'end'].map((topic): Step => ({ on: 'b', publish: { topic, payload: topic } })),
      { on: 'a', expect: [...yes, 'end'].map((topic) => message(topic, topic)) },
    ],
  };
}

/** A SUBSCRIBE to what is no filter ends the connection, or in 5.0 has a SUBACK that says so. */
function noFilter(filter: string, statements: string): Case {
  return {
    name: `a SUBSCRIBE to ${filter === '' ? 'an empty filter' : filter} is refused`,
    statements,
    steps: [
      { on: 'a', connect: {} },
      {
        on: 'a',
        only: '3.1.1',
        send: rawPacket('82', `SUBSCRIBE to ${filter}`, '0001', field(filter), '00'),
      },
      {
        on: 'a',
        only: '5.0',
        send: rawPacket('82', `SUBSCRIBE to ${filter}`, '0001 00', field(filter), '00'),
      },
      {
        either: [
          [{ on: 'a', expect: { type: 'SUBACK', packetId: 1, reasonCodes: [{ atLeast: 0x80 }] } }],
          [{ on: 'a', closes: {} }],
        ],
      },
    ],
  };
}

/** Cases of topics. */
export const topicCases: readonly Case[] = [
  matching(
    '# matches its parent and everything below',
    '3.1.1 [MQTT-3.3.2-3] 5.0 [MQTT-3.3.2-3]',
    'w/x/#',
    ['w/x', 'w/x/y', 'w/x/y/z', 'w/x/'],
    ['w', 'w/xx', 'w/y/x'],
  ),
  matching(
    '+ matches one level, an empty one too',
    '3.1.1 [MQTT-3.3.2-3] 5.0 [MQTT-3.3.2-3]',
    'w/+',
    ['w/x', 'w/'],
    ['w', 'w/x/y', 'v/x'],
  ),
  matching(
    'names and filters are compared as they are: case, composition, separators and spaces count',
    '3.1.1 [MQTT-4.7.3-4] [MQTT-3.10.4-1] 5.0 [MQTT-4.7.3-4]',
    'N/\u{e9}/ /x',
    ['N/\u{e9}/ /x'],
    ['n/\u{e9}/ /x', 'N/e\u{301}/ /x', 'N/\u{e9}//x', 'N/\u{e9}/ /x/', 'N/\u{c9}/ /x'],
  ),
  noFilter('sport/tennis#', '3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1]'),
  noFilter('sport/#/ranking', '3.1.1 [MQTT-4.7.1-2] 5.0 [MQTT-4.7.1-1]'),
  noFilter('sport+', '3.1.1 [MQTT-4.7.1-3] 5.0 [MQTT-4.7.1-2]'),
  noFilter('sport/+x/y', '3.1.1 [MQTT-4.7.1-3] 5.0 [MQTT-4.7.1-2]'),
  noFilter('', '3.1.1 [MQTT-4.7.3-1] 5.0 [MQTT-4.7.3-1]'),
  {
    name: 'a filter with a wildcard is served, or refused',
    statements: '3.1.1 [MQTT-3.8.3-2]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: subscribe(1, ['w/+']) },
      { on: 'b', connect: {} },
      {
        either: [
          [
            { on: 'a', expect: { type: 'SUBACK', packetId: 1, reasonCodes: [0] } },
            { on: 'b', publish: { topic: 'w/x', payload: '1' } },
            { on: 'a', expect: message('w/x', '1') },
          ],
          [{ on: 'a', expect: { type: 'SUBACK', packetId: 1, reasonCodes: [0x80] } }],
          [{ on: 'a', closes: {} }],
        ],
      },
    ],
  },
  {
    name: 'filters that begin with a wildcard do not match names that begin with $',
    statements: '3.1.1 [MQTT-4.7.2-1] 5.0 [MQTT-4.7.2-1]',
    needs: ['wildcard subscriptions'],
    hearsOthers: true,
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', send: rawPacket('82', 'SUBSCRIBE to #', '0001', field('#'), '00'), only: '3.1.1' },
      { on: 'a', send: rawPacket('82', 'SUBSCRIBE to #', '0001 00', field('#'), '00'), only: '5.0' },
      { on: 'a', expect: { type: 'SUBACK', packetId: 1 } },
      { on: 'c', connect: {} },
      { on: 'c', subscribe: ['$conformance/x'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: '$conformance/x', payload: 'hidden' } },
      { on: 'b', publish: { topic: 'end', payload: 'end' } },
      { on: 'a', expect: message('end', 'end') },
    ],
  },
  {
    name: 'a topic name of 65,535 bytes is one name among others',
    statements: '3.1.1 [MQTT-4.7.3-3] 5.0 [MQTT-4.7.3-3]',
    steps: [
      { on: 'a', connect: {} },
      { on: 'a', subscribe: ['t'] },
      { on: 'b', connect: {} },
      { on: 'b', publish: { topic: `t${'x'.repeat(60_000)}`, payload: 'long' } },
      { on: 'c', connect: {} },
      { on: 'c', publish: { topic: 't', payload: 'short' } },
      { on: 'a', expect: message('t', 'short') },
    ],
  },
];

/**
 * Many topics, many filters, and topics that are said by a number.
 */
import type { Scenario } from './scenario.ts';

const MANY = Array.from({ length: 200 }, (_, index) => `plant/line ${index % 10}/sensor ${index}`);
const FILTERS = Array.from({ length: 50 }, (_, index) => `plant/${index}/+`);
const REPEATED = [1, 2, 3, 4, 5].map((number) => `reading ${number}`);
/** Three topics, said three times over. */
const IN_TURNS = [1, 2, 3].flatMap((turn) =>
  ['a', 'b/c', 'd'].map((topic) => ({
    topic: `plant/${topic}`,
    payload: `${topic} ${turn}`,
    qos: 1 as const,
  })),
);

const versions = ['5.0'] as const;

/** The stories. Order is promised by the topic, so messages of several topics may come in any. */
export const topics: readonly Scenario[] = [
  {
    name: '200 topics over one connection, to one filter',
    statements: '3.1.1 [MQTT-4.5.0-1] 5.0 [MQTT-4.5.0-1]',
    needs: ['publishesManyTopics'],
    isAboutTransport: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'plant/#', qos: 1 },
      { publish: MANY.map((topic) => ({ topic, payload: topic, qos: 1 })) },
      { receiveAmong: ['reader'], messages: MANY.map((topic) => ({ topic, payload: topic, qos: 1 })) },
      { nothingMore: 'reader', topic: 'plant/end' },
    ],
  },
  {
    name: '50 filters of one subscriber',
    statements: '3.1.1 [MQTT-3.8.4-5] 5.0 [MQTT-3.8.4-5] [MQTT-3.8.4-6]',
    steps: [
      { subscribe: 'reader', topicFilter: FILTERS, qos: 1 },
      {
        publish: FILTERS.map((_, index) => ({ topic: `plant/${index}/a`, payload: `${index}`, qos: 1 })),
        witness: true,
      },
      {
        receiveAmong: ['reader'],
        messages: FILTERS.map((_, index) => ({ topic: `plant/${index}/a`, payload: `${index}`, qos: 1 })),
      },
      { nothingMore: 'reader', topic: 'plant/49/end' },
    ],
  },
  {
    name: 'a topic goes out once, then by its alias',
    statements: '5.0 [MQTT-3.3.2-12]',
    versions,
    needs: ['sendsTopicAliases'],
    asks: ['topicAliases'],
    steps: [
      { subscribe: 'reader', topicFilter: 'plant/#', qos: 1 },
      { publish: REPEATED.map((payload) => ({ topic: 'plant/a', payload, qos: 1 })), topicAliases: true },
      { receive: 'reader', messages: REPEATED.map((payload) => ({ topic: 'plant/a', payload, qos: 1 })) },
      { nothingMore: 'reader', topic: 'plant/end' },
    ],
  },
  {
    name: 'three topics go out once each, then by their aliases',
    statements: '5.0 [MQTT-3.3.2-12]',
    versions,
    needs: ['sendsTopicAliases', 'publishesManyTopics'],
    asks: ['topicAliases'],
    steps: [
      { subscribe: 'reader', topicFilter: 'plant/#', qos: 1 },
      { publish: IN_TURNS, topicAliases: true },
      { receiveAmong: ['reader'], messages: IN_TURNS },
      { nothingMore: 'reader', topic: 'plant/end' },
    ],
  },
  {
    name: 'a subscriber that allows two aliases gets three topics by their names',
    statements: '5.0 [MQTT-3.1.2-26] [MQTT-3.3.2-11]',
    versions,
    needs: ['takesTopicAliases'],
    steps: [
      { subscribe: 'reader', topicFilter: 'plant/#', qos: 1, topicAliasMaximum: 2 },
      { publish: IN_TURNS, witness: true },
      { receiveAmong: ['reader'], messages: IN_TURNS },
      { nothingMore: 'reader', topic: 'plant/end' },
    ],
  },
];

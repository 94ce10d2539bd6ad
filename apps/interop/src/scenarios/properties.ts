/**
 * What 5.0 adds to a message: user properties, how its payload is to be read, for how long it is worth something.
 */
import type { Scenario } from './scenario.ts';

/** No blanks and no colons: mosquitto_sub prints pairs as `name:value name:value`. */
const PAIRS = [
  ['unit', 'celsius'],
  ['room', 'größe'],
  ['level', '3'],
] as const;
/** The same name again, after another. */
const REPEATED = [
  ['via', 'attic'],
  ['unit', 'celsius'],
  ['via', 'cellar'],
] as const;
/** Seconds. */
const LONG = 300;
const SHORT = 1;
/** ms after which a message of SHORT is gone in every broker. */
const OVER = 2500;

const versions = ['5.0'] as const;

/** The stories. */
export const properties: readonly Scenario[] = [
  {
    name: 'user properties arrive as they were sent, in order',
    statements: '5.0 [MQTT-3.3.2-17] [MQTT-3.3.2-18]',
    versions,
    needs: ['sendsProperties', 'showsProperties'],
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 1 },
      { publish: [{ topic: 'a/b', payload: '21', qos: 1, properties: { userProperties: PAIRS } }] },
      {
        receive: 'reader',
        messages: [{ topic: 'a/b', payload: '21', qos: 1, properties: { userProperties: PAIRS } }],
      },
    ],
  },
  {
    name: 'user properties of one name keep their places among others',
    statements: '5.0 [MQTT-3.3.2-18]',
    versions,
    needs: ['sendsProperties', 'showsProperties', 'ordersUserProperties'],
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 1 },
      { publish: [{ topic: 'a/b', payload: '21', qos: 1, properties: { userProperties: REPEATED } }] },
      {
        receive: 'reader',
        messages: [{ topic: 'a/b', payload: '21', qos: 1, properties: { userProperties: REPEATED } }],
      },
    ],
  },
  {
    name: 'a retained message keeps its properties',
    statements: '5.0 [MQTT-3.3.2-17]',
    versions,
    needs: ['sendsProperties', 'showsProperties'],
    isAboutStore: true,
    steps: [
      {
        publish: [
          {
            topic: 'lamp/state',
            payload: '{"on":true}',
            qos: 1,
            retain: true,
            properties: { userProperties: PAIRS, contentType: 'application/json', payloadFormatIndicator: 1 },
          },
        ],
      },
      { subscribe: 'late', topicFilter: 'lamp/state', qos: 1 },
      {
        receive: 'late',
        messages: [
          {
            topic: 'lamp/state',
            payload: '{"on":true}',
            qos: 1,
            retain: true,
            properties: { userProperties: PAIRS, contentType: 'application/json', payloadFormatIndicator: 1 },
          },
        ],
      },
    ],
  },
  {
    name: 'a message says for how long it is still worth something',
    statements: '5.0 [MQTT-3.3.2-6]',
    versions,
    needs: ['sendsProperties', 'showsProperties'],
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 1 },
      {
        publish: [{ topic: 'a/b', payload: 'soon old', qos: 1, properties: { messageExpiryInterval: LONG } }],
      },
      {
        receive: 'reader',
        messages: [
          { topic: 'a/b', payload: 'soon old', qos: 1, properties: { messageExpiryInterval: LONG } },
        ],
      },
    ],
  },
  {
    name: 'a message that waits for a kept session expires, and no other',
    statements: '5.0 [MQTT-3.3.2-5]',
    versions,
    needs: ['sendsProperties'],
    isSlow: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true },
      { end: 'reader' },
      {
        publish: [{ topic: 'mail/1', payload: 'old', qos: 1, properties: { messageExpiryInterval: SHORT } }],
      },
      { publish: [{ topic: 'mail/2', payload: 'lasting', qos: 1 }] },
      { wait: OVER },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true },
      { receive: 'reader', messages: [{ topic: 'mail/2', payload: 'lasting', qos: 1 }] },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
  {
    name: 'a retained message expires',
    statements: '5.0 [MQTT-3.3.2-5]',
    versions,
    needs: ['sendsProperties'],
    isSlow: true,
    isAboutStore: true,
    steps: [
      {
        publish: [
          {
            topic: 'lamp/1',
            payload: 'old',
            qos: 1,
            retain: true,
            properties: { messageExpiryInterval: SHORT },
          },
        ],
      },
      { wait: OVER },
      { subscribe: 'late', topicFilter: 'lamp/1', qos: 1 },
      { nothingMore: 'late', topic: 'lamp/1' },
    ],
  },
];

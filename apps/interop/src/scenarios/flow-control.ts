/**
 * More open messages than the other end takes: both ends must keep to Receive Maximum and lose nothing.
 */
import type { Scenario } from './scenario.ts';

/** More than any broker here takes at once. */
const MANY = Array.from({ length: 300 }, (_, index) => `message ${index + 1}`);

/** The stories: the publisher keeps to the broker's window, and the broker to the subscriber's. */
export const windows: readonly Scenario[] = [
  {
    name: '300 messages of QoS 2, more than the broker takes at once, all arrive in order',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-3.3.4-7]',
    needs: ['keepsWindow'],
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 0 },
      { publish: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { receive: 'reader', messages: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 0 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
  {
    name: '300 messages of QoS 2, more than the subscriber takes at once, arrive once and in order',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-3.3.4-9]',
    needs: ['keepsWindow'],
    asks: ['keepsWindow'],
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 2 },
      { publish: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { receive: 'reader', messages: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
];

/**
 * More open messages than the other end takes: both ends must keep to Receive Maximum and lose nothing.
 */
import type { Scenario } from './scenario.ts';

/** More than any broker here takes at once. */
const MANY = Array.from({ length: 300 }, (_, index) => `message ${index + 1}`);

/** The publisher keeps to the broker's window. */
export const publisherWindow: readonly Scenario[] = [
  {
    name: '300 messages of QoS 2, more than the broker takes at once, all arrive in order',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-3.3.4-7]',
    needs: ['keepsWindow'],
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 0 },
      { publish: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { receive: 'reader', messages: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 0 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
];

/**
 * The broker keeps to the subscriber's window. Mosquitto 2.0.11 does not always: it sends mosquitto_sub 5.0 more than
 * its Receive Maximum of 20 in about every second run, and mosquitto_sub ends with a protocol error. What cannot be
 * said to pass or to fail is no test, so this is played against our broker alone.
 */
export const subscriberWindow: readonly Scenario[] = [
  {
    name: '300 messages of QoS 2, more than the subscriber takes at once, arrive once and in order',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-3.3.4-9]',
    needs: ['keepsWindow'],
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 2 },
      { publish: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { receive: 'reader', messages: MANY.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
];

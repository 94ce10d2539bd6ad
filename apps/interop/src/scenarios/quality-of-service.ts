/**
 * QoS 0, 1 and 2 from a publisher to the broker and from the broker to a subscriber, and what happens between them.
 */
import type { Scenario } from './scenario.ts';

/** As many as Mosquitto takes at once (its Receive Maximum); MQTT.js sends all it is given. */
const ORDERED = Array.from({ length: 20 }, (_, index) => `message ${index + 1}`);

/** The stories. */
export const qualityOfService: readonly Scenario[] = [
  {
    name: 'QoS 0 both ways',
    statements: '3.1.1 [MQTT-4.3.1-1] 5.0 [MQTT-4.3.1-1]',
    isAboutTransport: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 0 },
      { publish: [{ topic: 'a/b', payload: 'zero', qos: 0 }] },
      { receive: 'reader', messages: [{ topic: 'a/b', payload: 'zero', qos: 0 }] },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
  {
    name: 'QoS 1 both ways',
    statements: '3.1.1 [MQTT-4.3.2-2] 5.0 [MQTT-4.3.2-4]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 1 },
      { publish: [{ topic: 'a/b', payload: 'one', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: 'a/b', payload: 'one', qos: 1 }] },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
  {
    name: 'QoS 2 both ways',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-4.3.3-8]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/b', qos: 2 },
      { publish: [{ topic: 'a/b', payload: 'two', qos: 2 }] },
      { receive: 'reader', messages: [{ topic: 'a/b', payload: 'two', qos: 2 }] },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
  {
    name: 'a subscription lowers QoS 2 to 1, and never raises 0',
    statements: '3.1.1 [MQTT-3.8.4-6] 5.0 [MQTT-3.8.4-8]',
    steps: [
      { subscribe: 'reader', topicFilter: 'a/+', qos: 1 },
      { publish: [{ topic: 'a/two', payload: 'sent with 2', qos: 2 }] },
      { receive: 'reader', messages: [{ topic: 'a/two', payload: 'sent with 2', qos: 1 }] },
      { publish: [{ topic: 'a/zero', payload: 'sent with 0', qos: 0 }] },
      { receive: 'reader', messages: [{ topic: 'a/zero', payload: 'sent with 0', qos: 0 }] },
    ],
  },
  {
    name: '20 messages of QoS 1 arrive in order',
    statements: '3.1.1 [MQTT-4.6.0-6] 5.0 [MQTT-4.6.0-5]',
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 1 },
      { publish: ORDERED.map((payload) => ({ topic: 'a/b', payload, qos: 1 })) },
      { receive: 'reader', messages: ORDERED.map((payload) => ({ topic: 'a/b', payload, qos: 1 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
  {
    name: '20 messages of QoS 2 arrive once and in order',
    statements: '3.1.1 [MQTT-4.3.3-2] 5.0 [MQTT-4.3.3-10]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'a/#', qos: 2 },
      { publish: ORDERED.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { receive: 'reader', messages: ORDERED.map((payload) => ({ topic: 'a/b', payload, qos: 2 })) },
      { nothingMore: 'reader', topic: 'a/b' },
    ],
  },
];

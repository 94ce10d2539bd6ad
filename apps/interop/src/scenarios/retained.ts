/**
 * Retained messages: kept for who comes later, replaced, removed.
 */
import type { Scenario } from './scenario.ts';

/** The stories. */
export const retained: readonly Scenario[] = [
  {
    name: 'a retained message waits for a new subscriber, with the QoS it was sent with',
    statements: '3.1.1 [MQTT-3.3.1-6] 5.0 [MQTT-3.3.1-9]',
    asks: ['retainedByWildcard'],
    isAboutStore: true,
    steps: [
      { publish: [{ topic: 'lamp/state', payload: 'on', qos: 2, retain: true }] },
      { subscribe: 'late', topicFilter: 'lamp/#', qos: 2 },
      { receive: 'late', messages: [{ topic: 'lamp/state', payload: 'on', qos: 2, retain: true }] },
      { nothingMore: 'late', topic: 'lamp/end' },
    ],
  },
  {
    name: 'who is subscribed already gets it without the retain flag',
    statements: '3.1.1 [MQTT-3.3.1-9] 5.0 [MQTT-3.3.1-12]',
    isAboutStore: true,
    steps: [
      { subscribe: 'early', topicFilter: 'lamp/+', qos: 1 },
      { publish: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: true }] },
      { receive: 'early', messages: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: false }] },
      { nothingMore: 'early', topic: 'lamp/end' },
    ],
  },
  {
    name: 'a later retained message replaces the earlier one',
    statements: '3.1.1 [MQTT-3.3.1-5] 5.0 [MQTT-3.3.1-5]',
    isAboutStore: true,
    steps: [
      { publish: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: true }] },
      { publish: [{ topic: 'lamp/state', payload: 'off', qos: 1, retain: true }] },
      { subscribe: 'late', topicFilter: 'lamp/state', qos: 1 },
      { receive: 'late', messages: [{ topic: 'lamp/state', payload: 'off', qos: 1, retain: true }] },
      { nothingMore: 'late', topic: 'lamp/state' },
    ],
  },
  {
    name: 'an empty payload removes it',
    statements: '3.1.1 [MQTT-3.3.1-10] 5.0 [MQTT-3.3.1-6]',
    isAboutStore: true,
    steps: [
      { subscribe: 'early', topicFilter: 'lamp/state', qos: 1 },
      { publish: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: true }] },
      { publish: [{ topic: 'lamp/state', payload: '', qos: 1, retain: true }] },
      {
        receive: 'early',
        messages: [
          { topic: 'lamp/state', payload: 'on', qos: 1 },
          { topic: 'lamp/state', payload: '', qos: 1 },
        ],
      },
      { subscribe: 'late', topicFilter: 'lamp/state', qos: 1 },
      { nothingMore: 'late', topic: 'lamp/state' },
    ],
  },
];

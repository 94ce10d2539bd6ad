/**
 * Requests and their answers (§4.10): a Response Topic, and Correlation Data that comes back.
 */
import type { Scenario } from './scenario.ts';

const versions = ['5.0'] as const;

/** The stories. */
export const requests: readonly Scenario[] = [
  {
    name: 'asks, and gets the answer',
    statements: '5.0 [MQTT-3.3.2-15] [MQTT-3.3.2-16]',
    versions,
    needs: ['requests'],
    steps: [
      { subscribe: 'service', topicFilter: 'double', qos: 1, witness: true },
      { ask: 'asker', topic: 'double', payload: '21' },
      { answer: 'service', payload: '42', witness: true },
      { answered: 'asker', payload: '42' },
    ],
  },
  {
    name: 'answers a request',
    statements: '5.0 [MQTT-3.3.2-15] [MQTT-3.3.2-16]',
    versions,
    needs: ['showsProperties', 'sendsProperties'],
    steps: [
      { subscribe: 'service', topicFilter: 'double', qos: 1 },
      { ask: 'asker', topic: 'double', payload: '21', witness: true },
      { answer: 'service', payload: '42' },
      { answered: 'asker', payload: '42' },
    ],
  },
];

/**
 * Shared subscriptions: each message goes to one of the group, and to everybody who is not in it.
 */
import type { Scenario } from './scenario.ts';

const JOBS = Array.from({ length: 10 }, (_, index) => ({
  topic: 'jobs/paint',
  payload: `job ${index + 1}`,
  qos: 1 as const,
}));

/** The stories. */
export const shared: readonly Scenario[] = [
  {
    name: 'each message goes to one of two who share a subscription, and to one who does not',
    statements: '5.0 [MQTT-4.8.2-3]',
    asks: ['sharedSubscriptions'],
    steps: [
      // A topic for each alone: on it nothing more is seen to come.
      { subscribe: 'one', topicFilter: ['$share/crew/jobs/#', 'one'], qos: 1 },
      { subscribe: 'two', topicFilter: ['$share/crew/jobs/#', 'two'], qos: 1 },
      { subscribe: 'foreman', topicFilter: 'jobs/#', qos: 1 },
      { publish: JOBS },
      { receive: 'foreman', messages: JOBS },
      { receiveAmong: ['one', 'two'], messages: JOBS },
      { nothingMore: 'one', topic: 'one' },
      { nothingMore: 'two', topic: 'two' },
    ],
  },
  {
    name: 'who shares a subscription alone gets everything, and when it leaves the other does',
    asks: ['sharedSubscriptions'],
    steps: [
      { subscribe: 'one', topicFilter: '$share/crew/jobs/#', qos: 1 },
      { publish: JOBS },
      { receive: 'one', messages: JOBS },
      { subscribe: 'two', topicFilter: '$share/crew/jobs/#', qos: 1 },
      { end: 'one' },
      { publish: JOBS },
      { receive: 'two', messages: JOBS },
      { nothingMore: 'two', topic: 'jobs/end' },
    ],
  },
];

/**
 * The Will Message: published when a client is gone without a DISCONNECT, and only then.
 */
import type { Scenario } from './scenario.ts';

/** The stories. */
export const wills: readonly Scenario[] = [
  {
    name: 'a will is published when a client is killed',
    statements: '3.1.1 [MQTT-3.1.2-8] 5.0 [MQTT-3.1.2-8]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'watcher', topicFilter: 'presence/#', qos: 2 },
      {
        subscribe: 'device',
        topicFilter: 'commands',
        qos: 0,
        will: { topic: 'presence/device', payload: 'gone', qos: 2 },
      },
      { kill: 'device' },
      { receive: 'watcher', messages: [{ topic: 'presence/device', payload: 'gone', qos: 2 }] },
      { nothingMore: 'watcher', topic: 'presence/end' },
    ],
  },
  {
    name: 'a will is retained when it asks for that',
    statements: '3.1.1 [MQTT-3.1.2-17] 5.0 [MQTT-3.1.2-15]',
    asks: ['retainedByWildcard'],
    isAboutStore: true,
    steps: [
      { subscribe: 'watcher', topicFilter: 'presence/#', qos: 1 },
      {
        subscribe: 'device',
        topicFilter: 'commands',
        qos: 0,
        will: { topic: 'presence/device', payload: 'gone', qos: 1, retain: true },
      },
      { kill: 'device' },
      { receive: 'watcher', messages: [{ topic: 'presence/device', payload: 'gone', qos: 1 }] },
      { subscribe: 'late', topicFilter: 'presence/#', qos: 1 },
      { receive: 'late', messages: [{ topic: 'presence/device', payload: 'gone', qos: 1, retain: true }] },
    ],
  },
  {
    name: 'no will after a DISCONNECT',
    statements: '3.1.1 [MQTT-3.14.4-3] 5.0 [MQTT-3.14.4-3]',
    needs: ['endsWithoutWill'],
    steps: [
      { subscribe: 'watcher', topicFilter: 'presence/#', qos: 1 },
      {
        subscribe: 'device',
        topicFilter: 'commands',
        qos: 0,
        will: { topic: 'presence/device', payload: 'gone', qos: 1 },
      },
      { end: 'device' },
      { nothingMore: 'watcher', topic: 'presence/end' },
    ],
  },
  {
    name: 'a DISCONNECT with 0x04 asks for the will',
    statements: '3.1.1 [MQTT-3.1.2-8] 5.0 [MQTT-3.1.2-8]',
    needs: ['endsWithWill'],
    steps: [
      { subscribe: 'watcher', topicFilter: 'presence/#', qos: 1 },
      {
        subscribe: 'device',
        topicFilter: 'commands',
        qos: 0,
        will: { topic: 'presence/device', payload: 'gone', qos: 1 },
      },
      { end: 'device' },
      { receive: 'watcher', messages: [{ topic: 'presence/device', payload: 'gone', qos: 1 }] },
      { nothingMore: 'watcher', topic: 'presence/end' },
    ],
  },
];

/**
 * The server ends in order and is started again: who comes back by itself, and what is still there.
 */
import type { Scenario } from './scenario.ts';

/** The stories. */
export const restarts: readonly Scenario[] = [
  {
    name: 'connects and subscribes again by itself when the server is back',
    needs: ['reconnects'],
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'news/#', qos: 1, reconnect: true },
      { publish: [{ topic: 'news/1', payload: 'before', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: 'news/1', payload: 'before', qos: 1 }] },
      { restart: 'broker' },
      { reach: 'reader', topic: 'news/probe' },
      { publish: [{ topic: 'news/2', payload: 'after', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: 'news/2', payload: 'after', qos: 1 }] },
      { nothingMore: 'reader', topic: 'news/end' },
    ],
  },
  {
    name: 'its connection ends when the server does',
    needs: ['showsClose'],
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'news/#', qos: 1 },
      { restart: 'broker' },
      { closed: 'reader' },
    ],
  },
  {
    name: 'a kept session and a retained message are there after the server was started again',
    statements: '3.1.1 [MQTT-4.1.0-1] 5.0 [MQTT-3.1.2-23]',
    asks: ['durability', 'retainedByWildcard'],
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 2, keep: true },
      { end: 'reader' },
      { publish: [{ topic: 'mail/1', payload: 'first', qos: 1 }] },
      { publish: [{ topic: 'mail/2', payload: 'second', qos: 2 }] },
      { publish: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: true }] },
      { restart: 'broker' },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 2, keep: true },
      {
        receive: 'reader',
        messages: [
          { topic: 'mail/1', payload: 'first', qos: 1 },
          { topic: 'mail/2', payload: 'second', qos: 2 },
        ],
      },
      { subscribe: 'late', topicFilter: 'lamp/+', qos: 1 },
      { receive: 'late', messages: [{ topic: 'lamp/state', payload: 'on', qos: 1, retain: true }] },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
  {
    name: 'who comes back by itself misses nothing that its kept session is owed',
    needs: ['reconnects'],
    asks: ['durability'],
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true, reconnect: true },
      { restart: 'broker' },
      { publish: [{ topic: 'mail/1', payload: 'while it comes back', qos: 1 }] },
      { receive: 'reader', messages: [{ topic: 'mail/1', payload: 'while it comes back', qos: 1 }] },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
];

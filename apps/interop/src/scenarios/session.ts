/**
 * Sessions: what is kept while a client is away, and what happens when its client id comes again.
 */
import type { Scenario } from './scenario.ts';

/** The stories. */
export const sessions: readonly Scenario[] = [
  {
    name: 'a kept session gets on reconnect what was queued while it was away',
    statements: '3.1.1 [MQTT-3.1.2-5] 5.0 [MQTT-3.1.2-23]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 2, keep: true },
      { end: 'reader' },
      { publish: [{ topic: 'mail/1', payload: 'first', qos: 1 }] },
      { publish: [{ topic: 'mail/2', payload: 'second', qos: 2 }] },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 2, keep: true },
      {
        receive: 'reader',
        messages: [
          { topic: 'mail/1', payload: 'first', qos: 1 },
          { topic: 'mail/2', payload: 'second', qos: 2 },
        ],
      },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
  {
    name: 'so does one whose client was killed',
    statements: '3.1.1 [MQTT-4.5.0-1] 5.0 [MQTT-4.5.0-1]',
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true },
      { kill: 'reader' },
      { publish: [{ topic: 'mail/1', payload: 'first', qos: 1 }] },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true },
      { receive: 'reader', messages: [{ topic: 'mail/1', payload: 'first', qos: 1 }] },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
  {
    name: 'a clean start finds nothing of the session before',
    statements: '3.1.1 [MQTT-3.1.2-6] 5.0 [MQTT-3.1.2-4]',
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true },
      { end: 'reader' },
      { publish: [{ topic: 'mail/1', payload: 'first', qos: 1 }] },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1 },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
  {
    name: 'takes over the client id of a connected client',
    statements: '3.1.1 [MQTT-3.1.4-2] 5.0 [MQTT-3.1.4-3]',
    isAboutTransport: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'older', topicFilter: 'news', qos: 1, witness: true },
      { subscribe: 'newer', topicFilter: 'news', qos: 1, clientIdOf: 'older' },
      { closed: 'older' },
      { publish: [{ topic: 'news', payload: 'for the newer one', qos: 1 }] },
      { receive: 'newer', messages: [{ topic: 'news', payload: 'for the newer one', qos: 1 }] },
    ],
  },
  {
    name: 'is closed when another takes over its client id',
    statements: '3.1.1 [MQTT-3.1.4-2] 5.0 [MQTT-3.1.4-3]',
    needs: ['showsClose'],
    isAboutTransport: true,
    steps: [
      { subscribe: 'older', topicFilter: 'news', qos: 1 },
      { subscribe: 'newer', topicFilter: 'news', qos: 1, clientIdOf: 'older', witness: true },
      { closed: 'older', reasonCode: 0x8e },
      { publish: [{ topic: 'news', payload: 'for the newer one', qos: 1 }] },
      { receive: 'newer', messages: [{ topic: 'news', payload: 'for the newer one', qos: 1 }] },
    ],
  },
];

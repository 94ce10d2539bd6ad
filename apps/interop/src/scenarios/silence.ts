/**
 * Time that passes: a connection on which nothing comes any more, a will that waits, a session that ends.
 */
import type { Scenario } from './scenario.ts';

/** Seconds; mosquitto_sub takes no less. */
const KEEP_ALIVE = 5;
/** Seconds that a will waits, and ms after which it would have come. */
const DELAY = 5;
const OVER = 7000;
/** ms after which a session that is to end after 1 s has ended. */
const ENDED = 4000;

const versions = ['5.0'] as const;
const watcher = { subscribe: 'watcher', topicFilter: 'presence/#', qos: 1 } as const;
const gone = { topic: 'presence/device', payload: 'gone', qos: 1 } as const;
const device = { subscribe: 'device', topicFilter: 'commands', qos: 0 } as const;

/** The stories. */
export const silence: readonly Scenario[] = [
  {
    name: 'the server publishes the will of a client that is silent for longer than its keep alive',
    statements: '3.1.1 [MQTT-3.1.2-24] 5.0 [MQTT-3.1.2-22]',
    isSlow: true,
    steps: [
      watcher,
      { ...device, keepAlive: KEEP_ALIVE, will: gone },
      { freeze: 'device' },
      { receive: 'watcher', messages: [gone] },
      { kill: 'device' },
    ],
  },
  {
    name: 'the client ends a connection on which no PINGRESP comes',
    needs: ['showsClose'],
    isSlow: true,
    steps: [{ ...device, keepAlive: KEEP_ALIVE }, { freeze: 'device' }, { closed: 'device' }],
  },
  {
    name: 'a client that has nothing to say keeps its connection with PINGREQ',
    statements: '3.1.1 [MQTT-3.1.2-23] 5.0 [MQTT-3.1.2-20]',
    isSlow: true,
    isTimed: true,
    steps: [
      { ...watcher, witness: true },
      { ...device, keepAlive: KEEP_ALIVE, will: gone },
      { wait: 2 * KEEP_ALIVE * 1000 },
      { publish: [{ topic: 'commands', payload: 'still there?' }] },
      { receive: 'device', messages: [{ topic: 'commands', payload: 'still there?' }] },
      { kill: 'device' },
      { receive: 'watcher', messages: [gone] },
      { nothingMore: 'watcher', topic: 'presence/end' },
    ],
  },
  {
    name: 'a will with a delay comes when it has passed, and not before',
    statements: '5.0 [MQTT-3.1.2-8]',
    versions,
    needs: ['willDelay'],
    isSlow: true,
    isTimed: true,
    isAboutStore: true,
    steps: [
      watcher,
      { ...device, keep: true, will: { ...gone, delay: DELAY } },
      { kill: 'device' },
      { nothingMore: 'watcher', topic: 'presence/between' },
      { receive: 'watcher', messages: [gone] },
    ],
  },
  {
    name: 'no will when the client is back before its delay has passed',
    statements: '5.0 [MQTT-3.1.3-9]',
    versions,
    needs: ['willDelay'],
    isSlow: true,
    isTimed: true,
    isAboutStore: true,
    steps: [
      watcher,
      { ...device, keep: true, will: { ...gone, delay: DELAY } },
      { kill: 'device' },
      { ...device, keep: true },
      { wait: OVER },
      { nothingMore: 'watcher', topic: 'presence/end' },
    ],
  },
  {
    name: 'a kept session ends when its expiry has passed',
    statements: '5.0 [MQTT-4.1.0-2]',
    versions,
    needs: ['sessionExpiry'],
    isSlow: true,
    isAboutStore: true,
    steps: [
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true, sessionExpiry: 1 },
      { end: 'reader' },
      { publish: [{ topic: 'mail/1', payload: 'for nobody', qos: 1 }] },
      { wait: ENDED },
      { subscribe: 'reader', topicFilter: 'mail/#', qos: 1, keep: true, sessionExpiry: 1 },
      { nothingMore: 'reader', topic: 'mail/end' },
    ],
  },
];

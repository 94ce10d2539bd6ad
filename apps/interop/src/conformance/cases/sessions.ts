/** Sessions (§3.1.2.4, §4.1): what is there again when a client comes back, and what is not. */
import type { Case, Step } from '../case.ts';
import { accepted, connect, KEPT, message } from '../packets.ts';

/** `a` subscribes with a session that is kept, and goes. */
const away: readonly Step[] = [
  { on: 'a', connect: KEPT },
  { on: 'a', subscribe: [{ topicFilter: 't', qos: 2 }] },
  { on: 'a', disconnect: true },
  { on: 'b', connect: {} },
];

/** Cases of sessions. */
export const sessionCases: readonly Case[] = [
  {
    name: 'the session goes on: Session Present 1, the subscription is there, and what came meanwhile',
    statements:
      '3.1.1 [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.2.2-2] [MQTT-3.1.4-3] [MQTT-4.1.0-1] [MQTT-4.5.0-1] 5.0 [MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-3.2.2-3] [MQTT-3.1.4-4] [MQTT-4.5.0-1]',
    steps: [
      away,
      { on: 'b', publish: { topic: 't', payload: '1', qos: 1 } },
      { on: 'b', publish: { topic: 't', payload: '2', qos: 2 } },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a2', expect: accepted(true) },
      { on: 'a2', expectInAnyOrder: [message('t', '1', { qos: 1 }), message('t', '2', { qos: 2 })] },
      { on: 'b', publish: { topic: 't', payload: '3' } },
      { on: 'a2', expect: message('t', '3', { qos: 0 }) },
    ],
  },
  {
    name: 'without a session there is a new one: Session Present 0',
    statements: '3.1.1 [MQTT-3.1.2-4] [MQTT-3.2.2-3] 5.0 [MQTT-3.1.2-6] [MQTT-3.2.2-3]',
    steps: [
      { on: 'a', open: true },
      { on: 'a', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a', expect: accepted(false) },
    ],
  },
  {
    name: 'a clean start throws the session away',
    statements:
      '3.1.1 [MQTT-3.1.2-6] [MQTT-3.2.2-1] [MQTT-3.1.4-3] 5.0 [MQTT-3.1.2-4] [MQTT-3.2.2-2] [MQTT-3.1.4-4]',
    steps: [
      away,
      { on: 'b', publish: { topic: 't', payload: 'old', qos: 1 } },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', cleanStart: true }) },
      { on: 'a2', expect: accepted(false) },
      { on: 'b', publish: { topic: 't', payload: 'new', qos: 1 } },
      { on: 'a2', quiet: true },
    ],
  },
  {
    name: 'a session of a clean start ends with its connection',
    statements: '3.1.1 [MQTT-3.1.2-6] [MQTT-3.2.2-3] 5.0 [MQTT-3.2.2-3] [MQTT-4.1.0-2]',
    steps: [
      { on: 'a', connect: { cleanStart: true } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'a', disconnect: true },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a2', expect: accepted(false) },
    ],
  },
  {
    name: 'a session lasts as long as its connection',
    statements: '3.1.1 [MQTT-4.1.0-2] 5.0 [MQTT-4.1.0-1]',
    steps: [
      { on: 'a', connect: { cleanStart: true, properties: { sessionExpiryInterval: 1 } } },
      { on: 'a', subscribe: ['t'] },
      { on: 'b', connect: {} },
      { pause: 2200, because: 'longer than the Session Expiry Interval' },
      { on: 'b', publish: { topic: 't', payload: '1' } },
      { on: 'a', expect: message('t', '1') },
    ],
  },
  {
    name: 'a session is discarded when its Session Expiry Interval is over',
    statements: '5.0 [MQTT-4.1.0-2]',
    steps: [
      { on: 'a', connect: { cleanStart: true, properties: { sessionExpiryInterval: 1 } } },
      { on: 'a', subscribe: [{ topicFilter: 't', qos: 1 }] },
      { on: 'a', disconnect: true },
      { pause: 3000, because: 'longer than the Session Expiry Interval' },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a2', expect: accepted(false) },
    ],
  },
  {
    name: 'a session is there before its Session Expiry Interval is over',
    statements: '5.0 [MQTT-3.1.2-23]',
    steps: [
      { on: 'a', connect: { cleanStart: true, properties: { sessionExpiryInterval: 30 } } },
      { on: 'a', cut: true },
      { on: 'a2', open: true },
      { on: 'a2', send: connect({ clientId: 'a', ...KEPT }) },
      { on: 'a2', expect: accepted(true) },
    ],
  },
];

/** MQTT over WebSocket (§6), for clients that have it. */
import { publish } from '../../packets.ts';
import type { ClientCase, Task } from '../client-case.ts';

const listening: Partial<Task> = { do: [{ subscribe: { topicFilter: 't', qos: 1 } }] };

/** Cases of WebSocket. */
export const webSocketCases: readonly ClientCase[] = [
  {
    name: 'the client offers the subprotocol mqtt',
    statements: '3.1.1 [MQTT-6.0.0-3] 5.0 [MQTT-6.0.0-3]',
    over: 'ws',
    task: listening,
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', subprotocol: 'mqtt' },
    ],
  },
  {
    name: 'a text frame from the server ends the connection',
    statements: '3.1.1 [MQTT-6.0.0-1] 5.0 [MQTT-6.0.0-1]',
    over: 'ws',
    task: listening,
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', text: 'hello' },
      { on: 'c', closes: {} },
    ],
  },
  {
    name: 'frames may hold a part of a packet, or several',
    statements: '3.1.1 [MQTT-6.0.0-2] 5.0 [MQTT-6.0.0-2]',
    over: 'ws',
    task: listening,
    steps: [
      { on: 'c', welcome: {} },
      { on: 'c', answer: 'SUBSCRIBE' },
      { on: 'c', split: publish('t', 'one', { qos: 1, packetId: 5 }) },
      { on: 'c', expect: { type: 'PUBACK', packetId: 5 } },
      { on: 'c', send: [6, 7].map((packetId) => publish('t', 'two', { qos: 1, packetId })) },
      { on: 'c', expect: [6, 7].map((packetId) => ({ type: 'PUBACK', packetId }) as const) },
    ],
  },
];

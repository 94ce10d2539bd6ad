/** MQTT over WebSocket (§6): frames are a byte stream in binary, and the subprotocol is mqtt. */
import type { Case } from '../case.ts';
import { accepted, connect, PINGREQ, PINGRESP } from '../packets.ts';

/** Cases of WebSocket; played where the address is one. */
export const webSocketCases: readonly Case[] = (
  [
    {
      name: 'the subprotocol that the server selects is mqtt',
      statements: '3.1.1 [MQTT-6.0.0-4] 5.0 [MQTT-6.0.0-4]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', subprotocol: 'mqtt' },
      ],
    },
    {
      name: 'a text frame ends the connection',
      statements: '3.1.1 [MQTT-6.0.0-1] 5.0 [MQTT-6.0.0-1]',
      steps: [
        { on: 'a', connect: {} },
        { on: 'a', text: 'hello' },
        { on: 'a', closes: {} },
      ],
    },
    {
      name: 'a frame holds several packets, or a part of one',
      statements: '3.1.1 [MQTT-6.0.0-2] 5.0 [MQTT-6.0.0-2]',
      steps: [
        { on: 'a', open: true },
        { on: 'a', split: connect({ clientId: 'a' }) },
        { on: 'a', expect: accepted(false) },
        { on: 'a', send: [PINGREQ, PINGREQ] },
        { on: 'a', expect: [PINGRESP, PINGRESP] },
      ],
    },
  ] satisfies readonly Case[]
).map((one: Case) => ({ ...one, needs: ['WebSocket'] as const }));

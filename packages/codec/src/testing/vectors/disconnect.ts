/**
 * DISCONNECT of every version and from both ends, byte by byte (§3.14).
 */
import type { Disconnect } from '../../packet.ts';
import { invalid, type Vector, valid } from '../vector.ts';

const v5: Disconnect<5> = { type: 'DISCONNECT', reasonCode: 0x00 };

/** DISCONNECT. */
export const disconnect: readonly Vector[] = [
  ...valid(3, [['two bytes', 'MQTT-3.14.4-1', 'e0 00', { type: 'DISCONNECT' }]]),
  ...valid(4, [
    ['two bytes', 'MQTT-3.14.4-1', 'e0 00', { type: 'DISCONNECT' }],
    ['from a client', 'MQTT-3.14.4-3', 'e0 00', { type: 'DISCONNECT' }, { role: 'server' }],
  ]),
  ...invalid(3, 0x81, [['fixed-header flags 0001', 'MQTT-3.14.1-1', 'e1 00', 0]]),
  ...invalid(4, 0x81, [
    ['fixed-header flags 0001', 'MQTT-3.14.1-1', 'e1 00', 0],
    ['fixed-header flags 0010', 'MQTT-3.14.1-1', 'e2 00', 0],
    ['a reason code, which 3.1.1 has not', 'A26', 'e0 01 00', 2],
    ['reason code and properties, which 3.1.1 has not', 'A30', 'e0 02 00 00', 2],
  ]),
  ...invalid(4, 0x82, [['from a server, which 3.1.1 has not', 'A19', 'e0 00', 0, { role: 'client' }]]),
  ...valid(5, [
    ['no byte', 'A27', 'e0 00', v5],
    ['one byte', 'A27', 'e0 01 00', v5, { canonical: 'e0 00' }],
    ['all fields', 'MQTT-3.14.4-3', 'e0 02 00 00', v5, { canonical: 'e0 00' }],
    ['one byte, Disconnect with Will Message', 'A27', 'e0 01 04', { ...v5, reasonCode: 0x04 }],
    [
      'Disconnect with Will Message',
      'MQTT-3.14.4-3',
      'e0 02 04 00',
      { ...v5, reasonCode: 0x04 },
      { canonical: 'e0 01 04', role: 'server' },
    ],
    ['Unspecified error', 'MQTT-4.13.2-1', 'e0 01 80', { ...v5, reasonCode: 0x80 }],
    ['Malformed Packet', 'MQTT-4.13.1-1', 'e0 01 81', { ...v5, reasonCode: 0x81 }],
    ['Protocol Error', 'MQTT-4.13.1-1', 'e0 01 82', { ...v5, reasonCode: 0x82 }],
    [
      'Session taken over, from a server',
      'MQTT-3.1.4-3',
      'e0 01 8e',
      { ...v5, reasonCode: 0x8e },
      { role: 'client' },
    ],
    [
      'Server shutting down, from a server',
      'MQTT-4.13.2-1',
      'e0 01 8b',
      { ...v5, reasonCode: 0x8b },
      { role: 'client' },
    ],
    [
      'Keep Alive timeout, from a server',
      'MQTT-3.1.2-22',
      'e0 01 8d',
      { ...v5, reasonCode: 0x8d },
      { role: 'client' },
    ],
    ['Receive Maximum exceeded', 'MQTT-3.3.4-9', 'e0 01 93', { ...v5, reasonCode: 0x93 }],
    ['Topic Alias invalid', 'MQTT-3.3.2-8', 'e0 01 94', { ...v5, reasonCode: 0x94 }],
    ['Packet too large', 'MQTT-3.2.2-15', 'e0 01 95', { ...v5, reasonCode: 0x95 }],
    [
      'Wildcard Subscriptions not supported, from a server',
      'MQTT-4.13.2-1',
      'e0 01 a2',
      { ...v5, reasonCode: 0xa2 },
      { role: 'client' },
    ],
    [
      'Session Expiry Interval, from a client',
      'MQTT-3.14.2-2',
      'e0 07 00 05 11 00 00 00 78',
      { ...v5, properties: { sessionExpiryInterval: 120 } },
      { role: 'server' },
    ],
    [
      'Session Expiry Interval for ever',
      'MQTT-3.1.2-23',
      'e0 07 04 05 11 ff ff ff ff',
      { ...v5, reasonCode: 0x04, properties: { sessionExpiryInterval: 0xffff_ffff } },
    ],
    [
      'Reason String',
      'MQTT-3.14.2-3',
      'e0 08 98 06 1f 00 03 "bye"',
      { ...v5, reasonCode: 0x98, properties: { reasonString: 'bye' } },
    ],
    [
      'User Properties',
      'MQTT-3.14.2-4',
      'e0 10 00 0e 26 00 01 "k" 00 01 "v" 26 00 01 "k" 00 01 "v"',
      {
        ...v5,
        properties: {
          userProperties: [
            ['k', 'v'],
            ['k', 'v'],
          ],
        },
      },
    ],
    [
      'Server Reference, from a server',
      'MQTT-4.13.2-1',
      'e0 13 9c 11 1c 00 0e "b.example:1883"',
      { ...v5, reasonCode: 0x9c, properties: { serverReference: 'b.example:1883' } },
      { role: 'client' },
    ],
    [
      'Server moved',
      'MQTT-4.13.2-1',
      'e0 0e 9d 0c 1c 00 09 "b.example"',
      { ...v5, reasonCode: 0x9d, properties: { serverReference: 'b.example' } },
    ],
    [
      'every property',
      'MQTT-3.14.2-3',
      'e0 16 00 14 11 00 00 00 01 1c 00 01 "s" 1f 00 01 "r" 26 00 01 "k" 00 01 "v"',
      {
        ...v5,
        properties: {
          sessionExpiryInterval: 1,
          serverReference: 's',
          reasonString: 'r',
          userProperties: [['k', 'v']],
        },
      },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['fixed-header flags 0001', 'MQTT-3.14.1-1', 'e1 00', 0],
    ['fixed-header flags 0010', 'MQTT-3.14.1-1', 'e2 02 00 00', 0],
    ['undefined reason code 0x01', 'MQTT-3.14.2-1', 'e0 01 01', 2],
    ['undefined reason code 0x42', 'MQTT-3.14.2-1', 'e0 02 42 00', 2],
    ['reason code of another packet: 0x92', 'MQTT-3.14.2-1', 'e0 01 92', 2],
    ['reason code of another packet: 0x18', 'MQTT-3.14.2-1', 'e0 01 18', 2],
    ['property length past the end', 'A12', 'e0 02 00 20', 3],
    ['property length not minimal', 'MQTT-1.5.5-1', 'e0 03 00 80 00', 3],
    ['a byte after the properties', 'A26', 'e0 03 00 00 00', 4],
    ['Session Expiry Interval cut short', 'A13', 'e0 06 00 04 11 00 00 00', 7],
    ['Reason String of ill-formed UTF-8', 'MQTT-1.5.4-1', 'e0 08 00 06 1f 00 03 ed a0 80', 7],
    ['Reason String with U+0000', 'MQTT-1.5.4-2', 'e0 06 00 04 1f 00 01 00', 7],
    ['unknown property 0x1d', 'A14', 'e0 04 00 02 1d 00', 4],
  ]),
  ...invalid(5, 0x82, [
    ['Session taken over, from a client', 'MQTT-3.14.2-1', 'e0 01 8e', 2, { role: 'server' }],
    ['Server busy, from a client', 'MQTT-3.14.2-1', 'e0 02 89 00', 2, { role: 'server' }],
    ['Disconnect with Will Message, from a server', 'MQTT-3.14.2-1', 'e0 01 04', 2, { role: 'client' }],
    [
      'Session Expiry Interval, from a server',
      'MQTT-3.14.2-2',
      'e0 07 00 05 11 00 00 00 78',
      9,
      { role: 'client' },
    ],
    ['Session Expiry Interval twice', 'A16', 'e0 0c 00 0a 11 00 00 00 01 11 00 00 00 01', 9],
    ['Reason String twice', 'A16', 'e0 0a 00 08 1f 00 01 "a" 1f 00 01 "b"', 8],
    ['Receive Maximum', 'A15', 'e0 05 00 03 21 00 01', 4],
    ['Will Delay Interval', 'A15', 'e0 07 00 05 18 00 00 00 01', 4],
  ]),
];

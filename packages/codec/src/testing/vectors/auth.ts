/**
 * AUTH, byte by byte; 3.x has no such packet (§3.15).
 */
import type { Auth } from '../../packet.ts';
import { binary, invalid, text, type Vector, valid } from '../vector.ts';

const success: Auth<5> = { type: 'AUTH', reasonCode: 0x00 };
const go: Auth<5> = { type: 'AUTH', reasonCode: 0x18, properties: { authenticationMethod: 'm' } };

/** AUTH. */
export const auth: readonly Vector[] = [
  ...invalid(3, 0x81, [['in 3.1', 'A18', 'f0 00', 0]]),
  ...invalid(4, 0x81, [
    ['in 3.1.1', 'A18', 'f0 00', 0],
    ['in 3.1.1, with a body', 'A18', 'f0 06 18 04 15 00 01 "m"', 0],
    ['in 3.1.1, refused on its first byte', 'A18', 'f0', 0],
  ]),
  ...valid(5, [
    ['no byte', 'A27', 'f0 00', success],
    ['Success, all fields', 'MQTT-3.15.2-1', 'f0 02 00 00', success, { canonical: 'f0 00' }],
    [
      'Success from a server',
      'MQTT-3.15.2-1',
      'f0 06 00 04 15 00 01 "m"',
      { ...success, properties: { authenticationMethod: 'm' } },
      { role: 'client' },
    ],
    [
      'Continue authentication from a server',
      'MQTT-4.12.0-2',
      'f0 06 18 04 15 00 01 "m"',
      go,
      { role: 'client' },
    ],
    [
      'Continue authentication from a client',
      'MQTT-4.12.0-3',
      'f0 0a 18 08 15 00 01 "m" 16 00 01 "d"',
      { ...go, properties: { authenticationMethod: 'm', authenticationData: text('d') } },
      { role: 'server' },
    ],
    [
      'Re-authenticate from a client',
      'MQTT-4.12.1-1',
      'f0 06 19 04 15 00 01 "m"',
      { ...go, reasonCode: 0x19 },
      { role: 'server' },
    ],
    [
      'Authentication Data that is not text',
      'MQTT-4.12.0-2',
      'f0 0d 18 0b 15 00 01 "m" 16 00 04 00 ff c0 80',
      { ...go, properties: { authenticationMethod: 'm', authenticationData: binary(0, 0xff, 0xc0, 0x80) } },
    ],
    [
      'Authentication Data that is empty',
      'MQTT-4.12.0-2',
      'f0 09 18 07 15 00 01 "m" 16 00 00',
      { ...go, properties: { authenticationMethod: 'm', authenticationData: binary() } },
    ],
    [
      'Reason String',
      'MQTT-3.15.2-2',
      'f0 0c 18 0a 15 00 01 "m" 1f 00 03 "why"',
      { ...go, properties: { authenticationMethod: 'm', reasonString: 'why' } },
    ],
    [
      'User Properties',
      'MQTT-3.15.2-3',
      'f0 14 18 12 15 00 01 "m" 26 00 01 "k" 00 01 "v" 26 00 01 "k" 00 01 "v"',
      {
        ...go,
        properties: {
          authenticationMethod: 'm',
          userProperties: [
            ['k', 'v'],
            ['k', 'v'],
          ],
        },
      },
    ],
    [
      'every property',
      'MQTT-3.15.2-3',
      'f0 15 18 13 15 00 01 "m" 16 00 01 "d" 1f 00 01 "r" 26 00 01 "k" 00 01 "v"',
      {
        ...go,
        properties: {
          authenticationMethod: 'm',
          authenticationData: text('d'),
          reasonString: 'r',
          userProperties: [['k', 'v']],
        },
      },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['fixed-header flags 0001', 'MQTT-3.15.1-1', 'f1 00', 0],
    ['fixed-header flags 0010', 'MQTT-3.15.1-1', 'f2 00', 0],
    ['fixed-header flags 1000', 'MQTT-3.15.1-1', 'f8 00', 0],
    ['undefined reason code 0x01', 'MQTT-3.15.2-1', 'f0 06 01 04 15 00 01 "m"', 2],
    ['reason code of another packet: 0x80', 'MQTT-3.15.2-1', 'f0 06 80 04 15 00 01 "m"', 2],
    ['no property length', 'A12', 'f0 01 18', 3],
    ['property length past the end', 'A12', 'f0 02 18 05', 3],
    ['a byte after the properties', 'A26', 'f0 07 18 04 15 00 01 "m" 00', 8],
    ['Authentication Method cut short', 'A13', 'f0 06 18 04 15 00 09 "m"', 5],
    ['Authentication Method of ill-formed UTF-8', 'MQTT-1.5.4-1', 'f0 06 18 04 15 00 01 ff', 7],
    ['unknown property 0x14', 'A14', 'f0 04 18 02 14 00', 4],
  ]),
  ...invalid(5, 0x82, [
    ['Success from a client', 'MQTT-3.15.2-1', 'f0 06 00 04 15 00 01 "m"', 2, { role: 'server' }],
    [
      "no byte, from a client: Success is the server's to say",
      'MQTT-3.15.2-1',
      'f0 00',
      2,
      { role: 'server' },
    ],
    ['Re-authenticate from a server', 'MQTT-3.15.2-1', 'f0 06 19 04 15 00 01 "m"', 2, { role: 'client' }],
    ['Continue authentication without method', 'C23', 'f0 02 18 00', 4],
    ['Re-authenticate without method', 'C23', 'f0 06 19 04 1f 00 01 "r"', 8],
    ['Authentication Data without method', 'C23', 'f0 06 18 04 16 00 01 "d"', 8],
    ['Authentication Method twice', 'A16', 'f0 0a 18 08 15 00 01 "m" 15 00 01 "m"', 8],
    ['Authentication Data twice', 'A16', 'f0 0e 18 0c 15 00 01 "m" 16 00 01 "d" 16 00 01 "d"', 12],
    ['Session Expiry Interval', 'A15', 'f0 0b 18 09 15 00 01 "m" 11 00 00 00 01', 8],
    ['Server Reference', 'A15', 'f0 0a 18 08 15 00 01 "m" 1c 00 01 "s"', 8],
  ]),
];

/**
 * SUBACK of every version, byte by byte: reason codes in the filters' order, properties, faults (§3.9).
 */
import type { Suback } from '../../packet.ts';
import { invalid, type Vector, valid } from '../vector.ts';

const v3: Suback<3> = { type: 'SUBACK', packetId: 10, reasonCodes: [0] };
const v4: Suback<4> = { type: 'SUBACK', packetId: 10, reasonCodes: [0] };
const v5: Suback<5> = { type: 'SUBACK', packetId: 10, reasonCodes: [0] };

/** SUBACK. */
export const suback: readonly Vector[] = [
  ...valid(3, [
    ['granted QoS 0', 'MQTT-3.8.4-2', '90 03 00 0a 00', v3],
    ['granted QoS 2, 1, 0', 'MQTT-3.9.3-1', '90 05 00 0a 02 01 00', { ...v3, reasonCodes: [2, 1, 0] }],
  ]),
  ...invalid(3, 0x81, [
    ['failure, which 3.1 has not', 'A24', '90 03 00 0a 80', 4],
    ['return code 3', 'A24', '90 03 00 0a 03', 4],
    ['packet id 0', 'MQTT-2.3.1-1', '90 03 00 00 00', 2],
  ]),
  ...valid(4, [
    ['granted QoS 0', 'MQTT-3.8.4-2', '90 03 00 0a 00', v4],
    ['granted QoS 1', 'MQTT-3.8.4-6', '90 03 00 0a 01', { ...v4, reasonCodes: [1] }],
    ['granted QoS 2', 'MQTT-3.8.4-6', '90 03 00 0a 02', { ...v4, reasonCodes: [2] }],
    ['failure', 'MQTT-3.9.3-2', '90 03 00 0a 80', { ...v4, reasonCodes: [0x80] }],
    [
      'four codes in order',
      'MQTT-3.8.4-5',
      '90 06 00 0a 00 80 02 01',
      { ...v4, reasonCodes: [0, 0x80, 2, 1] },
    ],
    ['highest packet id', 'MQTT-2.3.1-7', '90 03 ff ff 00', { ...v4, packetId: 65_535 }],
  ]),
  ...invalid(4, 0x81, [
    ['return code 3', 'MQTT-3.9.3-2', '90 03 00 0a 03', 4],
    ['return code 0x81', 'MQTT-3.9.3-2', '90 03 00 0a 81', 4],
    ['return code 0x87, which is 5.0', 'MQTT-3.9.3-2', '90 03 00 0a 87', 4],
    ['return code 3 after a good one', 'MQTT-3.9.3-2', '90 04 00 0a 01 03', 5],
    ['packet id 0', 'MQTT-2.3.1-1', '90 03 00 00 00', 2],
    ['nothing at all', 'A09', '90 00', 2],
    ['half a packet id', 'A09', '90 01 00', 2],
    ['no return code', 'K03', '90 02 00 0a', 4],
    ['fixed-header flags 0010', 'MQTT-2.2.2-2', '92 03 00 0a 00', 0],
  ]),
  ...valid(5, [
    ['granted QoS 0', 'MQTT-3.8.4-2', '90 04 00 0a 00 00', v5],
    ['granted QoS 1', 'MQTT-3.8.4-7', '90 04 00 0a 00 01', { ...v5, reasonCodes: [1] }],
    ['granted QoS 2', 'MQTT-3.8.4-7', '90 04 00 0a 00 02', { ...v5, reasonCodes: [2] }],
    ['unspecified error', 'MQTT-3.9.3-2', '90 04 00 0a 00 80', { ...v5, reasonCodes: [0x80] }],
    ['not authorized', 'MQTT-3.9.3-2', '90 04 00 0a 00 87', { ...v5, reasonCodes: [0x87] }],
    ['topic filter invalid', 'MQTT-3.9.3-2', '90 04 00 0a 00 8f', { ...v5, reasonCodes: [0x8f] }],
    ['packet identifier in use', 'MQTT-3.9.3-2', '90 04 00 0a 00 91', { ...v5, reasonCodes: [0x91] }],
    [
      'shared subscriptions not supported',
      'MQTT-3.9.3-2',
      '90 04 00 0a 00 9e',
      { ...v5, reasonCodes: [0x9e] },
    ],
    [
      'wildcard subscriptions not supported',
      'MQTT-3.9.3-2',
      '90 04 00 0a 00 a2',
      { ...v5, reasonCodes: [0xa2] },
    ],
    [
      'five codes in order',
      'MQTT-3.9.3-1',
      '90 08 00 0a 00 02 87 00 97 01',
      { ...v5, reasonCodes: [2, 0x87, 0, 0x97, 1] },
    ],
    [
      'Reason String',
      'MQTT-3.9.2-1',
      '90 09 00 0a 05 1f 00 02 "no" 83',
      { ...v5, reasonCodes: [0x83], properties: { reasonString: 'no' } },
    ],
    [
      'User Properties',
      'MQTT-3.9.2-2',
      '90 12 00 0a 0e 26 00 01 "k" 00 01 "v" 26 00 01 "a" 00 01 "b" 00',
      {
        ...v5,
        properties: {
          userProperties: [
            ['k', 'v'],
            ['a', 'b'],
          ],
        },
      },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['undefined reason code 3', 'MQTT-3.9.3-2', '90 04 00 0a 00 03', 5],
    ['reason code of another packet: 0x11', 'MQTT-3.9.3-2', '90 04 00 0a 00 11', 5],
    ['reason code of another packet: 0x8e', 'MQTT-3.9.3-2', '90 04 00 0a 00 8e', 5],
    ['packet id 0', 'A23', '90 04 00 00 00 00', 2],
    ['half a packet id', 'A09', '90 01 00', 2],
    ['no property length', 'A12', '90 02 00 0a', 4],
    ['no reason code', 'K03', '90 03 00 0a 00', 5],
    ['property length past the end', 'A12', '90 04 00 0a 02 1f', 4],
    ['Reason String cut short', 'A13', '90 07 00 0a 03 1f 00 05 00', 6],
    ['unknown property 0x3f', 'A14', '90 06 00 0a 02 3f 00 00', 5],
    ['fixed-header flags 0001', 'MQTT-2.1.3-1', '91 04 00 0a 00 00', 0],
  ]),
  ...invalid(5, 0x82, [
    ['Reason String twice', 'A16', '90 0c 00 0a 08 1f 00 01 "a" 1f 00 01 "a" 00', 9],
    ['Subscription Identifier', 'A15', '90 06 00 0a 02 0b 01 00', 5],
    ['Assigned Client Identifier', 'A15', '90 08 00 0a 04 12 00 01 "x" 00', 5],
  ]),
];

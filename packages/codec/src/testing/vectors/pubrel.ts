/**
 * PUBREL of every version, byte by byte: short and long form, reason codes, properties, faults (§3.6).
 */
import type { Pubrel } from '../../packet.ts';
import { invalid, type Vector, valid } from '../vector.ts';

const old: Pubrel<4> = { type: 'PUBREL', packetId: 0x1234 };
const v5: Pubrel<5> = { type: 'PUBREL', packetId: 0x1234, reasonCode: 0x00 };

/** PUBREL. */
export const pubrel: readonly Vector[] = [
  ...valid(3, [
    ['two bytes', 'MQTT-4.3.3-1', '62 02 12 34', old],
    ['DUP (3.1 allows it)', 'MQTT-4.4.0-1', '6a 02 12 34', old, { canonical: '62 02 12 34' }],
  ]),
  ...invalid(3, 0x81, [
    ['packet id 0', 'MQTT-2.3.1-1', '62 02 00 00', 2],
    ['one byte', 'A09', '62 01 12', 2],
    ['a third byte', 'A26', '62 03 12 34 00', 4],
    ['fixed-header flags 0011', 'MQTT-3.6.1-1', '63 02 12 34', 0],
  ]),
  ...valid(4, [
    ['two bytes', 'MQTT-2.3.1-6', '62 02 12 34', old],
    ['lowest packet id', 'MQTT-2.3.1-6', '62 02 00 01', { ...old, packetId: 1 }],
    ['highest packet id', 'MQTT-2.3.1-6', '62 02 ff ff', { ...old, packetId: 65_535 }],
  ]),
  ...invalid(4, 0x81, [
    ['packet id 0', 'MQTT-2.3.1-1', '62 02 00 00', 2],
    ['nothing at all', 'A09', '62 00', 2],
    ['half a packet id', 'A09', '62 01 12', 2],
    ['a reason code, which 3.1.1 has not', 'A26', '62 03 12 34 00', 4],
    ['reason code and properties, which 3.1.1 has not', 'A30', '62 04 12 34 00 00', 4],
    ['fixed-header flags 0000', 'MQTT-3.6.1-1', '60 02 12 34', 0],
    ['fixed-header flags 0001', 'MQTT-3.6.1-1', '61 02 12 34', 0],
    ['fixed-header flags 1010', 'MQTT-3.6.1-1', '6a 02 12 34', 0],
  ]),
  ...valid(5, [
    ['two bytes', 'A27', '62 02 12 34', v5],
    ['three bytes', 'A27', '62 03 12 34 00', v5, { canonical: '62 02 12 34' }],
    ['all fields', 'MQTT-4.3.3-4', '62 04 12 34 00 00', v5, { canonical: '62 02 12 34' }],
    ['highest packet id', 'MQTT-2.2.1-5', '62 02 ff ff', { ...v5, packetId: 65_535 }],
    ['reason code 0x92', 'MQTT-3.6.2-1', '62 03 12 34 92', { ...v5, reasonCode: 0x92 }],
    [
      'reason code 0x92 and no properties',
      'MQTT-3.6.2-1',
      '62 04 12 34 92 00',
      { ...v5, reasonCode: 0x92 },
      { canonical: '62 03 12 34 92' },
    ],
    [
      'Reason String',
      'MQTT-3.6.2-2',
      '62 0a 12 34 92 06 1f 00 03 "why"',
      { ...v5, reasonCode: 0x92, properties: { reasonString: 'why' } },
    ],
    [
      'Reason String with Success',
      'MQTT-3.6.2-2',
      '62 07 12 34 00 03 1f 00 00',
      { ...v5, properties: { reasonString: '' } },
    ],
    [
      'User Properties',
      'MQTT-3.6.2-3',
      '62 12 12 34 00 0e 26 00 01 "k" 00 01 "v" 26 00 01 "k" 00 01 "v"',
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
      'Reason String and User Property',
      'MQTT-3.6.2-3',
      '62 10 12 34 92 0c 1f 00 03 "why" 26 00 01 "k" 00 00',
      { ...v5, reasonCode: 0x92, properties: { reasonString: 'why', userProperties: [['k', '']] } },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['packet id 0', 'A23', '62 02 00 00', 2],
    ['packet id 0, all fields', 'A23', '62 04 00 00 00 00', 2],
    ['nothing at all', 'A09', '62 00', 2],
    ['half a packet id', 'A09', '62 01 12', 2],
    ['undefined reason code 0x42', 'MQTT-3.6.2-1', '62 03 12 34 42', 4],
    ['undefined reason code 0xff, all fields', 'MQTT-3.6.2-1', '62 04 12 34 ff 00', 4],
    ['reason code of another packet: 0x10', 'MQTT-3.6.2-1', '62 03 12 34 10', 4],
    ['reason code of another packet: 0x91', 'MQTT-3.6.2-1', '62 03 12 34 91', 4],
    ['reason code of another packet: 0x97', 'MQTT-3.6.2-1', '62 03 12 34 97', 4],
    ['property length past the end', 'A12', '62 04 12 34 00 01', 5],
    ['property length not minimal', 'MQTT-1.5.5-1', '62 05 12 34 00 80 00', 5],
    ['a byte after the properties', 'A26', '62 05 12 34 00 00 00', 6],
    ['Reason String cut short', 'A13', '62 08 12 34 00 04 1f 00 04 "w"', 7],
    ['Reason String of ill-formed UTF-8', 'MQTT-1.5.4-1', '62 09 12 34 00 05 1f 00 02 c3 28', 9],
    ['unknown property 0x7e', 'A14', '62 06 12 34 00 02 7e 00', 6],
    ['fixed-header flags 0000', 'MQTT-3.6.1-1', '60 02 12 34', 0],
    ['fixed-header flags 0001', 'MQTT-3.6.1-1', '61 02 12 34', 0],
    ['fixed-header flags 1010', 'MQTT-3.6.1-1', '6a 02 12 34', 0],
  ]),
  ...invalid(5, 0x82, [
    ['Reason String twice', 'A16', '62 0c 12 34 00 08 1f 00 01 "a" 1f 00 01 "b"', 10],
    ['Content Type', 'A15', '62 08 12 34 00 04 03 00 01 "t"', 6],
    ['Topic Alias', 'A15', '62 07 12 34 00 03 23 00 01', 6],
    ['Server Reference', 'A15', '62 08 12 34 00 04 1c 00 01 "s"', 6],
  ]),
];

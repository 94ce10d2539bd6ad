/**
 * UNSUBSCRIBE and UNSUBACK of every version, byte by byte (§3.10, §3.11).
 */
import type { Unsuback, Unsubscribe } from '../../packet.ts';
import { invalid, type Vector, valid } from '../vector.ts';

const old: Unsubscribe<4> = { type: 'UNSUBSCRIBE', packetId: 10, topicFilters: ['a/b'] };
const v5: Unsubscribe<5> = { type: 'UNSUBSCRIBE', packetId: 10, topicFilters: ['a/b'] };
const ack: Unsuback<4> = { type: 'UNSUBACK', packetId: 10 };
const ack5: Unsuback<5> = { type: 'UNSUBACK', packetId: 10, reasonCodes: [0x00] };

/** UNSUBSCRIBE. */
export const unsubscribe: readonly Vector[] = [
  ...valid(3, [
    ['one filter', 'MQTT-3.10.3-1', 'a2 07 00 0a 00 03 "a/b"', old],
    [
      'DUP (3.1 allows it)',
      'MQTT-3.10.1-1',
      'aa 07 00 0a 00 03 "a/b"',
      old,
      { canonical: 'a2 07 00 0a 00 03 "a/b"' },
    ],
  ]),
  ...invalid(3, 0x81, [
    ['fixed-header flags 0000', 'MQTT-3.10.1-1', 'a0 07 00 0a 00 03 "a/b"', 0],
    ['packet id 0', 'MQTT-2.3.1-1', 'a2 07 00 00 00 03 "a/b"', 2],
  ]),
  ...valid(4, [
    ['one filter', 'MQTT-3.10.4-4', 'a2 07 00 0a 00 03 "a/b"', old],
    [
      'three filters in order, one twice',
      'MQTT-3.10.4-6',
      'a2 0b 00 0a 00 01 "b" 00 01 "a" 00 01 "b"',
      { ...old, topicFilters: ['b', 'a', 'b'] },
    ],
    [
      'wildcards',
      'MQTT-3.10.4-1',
      'a2 0a 00 0a 00 03 "+/#" 00 01 "#"',
      { ...old, topicFilters: ['+/#', '#'] },
    ],
    ['highest packet id', 'MQTT-2.3.1-1', 'a2 07 ff ff 00 03 "a/b"', { ...old, packetId: 65_535 }],
    [
      'filter that begins with U+FEFF',
      'MQTT-1.5.3-3',
      'a2 08 00 0a 00 04 ef bb bf "a"',
      { ...old, topicFilters: ['\uFEFFa'] },
    ],
    [
      'filter a#: the server answers for it',
      'B09',
      'a2 06 00 0a 00 02 "a#"',
      { ...old, topicFilters: ['a#'] },
      { refused: 0x8f },
    ],
    [
      'empty filter: the server answers for it',
      'MQTT-4.7.3-1',
      'a2 04 00 0a 00 00',
      { ...old, topicFilters: [''] },
      { refused: 0x81 },
    ],
  ]),
  ...invalid(4, 0x81, [
    ['fixed-header flags 0000', 'MQTT-3.10.1-1', 'a0 07 00 0a 00 03 "a/b"', 0],
    ['fixed-header flags 1010', 'MQTT-3.10.1-1', 'aa 07 00 0a 00 03 "a/b"', 0],
    ['packet id 0', 'MQTT-2.3.1-1', 'a2 07 00 00 00 03 "a/b"', 2],
    ['nothing at all', 'A09', 'a2 00', 2],
    ['half a packet id', 'A09', 'a2 01 00', 2],
    ['half a filter length', 'A09', 'a2 03 00 0a 00', 4],
    ['filter cut short', 'A09', 'a2 06 00 0a 00 03 "a/"', 4],
    ['a byte after the last filter', 'A26', 'a2 08 00 0a 00 03 "a/b" 00', 9],
    ['filter of ill-formed UTF-8', 'MQTT-1.5.3-1', 'a2 06 00 0a 00 02 c0 80', 6],
    ['filter with U+0000', 'MQTT-1.5.3-2', 'a2 07 00 0a 00 03 "a" 00 "b"', 6],
  ]),
  ...invalid(4, 0x82, [['no filter', 'MQTT-3.10.3-2', 'a2 02 00 0a', 4]]),
  ...valid(5, [
    ['one filter', 'MQTT-3.10.4-4', 'a2 08 00 0a 00 00 03 "a/b"', v5],
    [
      'two filters in order',
      'MQTT-3.10.4-6',
      'a2 09 00 0a 00 00 01 "b" 00 01 "a"',
      { ...v5, topicFilters: ['b', 'a'] },
    ],
    [
      'shared filter',
      'MQTT-4.8.2-1',
      'a2 11 00 0a 00 00 0c "$share/g/a/#"',
      { ...v5, topicFilters: ['$share/g/a/#'] },
    ],
    [
      'User Properties',
      'MQTT-1.5.7-1',
      'a2 16 00 0a 0e 26 00 01 "k" 00 01 "v" 26 00 01 "k" 00 01 "v" 00 03 "a/b"',
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
      'filter +a: the server answers for it',
      'B09',
      'a2 07 00 0a 00 00 02 "+a"',
      { ...v5, topicFilters: ['+a'] },
      { refused: 0x8f },
    ],
    [
      'filter $share/g: the server answers for it',
      'B17',
      'a2 0d 00 0a 00 00 08 "$share/g"',
      { ...v5, topicFilters: ['$share/g'] },
      { refused: 0x8f },
    ],
    [
      'empty filter: the server answers for it',
      'MQTT-4.7.3-1',
      'a2 05 00 0a 00 00 00',
      { ...v5, topicFilters: [''] },
      { refused: 0x81 },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['fixed-header flags 0000', 'MQTT-3.10.1-1', 'a0 08 00 0a 00 00 03 "a/b"', 0],
    ['fixed-header flags 0110', 'MQTT-3.10.1-1', 'a6 08 00 0a 00 00 03 "a/b"', 0],
    ['packet id 0', 'MQTT-2.2.1-3', 'a2 08 00 00 00 00 03 "a/b"', 2],
    ['half a packet id', 'A09', 'a2 01 00', 2],
    ['no property length', 'A12', 'a2 02 00 0a', 4],
    ['property length past the end', 'A12', 'a2 08 00 0a 10 00 03 "a/b"', 4],
    ['half a filter length', 'A09', 'a2 04 00 0a 00 00', 5],
    ['filter cut short', 'A09', 'a2 07 00 0a 00 00 03 "a/"', 5],
    ['a byte after the last filter', 'A26', 'a2 09 00 0a 00 00 03 "a/b" 00', 10],
    ['unknown property 0x7f', 'A14', 'a2 0a 00 0a 02 7f 00 00 03 "a/b"', 5],
    ['User Property cut short', 'A13', 'a2 0e 00 0a 06 26 00 01 "k" 00 09 00 03 "a/b"', 9],
    ['User Property of ill-formed UTF-8', 'MQTT-1.5.4-1', 'a2 0e 00 0a 06 26 00 01 80 00 00 00 03 "a/b"', 8],
    ['filter with a surrogate', 'MQTT-1.5.4-1', 'a2 08 00 0a 00 00 03 ed a0 80', 7],
  ]),
  ...invalid(5, 0x82, [
    ['no filter', 'MQTT-3.10.3-2', 'a2 03 00 0a 00', 5],
    ['no filter after properties', 'MQTT-3.10.3-2', 'a2 0a 00 0a 07 26 00 01 "k" 00 01 "v"', 12],
    ['Subscription Identifier', 'A15', 'a2 0a 00 0a 02 0b 01 00 03 "a/b"', 5],
    ['Reason String', 'A15', 'a2 0c 00 0a 04 1f 00 01 "x" 00 03 "a/b"', 5],
  ]),
];

/** UNSUBACK. */
export const unsuback: readonly Vector[] = [
  ...valid(3, [['two bytes', 'MQTT-3.10.4-4', 'b0 02 00 0a', ack]]),
  ...invalid(3, 0x81, [['a third byte', 'A26', 'b0 03 00 0a 00', 4]]),
  ...valid(4, [
    ['two bytes', 'MQTT-3.10.4-5', 'b0 02 00 0a', ack],
    ['highest packet id', 'MQTT-2.3.1-7', 'b0 02 ff ff', { ...ack, packetId: 65_535 }],
  ]),
  ...invalid(4, 0x81, [
    ['packet id 0', 'MQTT-2.3.1-1', 'b0 02 00 00', 2],
    ['nothing at all', 'A09', 'b0 00', 2],
    ['half a packet id', 'A09', 'b0 01 00', 2],
    ['a reason code, which 3.1.1 has not', 'A26', 'b0 03 00 0a 00', 4],
    ['fixed-header flags 0010', 'MQTT-2.2.2-2', 'b2 02 00 0a', 0],
  ]),
  ...valid(5, [
    ['success', 'MQTT-3.10.4-5', 'b0 04 00 0a 00 00', ack5],
    ['no subscription existed', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 11', { ...ack5, reasonCodes: [0x11] }],
    ['unspecified error', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 80', { ...ack5, reasonCodes: [0x80] }],
    ['implementation specific error', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 83', { ...ack5, reasonCodes: [0x83] }],
    ['not authorized', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 87', { ...ack5, reasonCodes: [0x87] }],
    ['topic filter invalid', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 8f', { ...ack5, reasonCodes: [0x8f] }],
    ['packet identifier in use', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 91', { ...ack5, reasonCodes: [0x91] }],
    [
      'three codes in order',
      'MQTT-3.11.3-1',
      'b0 06 00 0a 00 11 00 87',
      { ...ack5, reasonCodes: [0x11, 0, 0x87] },
    ],
    [
      'Reason String',
      'MQTT-3.11.2-1',
      'b0 09 00 0a 05 1f 00 02 "no" 00',
      { ...ack5, properties: { reasonString: 'no' } },
    ],
    [
      'User Property',
      'MQTT-3.11.2-2',
      'b0 0b 00 0a 07 26 00 01 "k" 00 01 "v" 00',
      { ...ack5, properties: { userProperties: [['k', 'v']] } },
    ],
  ]),
  ...invalid(5, 0x81, [
    ['undefined reason code 3', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 03', 5],
    ['reason code of another packet: 0x01', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 01', 5],
    ['reason code of another packet: 0x97', 'MQTT-3.11.3-2', 'b0 04 00 0a 00 97', 5],
    ['packet id 0', 'A23', 'b0 04 00 00 00 00', 2],
    ['half a packet id', 'A09', 'b0 01 00', 2],
    ['no property length', 'A12', 'b0 02 00 0a', 4],
    ['no reason code', 'K03', 'b0 03 00 0a 00', 5],
    ['property length past the end', 'A12', 'b0 04 00 0a 05 00', 4],
    ['fixed-header flags 0010', 'MQTT-2.1.3-1', 'b2 04 00 0a 00 00', 0],
  ]),
  ...invalid(5, 0x82, [
    ['Reason String twice', 'A16', 'b0 0a 00 0a 06 1f 00 00 1f 00 00 00', 8],
    ['Topic Alias Maximum', 'A15', 'b0 07 00 0a 03 22 00 01 00', 5],
  ]),
];

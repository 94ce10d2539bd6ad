/**
 * PINGREQ and PINGRESP of every version, byte by byte (§3.12, §3.13).
 */
import { invalid, type Vector, valid } from '../vector.ts';

/** PINGREQ. */
export const pingreq: readonly Vector[] = [
  ...valid(3, [['two bytes', 'MQTT-3.12.4-1', 'c0 00', { type: 'PINGREQ' }]]),
  ...valid(4, [['two bytes', 'MQTT-3.12.4-1', 'c0 00', { type: 'PINGREQ' }]]),
  ...valid(5, [['two bytes', 'MQTT-3.12.4-1', 'c0 00', { type: 'PINGREQ' }]]),
  ...invalid(3, 0x81, [['a body', 'A25', 'c0 02 00 00', 2]]),
  ...invalid(4, 0x81, [
    ['a body', 'A25', 'c0 02 00 00', 2],
    ['fixed-header flags 0010', 'MQTT-2.2.2-2', 'c2 00', 0],
    ['fixed-header flags 1111', 'MQTT-2.2.2-2', 'cf 00', 0],
    ['length not minimal', 'A02', 'c0 80 00', 1],
  ]),
  ...invalid(5, 0x81, [
    ['a body', 'A25', 'c0 02 00 00', 2],
    ['a body of one byte', 'A25', 'c0 01 00', 2],
    ['fixed-header flags 0001', 'MQTT-2.1.3-1', 'c1 00', 0],
    ['fixed-header flags 1000', 'MQTT-2.1.3-1', 'c8 00', 0],
    ['length not minimal', 'MQTT-1.5.5-1', 'c0 80 00', 1],
  ]),
];

/** PINGRESP. */
export const pingresp: readonly Vector[] = [
  ...valid(3, [['two bytes', 'MQTT-3.12.4-1', 'd0 00', { type: 'PINGRESP' }]]),
  ...valid(4, [['two bytes', 'MQTT-3.12.4-1', 'd0 00', { type: 'PINGRESP' }]]),
  ...valid(5, [['two bytes', 'MQTT-3.12.4-1', 'd0 00', { type: 'PINGRESP' }]]),
  ...invalid(4, 0x81, [
    ['a body', 'A25', 'd0 01 00', 2],
    ['fixed-header flags 0001', 'MQTT-2.2.2-2', 'd1 00', 0],
  ]),
  ...invalid(5, 0x81, [
    ['a body', 'A25', 'd0 01 00', 2],
    ['fixed-header flags 0100', 'MQTT-2.1.3-1', 'd4 00', 0],
    ['length not minimal, three bytes', 'MQTT-1.5.5-1', 'd0 80 80 00', 1],
  ]),
];

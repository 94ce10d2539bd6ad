/**
 * CRC-32 of a record: over the table's number, the key and the value, so that a record found under another key or in
 * another table is as damaged as one with a flipped bit. lmdb itself has no checksum.
 */
import { crc32 } from 'node:zlib';
import { TABLE_NUMBERS, type TableName } from '../file/tables.ts';
import { Reader } from './bytes.ts';

/** Bytes that a checksum takes at the end of each record. */
export const CHECKSUM_BYTES = 4;
/** CRC-32 of any bytes followed by their own CRC-32, low byte first. */
const SOUND = 0x2144df1c;

const STEPS = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function step(crc: number, byte: number): number {
  return (STEPS[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
}

/** CRC of table and key (six bytes, big-endian): seven steps in JavaScript cost less than one native call. */
function start(table: TableName, key: number): number {
  const high = Math.floor(key / 0x1_0000_0000);
  let crc = step(0xffff_ffff, TABLE_NUMBERS[table]);
  crc = step(step(crc, high >>> 8), high);
  for (let shift = 24; shift >= 0; shift -= 8) crc = step(crc, key >>> shift);
  return ~crc >>> 0;
}

/** The checksum of `value` as the record `key` of `table`; of a sound record that holds it, `SOUND`. */
export function checksum(table: TableName, key: number, value: Uint8Array): number {
  return crc32(value, start(table, key));
}

/** Reads a record without its checksum; undefined when that is wrong. */
export function verified(table: TableName, key: number, record: Uint8Array): Reader | undefined {
  const end = record.length - CHECKSUM_BYTES;
  if (end < 0) return undefined;
  // Over the record with its checksum: no view of a part, which costs more than reading most records.
  return checksum(table, key, record) === SOUND ? new Reader(record, end) : undefined;
}

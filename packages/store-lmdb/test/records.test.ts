/** Records as bytes: what is written is read again, what is cut or changed is noticed. */
import { describe, expect, it } from 'vitest';
import { Chunks, Reader, RecordError, Writer } from '../src/records/bytes.ts';
import { checksum, verified } from '../src/records/checksum.ts';

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(new Chunks());
  writer.begin(1000);
  write(writer);
  return writer.end();
}

describe('numbers', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 + 1, 2 ** 48, Number.MAX_SAFE_INTEGER])(
    '%d',
    (value) => {
      const record = written((writer) => writer.varint(value));
      expect(new Reader(record).varint()).toBe(value);
      expect(() => new Reader(record, record.length - 1).varint()).toThrow(RecordError);
    },
  );

  it('without an end are refused', () => {
    expect(() => new Reader(new Uint8Array(12).fill(0x80)).varint()).toThrow('no end');
  });
});

describe('texts and bytes', () => {
  it('come back, and not from behind the end', () => {
    const record = written((writer) => {
      writer.text('é\u{1f600}');
      writer.bytes(new Uint8Array([1, 2]));
      writer.raw(new Uint8Array([3]));
    });
    const reader = new Reader(record);
    expect([reader.text(), [...reader.bytes()], [...reader.rest()]]).toEqual(['é\u{1f600}', [1, 2], [3]]);
    expect(() => new Reader(record, 3).text()).toThrow(RecordError);
  });

  it('that are read are no Buffer, so that slice copies', () => {
    expect(Buffer.isBuffer(new Reader(Buffer.from([1, 2])).rest())).toBe(false);
  });

  it('longer than a chunk have a chunk of their own, and chunks are used again', () => {
    const chunks = new Chunks();
    const writer = new Writer(chunks);
    for (const bytes of [10, 300_000, 10]) {
      writer.begin(bytes);
      writer.raw(new Uint8Array(bytes).fill(bytes % 251));
      expect(writer.end()).toHaveLength(bytes);
    }
    expect(writer.used.map((chunk) => chunk.length)).toEqual([262_144, 300_000, 262_144]);
    chunks.giveBack(writer.used);
    expect(writer.used).toContain(chunks.take(1));
  });
});

describe('a checksum', () => {
  const value = new Uint8Array([1, 2, 3, 4, 5]);
  const key = 2 ** 40 + 7;
  const record = written((writer) => {
    writer.raw(value);
    writer.u32(checksum('queue', key, value));
  });

  it('is right for the record in its place', () => {
    expect([...(verified('queue', key, record)?.rest() ?? [])]).toEqual([...value]);
  });

  it('is wrong for every other bit, key and table, and for what is too short', () => {
    for (let bit = 0; bit < record.length * 8; bit++) {
      const flipped = new Uint8Array(record);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verified('queue', key, flipped)).toBeUndefined();
    }
    for (const other of [key + 1, key - 1, 7, key + 2 ** 32])
      expect(verified('queue', other, record)).toBeUndefined();
    expect(verified('retained', key, record)).toBeUndefined();
    expect(verified('queue', key, record.subarray(1))).toBeUndefined();
    expect(verified('queue', key, new Uint8Array(3))).toBeUndefined();
  });

  it('is the CRC-32 of table, key and value', () => {
    const whole = Buffer.concat([Buffer.from([5, 1, 0, 0, 0, 0, 7]), value]);
    let crc = 0xffff_ffff;
    for (const byte of whole) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    expect(checksum('queue', 2 ** 40 + 7, value)).toBe(~crc >>> 0);
  });
});

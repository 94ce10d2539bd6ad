/** Where a socket is read into: whole packets in place, whatever the reads cut. */
import { encode, type Publish } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadMemory } from '../src/transports/read-memory-node.ts';

const EMPTY: Publish<4> = {
  type: 'PUBLISH',
  topic: 'a',
  payload: new Uint8Array(0),
  qos: 0,
  dup: false,
  retain: false,
};

const publish = (bytes: number, fill: number): Uint8Array =>
  encode({ ...EMPTY, payload: new Uint8Array(bytes).fill(fill) }, 4);

/** What comes out when `stream` is read `length()` bytes at a time at most. */
function read(stream: Uint8Array, length: () => number): Uint8Array[] {
  const memory = new ReadMemory();
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const room = memory.room();
    const took = Math.min(Math.max(1, length()), room.length, stream.length - at);
    room.set(stream.subarray(at, at + took));
    chunks.push(memory.take(took, room));
    at += took;
  }
  return chunks;
}

describe('memory for reads', () => {
  it('gives every byte in order, and never changes what it gave', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, cuts, (bytes, lengths) => {
        const stream = Buffer.concat(bytes.map((size, at) => publish(size, at + 1)));
        let turn = 0;
        const chunks = read(stream, () => lengths[turn++ % lengths.length] ?? 1);
        expect(Buffer.concat(chunks).equals(stream)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps a PUBLISH together that the reads cut, at each of its bytes', () => {
    const packet = publish(200, 1);
    for (let cut = 1; cut < packet.length; cut += 1) {
      let isFirst = true;
      const lengths = read(Buffer.concat([packet, packet]), () => {
        const length = isFirst ? cut : Infinity;
        isFirst = false;
        return length;
      }).map(({ length }) => length);
      expect(lengths).toEqual([0, 2 * packet.length]);
    }
  });

  it('gives packets of one slab as views on the same memory, one behind the other', () => {
    const [first, second] = read(Buffer.concat([publish(1000, 1), publish(1000, 2)]), () => 1500);
    expect(first?.buffer).toBe(second?.buffer);
    expect(second?.byteOffset).toBe((first?.byteOffset ?? 0) + (first?.length ?? 0));
  });

  it('[A03] keeps no large packet back, nor what is no PUBLISH', () => {
    const large = publish(70_000, 1);
    expect(read(large, () => 1000).map(({ length }) => length)).toEqual(
      Array.from({ length: Math.ceil(large.length / 1000) }, (_, at) =>
        Math.min(1000, large.length - at * 1000),
      ),
    );
    const suback = [0x90, 0x7f, 0, 1, 0];
    expect(read(new Uint8Array(suback), () => 3).map(({ length }) => length)).toEqual([3, 2]);
  });

  it('gives on as it comes what has no length: the decoder refuses it', () => {
    const broken = new Uint8Array([0x30, 0xff, 0xff, 0xff, 0xff, 0x01, 0x30, 0x05, 0x00]);
    expect(read(broken, () => 1).map(({ length }) => length)).toEqual([0, 0, 0, 0, 5, 1, 1, 1, 1]);
  });

  it('knows whether there was room for more, and bytes that are not its own', () => {
    const memory = new ReadMemory();
    const room = memory.room();
    memory.take(room.length, room);
    expect(memory.isFull(room.length, room)).toBe(true);
    const next = memory.room();
    expect(memory.isFull(next.length - 1, next)).toBe(false);
    const own = new Uint8Array([0x30, 0x05, 0x00]);
    expect(memory.isFull(3, own)).toBe(false);
    expect([...memory.take(2, own)]).toEqual([0x30, 0x05]);
  });
});

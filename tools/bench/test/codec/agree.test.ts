/** Both codecs mean the same on every load, and a difference does not go unseen. */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { agree } from '../../src/codec/agree.ts';
import { loads } from '../../src/codec/loads.ts';
import { streamOf } from '../../src/codec/peer.ts';
import { canonical } from '../../src/codec/peer-shape.ts';

describe('agree', () => {
  it.each(loads.map((load) => [load.name, load] as const))('holds for %s', (_, load) => {
    const few = { ...load, packets: load.packets.slice(0, 200) };
    expect(() => agree(few, streamOf(few))).not.toThrow();
  });

  it('sees one changed byte of one payload', () => {
    const [load] = loads;
    if (load === undefined) throw new Error('there are no loads');
    const few = { ...load, packets: load.packets.slice(0, 3) };
    const stream = Buffer.from(streamOf(few));
    stream[stream.length - 1] = (stream.at(-1) ?? 0) ^ 1;
    expect(() => agree(few, stream)).toThrow('packet 2 is');
  });
});

describe('canonical', () => {
  it('looks at values, not at prototypes or the order of keys', () => {
    const bare = Object.assign(Object.create(null), { b: Uint8Array.of(1), a: [undefined, 'x'] });
    expect(canonical({ a: [undefined, 'x'], b: Buffer.of(1), c: undefined })).toBe(canonical(bare));
    expect(canonical({ a: 1 })).not.toBe(canonical({ a: '1' }));
  });
});

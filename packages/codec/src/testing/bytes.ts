/**
 * fast-check arbitraries of what happens to bytes on their way: cut into chunks anywhere, and damaged.
 */
import fc from 'fast-check';

/** `bytes` in chunks, cut anywhere; some of the chunks may be empty. Each chunk is a copy with a buffer of its own. */
export function arbitraryChunks(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  const cuts = fc.oneof(
    fc.array(fc.nat(bytes.length), { maxLength: 12 }),
    fc
      .integer({ min: 1, max: 7 })
      .map((size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => at * size)),
  );
  return cuts.map((unsorted) => {
    const ends = [...unsorted.sort((a, b) => a - b), bytes.length];
    return ends.map((end, at) => bytes.slice(at === 0 ? 0 : ends[at - 1], end));
  });
}

/** One act of damage; `at` and `size` count in 1/65536 of the bytes. */
interface Damage {
  readonly act: 'set' | 'flip' | 'insert' | 'remove' | 'repeat' | 'end';
  readonly at: number;
  readonly size: number;
  readonly byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  act: fc.constantFrom('set', 'set', 'flip', 'flip', 'insert', 'remove', 'repeat', 'end'),
  at: fc.nat(65_535),
  size: fc.integer({ min: 1, max: 8 }),
  byte: fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff), fc.nat(255)),
});

/** `bytes` with one to eight acts of damage: bytes set, bits flipped, runs put in, taken out or repeated, an early end. */
export function arbitraryDamage(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.array(damage, { minLength: 1, maxLength: 8 }).map((acts) => acts.reduce(apply, bytes));
}

function apply(bytes: Uint8Array, { act, at: share, size, byte }: Damage): Uint8Array {
  const at = Math.floor((share / 65_536) * bytes.length);
  const from = Array.from(bytes);
  if (act === 'set') from[at] = byte;
  if (act === 'flip') from[at] = (from[at] ?? 0) ^ (1 << (byte % 8));
  if (act === 'insert') from.splice(at, 0, ...Array<number>(size).fill(byte));
  if (act === 'remove') from.splice(at, size);
  if (act === 'repeat') from.splice(at, 0, ...from.slice(at, at + size));
  if (act === 'end') from.length = at;
  return Uint8Array.from(from);
}

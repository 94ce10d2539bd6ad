/**
 * How the bytes of a session reach a door: in WebSocket frames with control frames and fragments among them, or behind a
 * PROXY header; right or damaged. Knows no packets and no sockets.
 */
import { arbitraryChunks, arbitraryDamage } from '@mqtt/codec/testing';
import fc from 'fast-check';

/** FIN of RFC 6455 §5.2. */
const FIN = 0x80;
const CONTINUATION = 0x00;
const BINARY = 0x02;

/** Bytes beyond which a stream is cut in few places and not damaged: a piece a byte would be all the time there is. */
const LARGE = 50_000;

/** `bytes` in pieces, cut anywhere. */
export function pieces(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  if (bytes.length <= LARGE) return arbitraryChunks(bytes);
  const odd = fc.oneof(fc.nat(bytes.length), fc.constantFrom(1, 2, 3, 4, 5, 16_383, 65_535, 65_536, 262_144));
  return fc.array(odd, { maxLength: 12 }).map((unsorted) => {
    const ends = [...unsorted.sort((a, b) => a - b), bytes.length];
    return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end));
  });
}

/** `bytes` with some damage, unless they are large. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return bytes.length <= LARGE ? arbitraryDamage(bytes) : fc.constant(bytes);
}

/** One frame of a client, masked with zeros: a mask is a mask. `first` is FIN, RSV and opcode. */
export function frame(payload: Uint8Array, first: number = FIN | BINARY): Uint8Array {
  const { length } = payload;
  const size =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0xfe, length >> 8, length & 0xff]
        : [0xff, 0, 0, 0, 0, 0, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  return joined([Uint8Array.from([first, ...size, 0, 0, 0, 0]), payload]);
}

/** What may stand between two frames: pings, pongs, empty messages; now and then a close or a frame that is none. */
const between = fc.oneof(
  { weight: 6, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 125 }).map((payload) => frame(payload, FIN | 0x09)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 125 }).map((payload) => frame(payload, FIN | 0x0a)) },
  { weight: 1, arbitrary: fc.constant(frame(new Uint8Array(), FIN | BINARY)) },
);
const strange = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 130 }))
  .map(([first, payload]) => frame(payload, first));

/** `bytes` as frames: messages of one frame or of fragments, control frames among them; one stream in eight is damaged. */
export function framed(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  const frames = fc
    .tuple(pieces(bytes), fc.array(fc.boolean(), { maxLength: 60 }), fc.array(between, { maxLength: 60 }))
    .map(([parts, ends, controls]) => {
      let isOpen = false;
      return parts.flatMap((part, at) => {
        const isLast = at === parts.length - 1 || (ends[at] ?? true);
        const one = frame(part, (isLast ? FIN : 0) | (isOpen ? CONTINUATION : BINARY));
        isOpen = !isLast;
        return [one, controls[at] ?? new Uint8Array()];
      });
    });
  return fc.oneof(
    { weight: 6, arbitrary: frames },
    {
      weight: 1,
      arbitrary: fc.tuple(frames, strange).map(([all, odd]) => [...all.slice(0, -1), odd, ...all.slice(-1)]),
    },
    { weight: 1, arbitrary: frames.chain((all) => damaged(joined(all)).map((one) => [one])) },
  );
}

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const address = fc.ipV4();
const port = fc.integer({ min: 0, max: 65_535 });
const text = fc
  .tuple(fc.constantFrom('TCP4', 'TCP6'), address, fc.ipV6(), port)
  .map(([family, four, six, from]) => {
    const source = family === 'TCP4' ? four : six;
    return Buffer.from(
      `PROXY ${family} ${source} ${family === 'TCP4' ? '127.0.0.1' : '::1'} ${from} 1883\r\n`,
    );
  });
/** A block of addresses that is as long as it says, and type-length-values that add up. */
const binary = fc
  .tuple(
    fc.constantFrom<readonly [number, number]>([0x11, 12], [0x21, 36], [0x31, 216], [0x00, 0]),
    fc.uint8Array({ minLength: 216, maxLength: 216 }),
    fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 60 })), { maxLength: 4 }),
  )
  .map(([[family, length], addresses, values]) => {
    const tail = joined(
      values.map(([kind, value]) => joined([Uint8Array.from([kind, 0, value.length]), value])),
    );
    const size = length + tail.length;
    const head = Uint8Array.from([...SIGNATURE, 0x21, family, size >> 8, size & 0xff]);
    return joined([head, addresses.subarray(0, length), tail]);
  });
const header: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 4, arbitrary: binary },
  { weight: 1, arbitrary: text.chain(arbitraryDamage) },
  { weight: 1, arbitrary: binary.chain(arbitraryDamage) },
  { weight: 1, arbitrary: fc.tuple(text, binary).map(joined) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array()) },
);

/** `bytes` behind a PROXY header of either version, right or not. */
export function behindProxy(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  return header.map((head) => [head, bytes]);
}

/** All parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** How outgoing bytes become frames: read back by a reader of frames of the test's own. */
import { encode } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Frames } from '../../src/listeners/frames.ts';

/** The payloads of unmasked, final, binary frames. */
function payloadsOf(bytes: Uint8Array): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x82);
    const short = view.getUint8(at + 1);
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      head === 2 ? short : head === 4 ? view.getUint16(at + 2) : Number(view.getBigUint64(at + 2));
    payloads.push(bytes.subarray(at + head, at + head + length));
    at += head + length;
  }
  return payloads;
}

const publish = (bytes: number): Uint8Array =>
  encode(
    { type: 'PUBLISH', topic: 'a', payload: new Uint8Array(bytes), qos: 0, retain: false, dup: false },
    4,
  );

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('Frames', () => {
  it.each([
    ['one packet', [publish(3)]],
    ['one packet of two bytes', [encode({ type: 'PINGRESP' }, 4)]],
    ['nothing', []],
  ])('%s is a frame as it is', (_, packets) => {
    expect(new Frames().of(Buffer.concat(packets))).toBeUndefined();
  });

  it('5.0 [MQTT-6.0.0-2] 3.1.1 [MQTT-6.0.0-2] gives each of many packets a frame, whatever its length needs', () => {
    const packets = [0, 120, 121, 122, 123, 65_530, 65_531, 65_532, 70_000, 1].map(publish);
    const frames = new Frames().of(Buffer.concat(packets)) ?? new Uint8Array();
    expect(payloadsOf(frames).map(hex)).toEqual(packets.map(hex));
  });

  it('5.0 [MQTT-6.0.0-2] 3.1.1 [MQTT-6.0.0-2] however packets are cut into writes, a frame has bytes of one packet only, and all in order', () => {
    const lengths = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 100, max: 140 }), fc.nat(70_000)), {
      minLength: 1,
      maxLength: 8,
    });
    const cuts = fc.array(fc.nat(), { maxLength: 8 });
    fc.assert(
      fc.property(lengths, cuts, (sizes, places) => {
        const packets = sizes.map(publish);
        const all = Buffer.concat(packets);
        const borders = packets.map((_, index) => Buffer.concat(packets.slice(0, index)).length);
        // Twice the same place: a write of nothing.
        const ends = [0, ...places.map((place) => place % all.length), all.length].sort((a, b) => a - b);
        const frames = new Frames();
        const sent = ends.slice(1).flatMap((end, index) => {
          const bytes = all.subarray(ends[index], end);
          const framed = frames.of(bytes);
          return framed === undefined ? [bytes] : payloadsOf(framed);
        });
        expect(hex(Buffer.concat(sent))).toBe(hex(all));
        let at = 0;
        for (const payload of sent) {
          const inner = borders.filter((border) => border > at && border < at + payload.length);
          expect(inner).toEqual([]);
          at += payload.length;
        }
      }),
    );
  });
});

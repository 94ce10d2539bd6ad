/** Which bytes an outbox hands to its link, in which memory, and what that memory comes to. */
import { Decoder, type Publish } from '@mqtt/codec';
import { ManualClock, seededRandom } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../src/outbox.ts';

function publish(payload: Uint8Array, topic = 'a/b'): Publish {
  return { type: 'PUBLISH', topic, payload, qos: 0, dup: false, retain: false };
}

/** An outbox, and what its link was given; the link keeps all of it. */
function outbox(): { out: Outbox; clock: ManualClock; given: Uint8Array[] } {
  const clock = new ManualClock();
  const given: Uint8Array[] = [];
  const link = { write: (bytes: Uint8Array) => given.push(bytes) > 0, close: () => {}, abort: () => {} };
  return { out: new Outbox(link, 5, clock), clock, given };
}

const buffersOf = (given: readonly Uint8Array[]): ArrayBufferLike[] => [
  ...new Set(given.map(({ buffer }) => buffer)),
];

describe('an outbox', () => {
  it('changes nothing of what a link still holds, whatever comes in whatever size', () => {
    const { out, clock, given } = outbox();
    const random = seededRandom(16);
    const sizes: number[] = [];
    for (let n = 0; n < 1000; n += 1) {
      const size = Math.floor(2 ** (random() * 17));
      sizes.push(size);
      out.write(publish(new Uint8Array(size).fill(n), `topic/${n}`));
      if (random() < 0.2) clock.advance(1);
      if (random() < 0.01)
        expect(() => out.write(publish(new Uint8Array(9), '#'))).toThrow('TOPIC_NAME_INVALID');
    }
    out.close();
    const decoder = new Decoder({ role: 'client', version: 5 });
    for (const bytes of given) decoder.push(bytes);
    for (const [n, size] of sizes.entries()) {
      const packet = decoder.next();
      if (packet?.type !== 'PUBLISH') throw new Error(`${n}: ${packet?.type}`);
      const { topic, payload } = packet;
      if (topic !== `topic/${n}` || payload.length !== size || !payload.every((byte) => byte === (n & 255)))
        throw new Error(`${n}: another message, or other bytes`);
    }
    expect(decoder.next()).toBeUndefined();
  });

  it('sends a payload of 16 KB from where it lies, and needs no buffer for each head', () => {
    const { out, given } = outbox();
    const payload = new Uint8Array(16_384);
    for (let n = 0; n < 1000; n += 1) out.write(publish(payload));
    expect(given.filter((bytes) => bytes === payload)).toHaveLength(1000);
    expect(buffersOf(given.filter((bytes) => bytes !== payload)).length).toBeLessThan(10);
  });

  it('begins with 256 bytes, and needs one buffer for 64 KB of small messages', () => {
    const { out, clock, given } = outbox();
    out.write({ type: 'PINGREQ' });
    clock.advance(1);
    expect(given[0]?.buffer.byteLength).toBe(256);
    for (let n = 0; n < 20_000; n += 1) out.write(publish(new Uint8Array(100)));
    out.flush();
    const late = given.slice(5);
    expect(buffersOf(late)).toHaveLength(late.length);
    for (const { buffer } of late) expect(buffer.byteLength).toBeLessThanOrEqual(98_304);
  });

  it('makes no large buffer for what may come after a large packet, and none that grows on and on', () => {
    const { out, given } = outbox();
    const userProperties = Array.from({ length: 100 }, () => ['key', 'x'.repeat(60_000)] as const);
    out.write({ ...publish(new Uint8Array(1)), properties: { userProperties } } as Publish);
    expect(given[0]?.length).toBeGreaterThan(6_000_000);
    for (let n = 0; n < 4000; n += 1) {
      out.write(publish(new Uint8Array(n % 100 === 0 ? 16_383 : 300)));
      if (n % 7 === 0) out.flush();
    }
    expect(Math.max(...given.slice(1).map(({ buffer }) => buffer.byteLength))).toBeLessThanOrEqual(262_144);
  });
});

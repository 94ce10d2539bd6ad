/** A message and its encodings: who shares which bytes, and that nothing of a chunk is kept that need not be. */
import { Decoder, encode, type Packet, type Publish } from '@mqtt/codec';
import { arbitraryPublish } from '@mqtt/codec/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layouts, Message } from '../src/message.ts';

/** The message of a PUBLISH that came in the middle of a chunk. */
function arrived(packet: Publish<5>): { message: Message; chunk: Uint8Array } {
  const bytes = encode<5>(packet, 5);
  const chunk = new Uint8Array(bytes.length + 40_000);
  chunk.set(bytes);
  const decoder = new Decoder({ version: 5 });
  decoder.push(chunk.subarray(0, bytes.length + 1));
  const decoded = decoder.next();
  if (decoded?.type !== 'PUBLISH') throw new Error('no PUBLISH');
  return { message: new Message(decoded, undefined, 0, decoder, true), chunk };
}

function decode(
  frame: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  version: 4 | 5,
): Packet | undefined {
  const decoder = new Decoder({ version });
  decoder.push(frame.bytes.slice(frame.start, frame.end));
  return decoder.next();
}

const plain = arbitraryPublish(5).filter(({ topic, payload, properties }) => {
  const isOwn = properties?.topicAlias === undefined && properties?.subscriptionIdentifiers === undefined;
  return isOwn && topic !== '' && topic.length < 300 && payload.length < 300;
});

describe('a message', () => {
  it('5.0 [MQTT-3.3.2-17] [MQTT-3.3.2-18] says the same in every layout, before and after it was kept', () => {
    fc.assert(
      fc.property(plain, (packet) => {
        const { message } = arrived(packet);
        const { topic, payload, properties } = message;
        const same = (): void => {
          for (const isRetained of [false, true]) {
            const retain = isRetained ? layouts.retain : 0;
            expect(decode(message.frame(layouts.five | retain), 5)).toMatchObject({
              topic,
              qos: 0,
              retain: isRetained,
              properties: properties ?? {},
            });
            expect(decode(message.frame(retain), 4)).toMatchObject({
              topic,
              qos: 0,
              retain: isRetained,
              payload,
            });
          }
          for (const five of [0, layouts.five]) {
            const frame = message.frame(five | layouts.withId);
            const bytes = frame.bytes.slice(frame.start, frame.end);
            bytes[0] = 0x32;
            bytes.set([0x12, 0x34], frame.idAt);
            expect(decode({ bytes, start: 0, end: bytes.length }, five ? 5 : 4)).toMatchObject({
              topic,
              qos: 1,
              packetId: 0x1234,
              payload,
            });
          }
        };
        same();
        message.keep();
        same();
        expect(message.payload).toEqual(payload);
      }),
      { numRuns: 100 },
    );
  });

  it('is forwarded as the bytes it came in', () => {
    const { message, chunk } = arrived({
      type: 'PUBLISH',
      topic: 't',
      payload: Uint8Array.of(1),
      qos: 0,
      dup: false,
      retain: false,
    });
    expect(message.frame(layouts.five).bytes.buffer).toBe(chunk.buffer);
    expect(message.frame(layouts.five)).toBe(message.frame(layouts.five));
  });

  it('keeps nothing of its chunk, correlation data neither', () => {
    const properties = { correlationData: Uint8Array.of(1, 2, 3), userProperties: [['a', 'b']] as const };
    const { message, chunk } = arrived({
      type: 'PUBLISH',
      topic: 't',
      payload: new Uint8Array(100),
      qos: 1,
      dup: false,
      retain: false,
      packetId: 1,
      properties,
    });
    expect(message.payload.buffer).toBe(chunk.buffer);
    message.keep();
    for (const kept of [message.bytes, message.payload, message.properties?.correlationData]) {
      expect(kept?.buffer.byteLength).toBeLessThan(200);
    }
    expect(message.properties).toEqual(properties);
    const own = message.payload;
    expect(message.keep().payload).toBe(own);
  });

  it('without bytes of its own counts its properties too', () => {
    const text = 'x'.repeat(1000);
    const properties = {
      userProperties: [[text, text] as const],
      contentType: text,
      correlationData: new Uint8Array(1000),
    };
    const message = new Message({
      topic: 't',
      payload: new Uint8Array(10),
      qos: 1,
      retain: false,
      properties,
    });
    expect(message.size).toBeGreaterThan(4000);
    const { length } = message.frame(layouts.five | layouts.withId).bytes;
    expect(Math.abs(message.size - length)).toBeLessThan(30);
  });

  it('5.0 [MQTT-3.3.2-6] tells the seconds that are left, rounded up, never below 0', () => {
    const properties = { messageExpiryInterval: 10 };
    const message = new Message(
      { topic: 't', payload: new Uint8Array(0), qos: 0, retain: false, properties },
      undefined,
      5000,
    );
    expect([5000, 5001, 9000, 14_999, 15_000, 99_000].map((now) => message.secondsLeft(now))).toEqual([
      10, 10, 6, 1, 0, 0,
    ]);
  });
});

/** The retained store: last value per topic, found by filter exactly as `matches` says, bounded. */
import { matches } from '@mqtt/codec/topics';
import { ManualClock } from '@mqtt/session/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../../src/message.ts';
import { Retained, type RetainedKeeper } from '../../src/router/retained.ts';
import { sweepExpired } from '../../src/router/sweep.ts';
import { TimerWheel } from '../../src/timer-wheel.ts';

const level = fc.constantFrom('', 'a', 'b', '$x', 'constructor');
const topicName = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((name) => name !== '');
const topicFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .map(([levels, isBelow]) => [...levels, ...(isBelow ? ['#'] : [])].join('/'))
  .filter((filter) => filter !== '');

function message(topic: string, payload: string, seconds?: number): Message {
  const properties = seconds === undefined ? undefined : { messageExpiryInterval: seconds };
  return new Message({ topic, payload: new TextEncoder().encode(payload), qos: 0, retain: true, properties });
}

/** Every retained message whose topic matches. */
function match(retained: Retained, filter: string, now: number): Message[] {
  const topics = [...retained.search(filter, () => now)];
  return topics.flatMap((topic) => (topic === undefined ? [] : (retained.get(topic, now) ?? [])));
}

const roomy = { messages: 1000, bytes: 1_000_000 };

describe('the retained store', () => {
  it('[F17] finds the topics of a broad filter in turns, each that stays once, whatever comes and goes meanwhile', () => {
    const retained = new Retained({ messages: 10_000, bytes: 10_000_000 });
    for (let n = 0; n < 5000; n++) retained.set(message(`a/${n}`, 'x'), 0);
    for (let n = 0; n < 10; n++) retained.set(message(`$b/${n}`, 'x'), 0);
    expect(retained.search('a/4999', () => 0)).toEqual(['a/4999']);
    const search = retained.search('+/#', () => 0);
    if ('length' in search) throw new Error('it was looked for at once');
    const found: string[] = [];
    let turns = 0;
    for (let { done, value } = search.next(); done !== true; { done, value } = search.next()) {
      if (value !== undefined) found.push(value);
      else if (++turns === 1) {
        for (let n = 0; n < 100; n++) retained.delete(`a/${n}`);
        for (let n = 4000; n < 4100; n++) retained.delete(`a/${n}`);
        for (let n = 200; n < 300; n++) retained.set(message(`a/${n}`, 'other'), 0);
      }
    }
    expect(turns).toBeGreaterThan(1);
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBe(4900);
    expect(found.some((topic) => topic.startsWith('$'))).toBe(false);
  });

  it('5.0 [MQTT-3.3.1-5] [MQTT-3.3.1-6] keeps the last of each topic and finds it by filter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(topicName, fc.constantFrom('', '1', '2')), { maxLength: 40 }),
        fc.array(topicFilter, { maxLength: 15 }),
        (published, filters) => {
          const retained = new Retained(roomy);
          const model = new Map<string, string>();
          for (const [topic, payload] of published) {
            expect(retained.set(message(topic, payload), 0)).toBe(true);
            if (payload === '') model.delete(topic);
            else model.set(topic, payload);
          }
          const text = ({ topic, payload }: Message): string =>
            `${topic} ${new TextDecoder().decode(payload)}`;
          const all = [...model].map(([topic, payload]) => `${topic} ${payload}`);
          expect(retained.size).toBe(model.size);
          expect([...retained].map(text).sort()).toEqual(all.sort());
          for (const filter of filters) {
            const want = [...model]
              .filter(([topic]) => matches(filter, topic))
              .map(([topic, payload]) => `${topic} ${payload}`);
            expect(match(retained, filter, 0).map(text).sort()).toEqual(want.sort());
          }
          for (const topic of [...model.keys()]) expect(retained.delete(topic)).toBe(true);
          expect([retained.size, retained.bytes]).toEqual([0, 0]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses what goes over a bound and changes nothing then', () => {
    const few = new Retained({ messages: 2, bytes: 1_000_000 });
    expect([
      few.set(message('a', '1'), 0),
      few.set(message('b', '1'), 0),
      few.set(message('c', '1'), 0),
      few.set(message('a', '2'), 0),
    ]).toEqual([true, true, false, true]);
    const small = new Retained({ messages: 100, bytes: 100 });
    expect([
      small.set(message('a', 'x'.repeat(50)), 0),
      small.set(message('b', 'x'.repeat(50)), 0),
      small.set(message('a', ''), 0),
    ]).toEqual([true, false, true]);
    expect(small.set(message('b', 'x'.repeat(50)), 0)).toBe(true);
    expect(small.size).toBe(1);
  });

  it('removes what expired when it is looked for', () => {
    const retained = new Retained(roomy);
    retained.set(message('a', 'x', 5), 0);
    retained.set(message('b', 'x'), 0);
    expect(match(retained, '#', 4999)).toHaveLength(2);
    expect(match(retained, '#', 5000)).toHaveLength(1);
    expect(retained.size).toBe(1);
    retained.set(message('a', 'x', 5), 0);
    expect([retained.get('a', 4999)?.topic, retained.get('a', 5000), retained.get('nothing', 0)]).toEqual([
      'a',
      undefined,
      undefined,
    ]);
  });

  it('[MQTT-3.3.2-5] what expired leaves memory and store though nobody looks for it, and then nothing is timed', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    const there = new Map<number, Message>();
    let lastKey = 0;
    const keeper: RetainedKeeper = {
      retained: (kept) => {
        lastKey += 1;
        there.set(lastKey, kept);
        return lastKey;
      },
      cleared: (key) => void there.delete(key),
      retainedMessage: (key) => there.get(key),
    };
    const retained = new Retained({ messages: 100_000, bytes: 1e9 }, keeper);
    sweepExpired(retained, wheel);
    retained.set(message('for/ever', 'x'), clock.now());
    expect(wheel.size).toBe(0);
    for (let number = 0; number < 25_000; number++)
      retained.set(message(`a/${number}`, 'x', number % 2 === 0 ? 5 : 60), clock.now());
    retained.set(message('a/0', 'again', 60), clock.now());
    expect([retained.size, retained.expiring, there.size]).toEqual([25_001, 25_000, 25_001]);
    clock.advance(9000);
    expect([retained.size, retained.expiring, there.size]).toEqual([12_502, 12_501, 12_502]);
    clock.advance(60_000);
    expect([retained.size, retained.expiring, there.size, wheel.size]).toEqual([1, 0, 1, 0]);
    expect(retained.get('for/ever', clock.now())?.topic).toBe('for/ever');
  });

  it('does not keep the chunk alive that a message came in', () => {
    const chunk = new Uint8Array(65_536);
    const bytes = Uint8Array.of(0x31, 0x04, 0, 1, 0x74, 0x78);
    chunk.set(bytes, 100);
    const source = { topic: 't', payload: chunk.subarray(105, 106), qos: 0 as const, retain: true };
    const kept = new Message(source, undefined, 0, { bytes: chunk, start: 100, end: 106 });
    const retained = new Retained(roomy);
    retained.set(kept, 0);
    expect(kept.bytes.buffer.byteLength).toBe(6);
    expect(kept.payload.buffer.byteLength).toBe(6);
    expect([...kept.payload]).toEqual([0x78]);
  });
});

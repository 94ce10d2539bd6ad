/**
 * Two sessions through a channel that loses the connection at any byte and reconnects: what must hold at every step, for
 * real packets of 3.1.1 and 5.0. That the model would notice is shown in mutants.test.ts.
 */
import { Pair, seededRandom, Violation } from '@mqtt/session/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { happenings, play } from './commands.ts';

describe.each([4, 5] as const)('two sessions that speak version %i', (version) => {
  it('[MQTT-4.3.2-4] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-4.9.0-2] keep every rule at every step', () => {
    const sizes = fc.record({
      seed: fc.integer(),
      largestChunk: fc.integer({ min: 1, max: 64 }),
      highWaterMark: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(65_536)),
    });
    const property = fc.property(happenings(), sizes, (commands, options) => {
      play(new Pair({ version, ...options }), commands);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('[MQTT-2.2.1-3] [F09] go round all packet ids with connections lost on the way', () => {
    const random = seededRandom(version);
    const pair = new Pair({ version, seed: version, largestChunk: 2000 });
    const window = (): number => 1 + Math.floor(random() * 60);
    for (let round = 0; round < 700; round++) {
      pair.connect({ left: window(), right: window() });
      for (let i = 0; i < 100; i++) pair.publish('left', random() < 0.5 ? 1 : 2);
      while (pair.left.waiting > 0) {
        if (!pair.step()) pair.settle('right', Math.floor(random() * 60));
      }
    }
    pair.rest();
    expect(pair.right.received).toBeGreaterThanOrEqual(70_000);
    expect(pair.left.outbound.inflight).toBe(0);
  });
});

describe('Pair', () => {
  it('delivers between its ends, both ways', () => {
    const pair = new Pair();
    pair.publish('left', 1);
    pair.publish('right', 2);
    expect([pair.isUp, pair.left.waiting, pair.step()]).toEqual([false, 1, false]);
    pair.rest();
    expect([pair.left.received, pair.right.received]).toEqual([1, 1]);
  });

  it('[F11] takes up QoS 2 where it was after PUBREC, a restart and a new connection', () => {
    const pair = new Pair({ seed: 3 });
    pair.connect();
    pair.publish('left', 2);
    while (pair.step());
    pair.settle('right', 0);
    pair.restart('right');
    pair.restart('left');
    pair.rest();
    expect([pair.right.received, pair.left.outbound.inflight]).toEqual([1, 0]);
  });

  it('loses the connection at the byte that was asked for', () => {
    const pair = new Pair({ seed: 1 });
    pair.connect();
    pair.publish('left', 1);
    pair.cutAfter('left', 5);
    expect([pair.isUp, pair.right.received]).toEqual([false, 0]);
    pair.cutAfter('left', 5);
    pair.connect();
    pair.cutAfter('left', 1000);
    expect([pair.isUp, pair.right.received]).toEqual([true, 1]);
  });

  it('says which rule was broken', () => {
    const violation = new Violation('packet id in use', 'MQTT-2.2.1-3', '7');
    expect(violation.message).toBe('packet id in use [MQTT-2.2.1-3]: 7');
  });
});

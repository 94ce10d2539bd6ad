/** What stays in flight keeps no chunk: not for a client that never acknowledges, not for one that is gone. */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import { Message } from '../../src/message.ts';
import { Aging } from '../../src/session/aging.ts';
import { TimerWheel } from '../../src/timer-wheel.ts';
import { House } from '../wire/house.ts';

describe('aging', () => {
  it('looks once at each who said that it has something in flight, in time', () => {
    const clock = new ManualClock();
    const aging = new Aging(new TimerWheel(clock));
    const looks: number[] = [];
    const aged = { keepInflight: () => void looks.push(clock.now()) };
    aging.add(aged);
    clock.advance(1000);
    aging.add(aged);
    clock.advance(30_000);
    expect(looks).toEqual([2000]);
    expect(clock.pending).toBe(0);
    aging.add(aged);
    clock.advance(30_000);
    expect(looks).toHaveLength(2);
  });

  for (const [name, act] of [
    ['a client that does not acknowledge', (house: House) => house.advance(5000)],
    ['a client that is gone', (house: House) => house.broker.disconnect('slow')],
  ] as const) {
    it(`[G02] copies what is open for ${name}`, () => {
      const kept: Message[] = [];
      const keep = Message.prototype.keep;
      Message.prototype.keep = function (this: Message) {
        kept.push(this);
        return keep.call(this);
      };
      try {
        const house = new House();
        const properties = { sessionExpiryInterval: 99, receiveMaximum: 1 };
        house.connect({ clientId: 'slow', properties }).subscribe('t', 1);
        const chunk = new Uint8Array(65_536);
        chunk.set([0x32, 8, 0, 1, 0x74, 0, 1, 0, 0x78, 0x79]);
        chunk.set([0x32, 8, 0, 1, 0x74, 0, 2, 0, 0x78, 0x79], 10);
        house.connect({ clientId: 's' }).bytes(chunk.subarray(0, 20)); // one in flight, one that waits
        expect(kept).toEqual([]);
        act(house);
        expect(new Set(kept).size).toBe(2);
        for (const { bytes } of kept) expect(bytes.buffer.byteLength).toBeLessThanOrEqual(20);
      } finally {
        Message.prototype.keep = keep;
      }
    });
  }
});

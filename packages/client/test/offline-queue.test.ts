/** The waiting lines: bounds, order, and what leaves them early. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DroppingLimits, DroppingQueue } from '../src/features/dropping-queue.ts';
import { Fifo } from '../src/fifo.ts';
import type { Queueable } from '../src/offline-queue.ts';

class Item {
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  place: Queueable['place'];
  constructor(qos: 0 | 1 | 2, size = 1) {
    this.qos = qos;
    this.payload = new Uint8Array(size);
  }
}

const queue = (
  maximumQueuedMessages: number,
  maximumQueuedBytes = 1e9,
  queueOverflow: DroppingLimits['queueOverflow'] = 'reject',
) => new DroppingQueue<Item>({ maximumQueuedMessages, maximumQueuedBytes, queueOverflow });

/** What had to go for an item that then waits. */
const pushed = (lines: DroppingQueue<Item>, item: Item): Item[] => {
  const dropped = lines.makeRoom(item);
  lines.push(item);
  return dropped;
};

describe('OfflineQueue', () => {
  it('refuses what comes over its bound of messages or of bytes', () => {
    const few = queue(2);
    few.push(new Item(1));
    few.push(new Item(0));
    expect(() => few.push(new Item(2))).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
    const small = queue(100, 10);
    small.push(new Item(1, 10));
    expect(() => small.push(new Item(1, 1))).toThrow(/maximumQueuedBytes/);
    expect([small.size, small.bytes]).toEqual([1, 10]);
  });

  it('keeps QoS 0 apart from what waits for a window', () => {
    const lines = queue(10);
    const [first, second, third] = [new Item(1), new Item(0), new Item(2)] as const;
    for (const item of [first, second, third]) lines.push(item);
    expect(lines.peek(0)).toBe(second);
    expect(lines.peek(1)).toBe(first);
    lines.remove(first);
    expect(lines.peek(1)).toBe(third);
    expect(lines.takeAll()).toEqual([second, third]);
    expect([lines.size, lines.bytes]).toEqual([0, 0]);
  });

  it('drop-oldest gives up who waits longest, drop-newest who waits shortest, QoS 0 before the others', () => {
    for (const policy of ['drop-oldest', 'drop-newest'] as const) {
      const lines = queue(4, 20, policy);
      const items = [new Item(1), new Item(0), new Item(2), new Item(0)];
      for (const item of items) expect(pushed(lines, item)).toEqual([]);
      const zeros = policy === 'drop-oldest' ? [1, 3] : [3, 1];
      expect(pushed(lines, new Item(1))).toEqual([items[zeros[0] ?? 0]]);
      expect(pushed(lines, new Item(1, 17))).toEqual([items[zeros[1] ?? 0]]);
      expect(pushed(lines, new Item(1, 18)).map(({ payload }) => payload.length)).toEqual(
        policy === 'drop-oldest' ? [1, 1, 1, 17] : [17, 1],
      );
      expect(() => pushed(lines, new Item(1, 21))).toThrow(expect.objectContaining({ code: 'QUEUE_FULL' }));
    }
  });

  it('gives what waits in order whatever is done', () => {
    const action = fc.oneof(fc.constant('push'), fc.constant('shift'), fc.nat({ max: 20 }));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const lines = queue(1e6);
        const model: Item[] = [];
        for (const act of actions) {
          if (act === 'push') {
            const item = new Item(1);
            lines.push(item);
            model.push(item);
          } else if (act === 'shift') {
            expect(lines.peek(1)).toBe(model[0]);
            const first = model.shift();
            if (first !== undefined) expect(lines.remove(first)).toBe(true);
          } else {
            const [gone] = model.splice(Number(act), 1);
            if (gone === undefined) continue;
            expect(lines.remove(gone)).toBe(true);
            expect(lines.remove(gone)).toBe(false);
          }
          expect(lines.size).toBe(model.length);
        }
        expect(lines.takeAll()).toEqual(model);
      }),
    );
  });
});

describe('Fifo', () => {
  it('is first in, first out at any length', () => {
    const fifo = new Fifo<number>();
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let pushed = 0; pushed < 200; pushed += 1) fifo.push(next++);
      for (let shifted = 0; shifted < 150; shifted += 1) expect(fifo.shift()).toBe(expected++);
      expect(fifo.size).toBe(next - expected);
      expect(fifo.first.item).toBe(expected);
    }
    expect(fifo.last.item).toBe(next - 1);
    expect(fifo.takeAll()).toHaveLength(next - expected);
    expect([fifo.size, fifo.shift(), fifo.first.item, fifo.size]).toEqual([0, undefined, undefined, 0]);
  });
});

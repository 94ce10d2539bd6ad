/** The waiting lines: bounds, order, and what leaves them early. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from '../src/fifo.ts';
import { OfflineQueue } from '../src/offline-queue.ts';

class Item {
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  open = true;
  constructor(qos: 0 | 1 | 2, size = 1) {
    this.qos = qos;
    this.payload = new Uint8Array(size);
  }
}

const queue = (maximumQueuedMessages: number, maximumQueuedBytes = 1e9) =>
  new OfflineQueue<Item>({ maximumQueuedMessages, maximumQueuedBytes });

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
    const [first, second, third] = [new Item(1), new Item(0), new Item(2)];
    for (const item of [first, second, third]) lines.push(item);
    expect(lines.peek('atMostOnce')).toBe(second);
    expect(lines.peek('acknowledged')).toBe(first);
    lines.shift('acknowledged');
    expect(lines.peek('acknowledged')).toBe(third);
    expect(lines.takeAll()).toEqual([second, third]);
    expect([lines.size, lines.bytes]).toEqual([0, 0]);
  });

  it('forgets what was settled while it waited, however often that happens', () => {
    const lines = queue(3);
    for (let round = 0; round < 10_000; round += 1) {
      const item = new Item(1);
      lines.push(item);
      item.open = false;
      lines.closed(item);
    }
    expect([lines.size, lines.bytes]).toEqual([0, 0]);
    expect(lines.peek('acknowledged')).toBeUndefined();
  });

  it('gives the open ones in order whatever is done', () => {
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
            expect(lines.peek('acknowledged')).toBe(model[0]);
            if (model.shift() !== undefined) lines.shift('acknowledged');
          } else {
            const [gone] = model.splice(Number(act), 1);
            if (gone === undefined) continue;
            gone.open = false;
            lines.closed(gone);
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
      expect(fifo.peek()).toBe(expected);
    }
    fifo.filter((item) => item % 2 === 0);
    expect(fifo.takeAll().every((item) => item % 2 === 0)).toBe(true);
    expect([fifo.size, fifo.shift(), fifo.peek()]).toEqual([0, undefined, undefined]);
  });
});

/** The queue of waiting messages: first in, first out, within its bounds, by its policy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Queue, type QueueBounds } from '../../src/session/queue.ts';
import { Totals } from '../../src/totals.ts';

interface Item {
  readonly name: number;
  readonly size: number;
}

const operation = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((size) => ({ size })),
  fc.constant('shift' as const),
);

/** A queue in a broker with room. */
function make(
  bounds: Pick<QueueBounds, 'messages' | 'bytes' | 'overflow'>,
  totals: Totals = new Totals(),
  most: Partial<QueueBounds> = {},
): Queue<Item> {
  const all = { totalMessages: 1e9, totalBytes: 1e12, messagesInMemory: 1e9, totalInflightBytes: 1e12 };
  return new Queue<Item>({ ...all, ...bounds, ...most }, totals);
}

describe('the queue', () => {
  for (const overflow of ['drop-newest', 'drop-oldest', 'disconnect'] as const) {
    it(`behaves as a list that is cut by ${overflow}`, () => {
      fc.assert(
        fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
          const bounds = { messages: 5, bytes: 100, overflow };
          const queue = make(bounds);
          const model: Item[] = [];
          const bytes = (): number => model.reduce((sum, { size }) => sum + size, 0);
          let name = 0;
          for (const step of operations) {
            if (step === 'shift') {
              expect(queue.peek()).toBe(model[0]);
              expect(queue.shift()).toBe(model.shift());
            } else {
              const item = { name: name++, size: step.size };
              const dropped: Item[] = [];
              if (overflow === 'drop-oldest') {
                while (model.length > 0 && (model.length >= 5 || bytes() + item.size > 100))
                  dropped.push(...model.splice(0, 1));
              }
              const isTaken = model.length < 5 && bytes() + item.size <= 100;
              if (isTaken) model.push(item);
              else dropped.push(item);
              expect(queue.add(item)).toEqual({ isTaken, dropped });
            }
            expect([...queue]).toEqual(model);
            expect([queue.length, queue.bytes]).toEqual([model.length, bytes()]);
          }
        }),
        { numRuns: 300 },
      );
    });
  }

  it('drops what is larger than the whole bound', () => {
    const queue = make({ messages: 5, bytes: 10, overflow: 'drop-oldest' });
    queue.add({ name: 1, size: 5 });
    expect(queue.add({ name: 2, size: 11 })).toEqual({
      isTaken: false,
      dropped: [
        { name: 1, size: 5 },
        { name: 2, size: 11 },
      ],
    });
    expect(queue.length).toBe(0);
  });

  it('says when it is high and low', () => {
    const queue = make({ messages: 100, bytes: 10_000, overflow: 'drop-newest' });
    for (let name = 0; name < 26; name++) queue.add({ name, size: 1 });
    expect([queue.isHigh, queue.isLow]).toEqual([true, false]);
    for (let i = 0; i < 14; i++) queue.shift();
    expect([queue.isHigh, queue.isLow]).toEqual([false, true]);
    queue.add({ name: 99, size: 5000 });
    expect([queue.isHigh, queue.isLow]).toEqual([true, false]);
  });

  it('stays small while it is used for long', () => {
    const queue = make({ messages: 5000, bytes: 1e9, overflow: 'drop-newest' });
    for (let name = 0; name < 3000; name++) queue.add({ name, size: 1 });
    for (let name = 3000; name < 50_000; name++) {
      queue.add({ name, size: 1 });
      expect(queue.shift()?.name).toBe(name - 3000);
    }
    expect(queue.length).toBe(3000);
  });
});

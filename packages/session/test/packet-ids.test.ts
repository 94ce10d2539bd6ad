/** Packet ids: never 0, never one in use, rolling forward; as examples and against a Set as the oracle. */
import { IdMap, type Ids, PacketIds } from '@mqtt/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const LAST = 65_535;

/** Both tables do the same. */
type Table = new <Item = undefined>() => Ids<Item>;
const tables: readonly (readonly [string, Table])[] = [
  ['PacketIds', PacketIds],
  ['IdMap', IdMap],
];

function take(ids: Ids<undefined>, count: number): number[] {
  return Array.from({ length: count }, () => ids.allocate());
}

describe.each(tables)('packet ids of %s', (_, Table) => {
  it('[MQTT-2.2.1-3] [MQTT-2.3.1-1] begin at 1 and are never 0', () => {
    const ids = new Table();
    expect(take(ids, 3)).toEqual([1, 2, 3]);
    expect(ids.size).toBe(3);
  });

  it('[F09] roll forward: an id just freed is the last to come back', () => {
    const ids = new Table();
    const seen = new Set<number>();
    for (let i = 0; i < LAST; i++) {
      const id = ids.allocate();
      seen.add(id);
      ids.free(id);
    }
    expect([seen.size, Math.min(...seen), Math.max(...seen)]).toEqual([LAST, 1, LAST]);
    expect(ids.allocate()).toBe(1);
  });

  it('[F09] are all used before there is none: then 0, and the one that is freed', () => {
    const ids = new Table();
    const all = take(ids, LAST);
    expect(new Set(all).size).toBe(LAST);
    expect([ids.allocate(), ids.size]).toEqual([0, LAST]);
    expect(ids.free(777)).toBe(true);
    expect([ids.allocate(), ids.allocate()]).toEqual([777, 0]);
  });

  it('[MQTT-2.2.1-4] pass over an id that stays in use, lap after lap', () => {
    const ids = new Table();
    const first = ids.allocate();
    let again = 0;
    for (let i = 0; i < 3 * LAST; i++) {
      const id = ids.allocate();
      if (id === first) again += 1;
      ids.free(id);
    }
    expect([again, ids.has(first)]).toEqual([0, true]);
  });

  it('keep an item and a use, which can change', () => {
    const ids = new Table<string>();
    const id = ids.allocate(2, 'message');
    expect([ids.use(id), ids.item(id)]).toEqual([2, 'message']);
    ids.change(id, 3);
    expect([ids.use(id), ids.item(id)]).toEqual([3, 'message']);
    ids.renew(id, 4);
    expect([ids.use(id), ids.item(id), ids.has(id)]).toEqual([4, undefined, true]);
  });

  it('change nothing about an id that is not in use', () => {
    const ids = new Table<string>();
    ids.change(1, 2);
    ids.renew(1, 2);
    const id = ids.allocate();
    ids.change(id + 8, 2);
    ids.renew(id + 8, 2);
    expect([ids.inOrder(), ids.use(id), ids.item(id + 8)]).toEqual([[1], 1, undefined]);
    expect([ids.free(id + 8), ids.free(id), ids.free(id)]).toEqual([false, true, false]);
  });

  it.each([0, -1, 65_536, 65_537, 1.5, Number.NaN])('%d is no packet id', (id) => {
    const ids = new Table();
    take(ids, 20);
    expect([ids.has(id), ids.use(id), ids.item(id), ids.free(id), ids.claim(id)]).toEqual([
      false,
      0,
      undefined,
      false,
      false,
    ]);
  });

  it('take an id that is claimed, once, and go on after it', () => {
    const ids = new Table();
    expect([ids.claim(500), ids.claim(500), ids.claim(508), ids.claim(LAST)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect([ids.allocate(), ids.inOrder()]).toEqual([1, [500, 508, LAST, 1]]);
  });

  it('are in order of taking, also across the last id; a renewed one is the newest', () => {
    const ids = new Table();
    ids.claim(LAST - 1);
    take(ids, 3);
    expect(ids.inOrder()).toEqual([LAST - 1, LAST, 1, 2]);
    ids.renew(LAST, 1);
    expect(ids.inOrder()).toEqual([LAST - 1, 1, 2, LAST]);
  });

  it('are all free after clear, and still roll forward', () => {
    const ids = new Table();
    take(ids, 100);
    ids.clear();
    expect([ids.size, ids.has(100), ids.inOrder(), ids.allocate()]).toEqual([0, false, [], 101]);
  });

  it('hold whatever is done with them', () => {
    const step = fc.record({
      act: fc.constantFrom('allocate', 'allocate', 'free', 'claim', 'renew'),
      id: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: LAST - 20, max: LAST + 1 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ids = new Table<number>();
        let oracle: number[] = [];
        for (const { act, id } of steps) {
          const isIn = oracle.includes(id);
          const isId = id >= 1 && id <= LAST;
          const without = oracle.filter((other) => other !== id);
          if (act === 'allocate') {
            const taken = ids.allocate(7, oracle.length);
            expect(taken >= 1 && taken <= LAST && !oracle.includes(taken)).toBe(true);
            oracle.push(taken);
          } else if (act === 'free') {
            expect(ids.free(id)).toBe(isIn);
            oracle = without;
          } else if (act === 'claim') {
            expect(ids.claim(id)).toBe(isId && !isIn);
            if (isId && !isIn) oracle.push(id);
          } else {
            ids.renew(id, 9);
            if (isIn) oracle = [...without, id];
          }
          expect([ids.inOrder(), ids.size, ids.has(id)]).toEqual([
            oracle,
            oracle.length,
            oracle.includes(id),
          ]);
        }
      }),
    );
  });
});

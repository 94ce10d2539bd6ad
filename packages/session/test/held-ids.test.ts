/** The set of held ids, few or all of them, against a Set as the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldIds } from '../src/held-ids.ts';

describe('held ids', () => {
  it('[F05] hold every packet id, and let each go', () => {
    const held = new HeldIds();
    const all = Array.from({ length: 65_535 }, (_, i) => i + 1);
    expect(all.filter((id) => held.add(id))).toHaveLength(65_535);
    expect([held.size, held.add(300)]).toEqual([65_535, false]);
    expect(new Set(held).size).toBe(65_535);
    expect(all.filter((id) => held.delete(id))).toHaveLength(65_535);
    expect([held.size, held.has(1), held.delete(1), [...held]]).toEqual([0, false, false, []]);
  });

  it('roll forward with one that stays', () => {
    const held = new HeldIds();
    held.add(1);
    for (let id = 2; id <= 65_535; id++) {
      held.add(id);
      held.delete(id);
    }
    expect([[...held], held.has(300), held.size]).toEqual([[1], false, 1]);
    held.delete(1);
    expect([[...held], held.size]).toEqual([[], 0]);
  });

  it('are a set, whether few or many', () => {
    const step = fc.record({
      add: fc.boolean(),
      id: fc.integer({ min: 1, max: 65_535 }),
      count: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const held = new HeldIds();
        const oracle = new Set<number>();
        const wrong: number[] = [];
        for (const { add, id, count } of steps) {
          for (let i = 0; i < count; i++) {
            const one = 1 + ((id + i) % 65_535);
            const isHeld = held.has(one);
            const isChanged = add ? held.add(one) : held.delete(one);
            if (isHeld !== oracle.has(one) || isChanged !== (isHeld !== add)) wrong.push(one);
            if (add) oracle.add(one);
            else oracle.delete(one);
          }
          expect(wrong).toEqual([]);
          expect(held.size).toBe(oracle.size);
          expect([...held].filter((id) => oracle.has(id))).toHaveLength(oracle.size);
        }
      }),
    );
  });
});

/** What is told and over before a commit leaves no trace; what two commits hold can be made one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Changes } from '../src/changes.ts';

type Step = { readonly key: number; readonly value: string | undefined };

const steps = fc.array(
  fc.record({
    key: fc.integer({ min: 1, max: 6 }),
    value: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
  }),
  { maxLength: 40 },
);

/** Applies the steps to a table whose records change, and remembers which keys an earlier commit has. */
function apply(changes: Changes<string>, model: Map<number, string>, known: Set<number>, list: Step[]): void {
  for (const { key, value } of list) {
    if (value === undefined) {
      if (!model.delete(key)) continue;
      changes.remove(key);
    } else {
      changes.put(key, value, !known.has(key) && !model.has(key) && !changes.removals.has(key));
      model.set(key, value);
    }
  }
}

function committed(file: Map<number, string>, { puts, removals }: Changes<string>): Map<number, string> {
  const after = new Map(file);
  for (const key of removals) after.delete(key);
  for (const [key, value] of puts) after.set(key, value);
  return after;
}

describe('changes of a table', () => {
  it('leave the table as it was told, in one commit, in two, and in two made one', () => {
    fc.assert(
      fc.property(steps, steps, (first, second) => {
        const model = new Map<number, string>();
        const older = new Changes<string>('changing');
        apply(older, model, new Set(), first);
        const between = committed(new Map(), older);
        expect(between).toEqual(model);
        const newer = new Changes<string>('changing');
        apply(newer, model, new Set(between.keys()), second);
        expect(committed(between, newer)).toEqual(model);
        older.absorb(newer);
        expect(committed(new Map(), older)).toEqual(model);
      }),
    );
  });

  it('hold nothing of a record that came and went', () => {
    const changes = new Changes<string>('once');
    changes.put(1, 'x', true);
    changes.remove(1);
    expect([changes.puts.size, changes.removals.size]).toEqual([0, 0]);
    changes.remove(2);
    expect([...changes.removals]).toEqual([2]);
  });
});

/** Trees of levels: what is made is found until it is pruned, with thousands of levels, and with levels that two trees share. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevelTree, ROOT } from '../../src/router/level-tree.ts';
import { Levels, NONE } from '../../src/router/levels.ts';

const path = fc
  .array(fc.constantFrom('', 'a', 'b', 'ab', 'ba', '+', 'é', '\ud83d\ude00'), { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join('/'));

function make(tree: LevelTree, text: string): number {
  const node = tree.make(text, text.length);
  tree.setOwn(node, 0, 1);
  return node;
}

function remove(tree: LevelTree, text: string): void {
  const node = tree.find(text, text.length);
  if (node === NONE) return;
  tree.setOwn(node, 0, 0);
  tree.prune(node);
}

/** Everything below a node that is owned, by going from child to child. */
function owned(tree: LevelTree, above = ROOT): string[] {
  const found: string[] = [];
  for (let node = tree.first(above); node !== NONE; node = tree.next(node)) {
    if (tree.own(node, 0) === 1) found.push(tree.path(node));
    found.push(...owned(tree, node));
  }
  return found;
}

describe('a tree of levels', () => {
  it('has what was made and not removed, whatever another tree with the same levels does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean(), path), { maxLength: 200 }), (steps) => {
        const levels = new Levels(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
        const trees = [new LevelTree(levels), new LevelTree(levels)] as const;
        const models = [new Set<string>(), new Set<string>()] as const;
        for (const [isSecond, isMade, text] of steps) {
          const which = isSecond ? 1 : 0;
          if (isMade) {
            make(trees[which], text);
            models[which].add(text);
          } else {
            remove(trees[which], text);
            models[which].delete(text);
          }
        }
        for (const which of [0, 1] as const)
          expect(owned(trees[which]).sort()).toEqual([...models[which]].sort());
      }),
      { numRuns: 300 },
    );
  });

  it('keeps 20,000 paths apart while it grows, and is empty when they are gone', () => {
    const tree = new LevelTree();
    const paths = Array.from({ length: 20_000 }, (_, i) => `site/${i % 7}/unit-${i}/+/${i * 31}`);
    const nodes = paths.map((text) => make(tree, text));
    expect(new Set(nodes).size).toBe(paths.length);
    expect(paths.every((text, i) => tree.find(text, text.length) === nodes[i])).toBe(true);
    for (const text of paths.slice(10_000)) remove(tree, text);
    expect(paths.every((text, i) => tree.find(text, text.length) === (i < 10_000 ? nodes[i] : NONE))).toBe(
      true,
    );
    for (const text of paths) remove(tree, text);
    expect(tree.first(ROOT)).toBe(NONE);
    expect(tree.levels.find('site', 0, 4)).toBe(NONE);
  });
});

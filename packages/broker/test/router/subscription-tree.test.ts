/** The subscription tree: it matches exactly what the codec's `matches` says, and forgets what is removed. */
import { matches } from '@mqtt/codec/topics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SubscriptionTree } from '../../src/router/subscription-tree.ts';
import type { Subscriber, Subscription } from '../../src/subscriber.ts';

const level = fc.constantFrom('', 'a', 'b', '$x', 'é', '__proto__');
const topicName = fc
  .array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join('/'))
  .filter((name) => name !== '');
const topicFilter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 5 }), fc.boolean())
  .map(([levels, isBelow]) => [...levels, ...(isBelow ? ['#'] : [])].join('/'))
  .filter((filter) => filter !== '');

function subscriber(): Subscriber {
  return {
    isOnline: true,
    load: 0,
    deliver: () => 1,
    wouldWait: () => false,
    whenReady: () => {},
    overtake: () => {},
  };
}

function subscription(by: Subscriber, filter: string): Subscription {
  return {
    subscriber: by,
    topicFilter: filter,
    qos: 0,
    noLocal: false,
    retainAsPublished: false,
    identifiers: undefined,
  };
}

function filtersOf(tree: SubscriptionTree, name: string): string[] {
  const found: string[] = [];
  tree.match(name, (one) => found.push(one.topicFilter));
  return found.sort();
}

describe('the subscription tree', () => {
  it('5.0 [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.2-1] 3.1.1 [MQTT-4.7.1-3] [B20] matches as the specification says', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(topicFilter, { maxLength: 30 }),
        fc.array(fc.boolean()),
        fc.array(topicName, { maxLength: 20 }),
        (filters, removals, names) => {
          const tree = new SubscriptionTree();
          const by = subscriber();
          for (const filter of filters) tree.add(filter, by, subscription(by, filter));
          const left = filters.filter((filter, i) => !removals[i] || !tree.remove(filter, by));
          expect(tree.size).toBe(left.length);
          for (const name of names) {
            expect(filtersOf(tree, name)).toEqual(left.filter((filter) => matches(filter, name)).sort());
          }
          for (const filter of left) expect(tree.remove(filter, by)).toBe(true);
          expect(tree.size).toBe(0);
          for (const name of names) expect(filtersOf(tree, name)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('5.0 [MQTT-3.10.4-1] matches what is left however often filters come and go', () => {
    const tree = new SubscriptionTree();
    const by = subscriber();
    const left = new Set<string>();
    const changes = fc.array(fc.tuple(topicFilter, fc.boolean()), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(changes, fc.array(topicName, { maxLength: 10 }), (steps, names) => {
        for (const [filter, isAdded] of steps) {
          if (isAdded) {
            tree.add(filter, by, subscription(by, filter));
            left.add(filter);
          } else expect(tree.remove(filter, by)).toBe(left.delete(filter));
        }
        expect(tree.size).toBe(left.size);
        for (const name of names)
          expect(filtersOf(tree, name)).toEqual([...left].filter((filter) => matches(filter, name)).sort());
      }),
      { numRuns: 300, endOnFailure: true }, // one tree for all runs: nothing to shrink
    );
    for (const filter of left) expect(tree.remove(filter, by)).toBe(true);
    expect(tree.size).toBe(0);
  });

  it('keeps the subscribers of one filter apart, and replaces a subscription by the same one', () => {
    const tree = new SubscriptionTree();
    const subscribers = [subscriber(), subscriber(), subscriber()];
    for (const filter of ['a/b', 'a/+', 'a/#']) {
      for (const by of subscribers) tree.add(filter, by, subscription(by, filter));
      for (const by of subscribers) tree.add(filter, by, subscription(by, filter));
    }
    expect(tree.size).toBe(9);
    expect(filtersOf(tree, 'a/b')).toHaveLength(9);
    for (const filter of ['a/b', 'a/+', 'a/#']) {
      for (const by of subscribers) expect(tree.remove(filter, by)).toBe(true);
      for (const by of subscribers) expect(tree.remove(filter, by)).toBe(false);
    }
    expect([tree.size, filtersOf(tree, 'a/b')]).toEqual([0, []]);
    expect(tree.remove('never/+/there', subscribers[0] ?? subscriber())).toBe(false);
  });

  it('[B11] a thousand filters of + over 128 levels are matched in bounded time', () => {
    const tree = new SubscriptionTree();
    const by = subscriber();
    for (let n = 0; n < 1000; n++) {
      const levels = Array.from({ length: 128 }, (_, i) => ((n >> (i % 10)) & 1 ? '+' : 'a'));
      tree.add(levels.join('/'), by, subscription(by, `${n}`));
    }
    expect(filtersOf(tree, Array(128).fill('a').join('/'))).toHaveLength(1000);
  });

  it('[B10] tens of thousands of levels do not recurse', () => {
    const tree = new SubscriptionTree();
    const by = subscriber();
    const deep = `${'/'.repeat(65_000)}+`;
    tree.add(deep, by, subscription(by, 'deep'));
    expect(filtersOf(tree, `${'/'.repeat(65_000)}x`)).toEqual(['deep']);
    expect(tree.remove(deep, by)).toBe(true);
  });
});

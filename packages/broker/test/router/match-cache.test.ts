/** The match cache: what it remembers, and how much of it. */
import { describe, expect, it } from 'vitest';
import { MatchCache } from '../../src/router/match-cache.ts';
import { deliveries, type Subscription } from '../../src/subscriber.ts';

const subscriber = {
  isOnline: true,
  load: 0,
  wouldWait: () => false,
  deliver: () => deliveries.none,
  whenReady: () => {},
  overtake: () => {},
};
const subscription: Subscription = {
  subscriber,
  topicFilter: '#',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  identifiers: undefined,
};

function held(cache: MatchCache, topics: readonly string[]): number {
  return topics.filter((topic) => cache.get(topic) !== undefined).length;
}

describe('the match cache', () => {
  it('[G09] starts anew when many topics with many subscribers each have become too much', () => {
    const cache = new MatchCache();
    const many = new Array<Subscription>(100_000).fill(subscription);
    const topics = Array.from({ length: 50 }, (_, n) => `t/${n}`);
    let most = 0;
    for (const topic of topics) {
      cache.set(topic, many);
      most = Math.max(most, held(cache, topics));
    }
    expect(most).toBe(20);
    expect(held(cache, topics)).toBe(10);
    expect(cache.get('t/49')?.subscriptions).toBe(many);
  });

  it('[N06] starts anew when the topics themselves have become too much', () => {
    const cache = new MatchCache();
    const topics = Array.from({ length: 5000 }, (_, n) => `${n}/`.padEnd(4000, 'x'));
    let most = 0;
    for (const topic of topics) {
      cache.set(topic, []);
      most = Math.max(most, held(cache, [topics[0] ?? '']));
    }
    expect(most).toBe(1);
    expect(held(cache, topics)).toBe(1000);
  });

  it('remembers thousands of topics with few', () => {
    const cache = new MatchCache();
    const topics = Array.from({ length: 10_000 }, (_, n) => `t/${n}`);
    for (const topic of topics) cache.set(topic, [subscription]);
    expect(held(cache, topics)).toBe(10_000);
    cache.forget('t/7');
    expect(held(cache, topics)).toBe(9999);
    cache.forgetAll();
    expect(held(cache, topics)).toBe(0);
  });
});

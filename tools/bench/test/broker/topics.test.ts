/** The topics of the loads lie where they are written, and their filters match what they shall and nothing else. */
import { Buffer } from 'node:buffer';
import { isTopicFilter, matches } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { AREA, areaFilter, setTopic, topic, topicOf, unitFilters } from '../../src/broker/topics.ts';

describe('topics', () => {
  it('are written over where they lie', () => {
    const bytes = Buffer.from(`..${topic(0)}`);
    setTopic(bytes, 2, 987_604);
    expect(bytes.toString()).toBe(`..${topic(987_604)}`);
    expect(topic(987_604)).toBe('bench/987/unit/604/pressure');
  });

  it('come once each in as many messages as there are', () => {
    const topics = { first: 3000, each: 1000 };
    const seen = new Set(Array.from({ length: 1000 }, (_, number) => topicOf(topics, number)));
    expect([seen.size, Math.min(...seen), Math.max(...seen)]).toEqual([1000, 3000, 3999]);
  });
});

describe('filters', () => {
  it.each([0, 1, 2, 3])('of an area match its topics in form %i', (form) => {
    const filter = areaFilter(42, form);
    expect(matches(filter, topic(42 * AREA))).toBe(true);
    expect(matches(filter, topic(42 * AREA + 999))).toBe(true);
    expect(matches(filter, topic(43 * AREA))).toBe(false);
  });

  it('of the units of an area match one topic each, a tenth of them with wildcards', () => {
    const filters = unitFilters(7);
    expect(filters.filter((filter) => /[+#]/.test(filter))).toHaveLength(AREA / 10);
    for (const [unit, filter] of filters.entries()) {
      expect(isTopicFilter(filter)).toBe(true);
      expect(matches(filter, topic(7 * AREA + unit))).toBe(true);
      expect(matches(filter, topic(7 * AREA + ((unit + 1) % AREA)))).toBe(false);
      expect(matches(filter, topic(8 * AREA + unit))).toBe(false);
    }
  });
});

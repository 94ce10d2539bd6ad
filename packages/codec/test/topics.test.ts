/**
 * Topic Names and Topic Filters: which are valid, and what matches what, against a table and against an oracle that
 * splits into levels and knows nothing of the code under test.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryTopicFilter,
  arbitraryTopicName,
  topicFilters,
  topicMatches,
  topicNames,
} from '../src/testing/index.ts';
import { isTopicFilter, isTopicName, matches, parseShare } from '../src/topics.ts';

describe('isTopicName', () => {
  it.each(topicNames)('[%s] %j: %s', (_, name, isValid) => {
    expect(isTopicName(name)).toBe(isValid);
  });

  it('[MQTT-4.7.3-3] counts bytes of UTF-8, up to 65,535', () => {
    for (const [character, most] of [
      ['a', 65_535],
      ['é', 32_767],
      ['世', 21_845],
      ['🦉', 16_383],
    ] as const) {
      expect(isTopicName(character.repeat(most))).toBe(true);
      expect(isTopicName(character.repeat(most + 1))).toBe(false);
    }
  });

  it('[B10] takes 65,000 slashes, in time that grows with their number alone', () => {
    expect(isTopicName('/'.repeat(65_000))).toBe(true);
    expect(isTopicFilter('/'.repeat(65_000))).toBe(true);
    expect(matches('/'.repeat(65_000), '/'.repeat(65_000))).toBe(true);
    expect(matches(`${'+/'.repeat(32_000)}#`, '/'.repeat(65_000))).toBe(true);
  });
});

describe('isTopicFilter', () => {
  it.each(topicFilters)('[%s] %j in every version: %s', (_, filter, isValid) => {
    expect(isTopicFilter(filter)).toBe(isValid);
    for (const version of [3, 4, 5] as const) expect(isTopicFilter(filter, version)).toBe(isValid);
  });

  it.each(['$share', '$share/', '$share//t', '$share/g', '$share/g/', '$share///'])(
    '[B17] refuses %j in 5.0, and takes it as a plain filter before',
    (filter) => {
      expect(isTopicFilter(filter, 5)).toBe(false);
      expect(parseShare(filter)).toBeUndefined();
      for (const version of [3, 4] as const) expect(isTopicFilter(filter, version)).toBe(true);
    },
  );

  it.each(['$share/+/t', '$share/a#/t', '$share/a+b/t', '$share/g/a#', '$share/g/+a', '$share/g/#/a'])(
    '[B17] refuses %j in 5.0',
    (filter) => {
      expect(isTopicFilter(filter, 5)).toBe(false);
      expect(parseShare(filter)).toBeUndefined();
    },
  );

  it('takes every filter that the arbitrary makes, and no name with a wildcard', () => {
    fc.assert(
      fc.property(arbitraryTopicFilter, arbitraryTopicName, (filter, name) => {
        expect(isTopicFilter(filter)).toBe(true);
        expect(isTopicName(name)).toBe(true);
        expect(isTopicName(filter)).toBe(!/[+#]/.test(filter));
      }),
    );
  });
});

describe('parseShare', () => {
  it('[MQTT-4.8.2-2] gives the share name and the filter behind it', () => {
    expect(parseShare('$share/g/a/+/#')).toEqual({ shareName: 'g', topicFilter: 'a/+/#' });
    expect(parseShare('$share/g//')).toEqual({ shareName: 'g', topicFilter: '/' });
    expect(parseShare('$share/__proto__/$SYS/#')).toEqual({ shareName: '__proto__', topicFilter: '$SYS/#' });
    expect(parseShare('$share/g/$share/h/x')).toEqual({ shareName: 'g', topicFilter: '$share/h/x' });
  });

  it('gives nothing for what is not shared', () => {
    for (const filter of ['a', '$shared/g/a', '/$share/g/a', '$SHARE/g/a', '#', ''])
      expect(parseShare(filter)).toBeUndefined();
  });
});

/** Each level on its own, and the rules as §4.7 tells them. */
function oracle(filter: string, name: string): boolean {
  const plain = /^\$share\/[^/]+\/(.*)$/s.exec(filter)?.[1] ?? filter;
  if (name.startsWith('$') && /^[+#]/.test(plain)) return false;
  const [wanted, levels] = [plain.split('/'), name.split('/')];
  return oracleLevels(wanted, levels);
}

function oracleLevels([wanted, ...restOfFilter]: readonly string[], levels: readonly string[]): boolean {
  if (wanted === undefined) return levels.length === 0;
  if (wanted === '#') return true;
  const [level, ...restOfName] = levels;
  if (level === undefined) return false;
  return (wanted === '+' || wanted === level) && oracleLevels(restOfFilter, restOfName);
}

describe('matches', () => {
  it.each(topicMatches)('[%s] %j and %j: %s', (_, filter, name, expected) => {
    expect(matches(filter, name)).toBe(expected);
    expect(oracle(filter, name)).toBe(expected);
  });

  it('[MQTT-4.7.3-4] agrees with an oracle, on names that are near the filter', () => {
    const level = fc.constantFrom('a', 'b', '', '$', 'ab');
    const name = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
    const filter = fc
      .tuple(
        fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('', '/#', '/+'),
        fc.constantFrom('', '', '$share/g/'),
      )
      .map(([levels, end, share]) => share + levels.join('/') + end);
    fc.assert(
      fc.property(filter, name, (one, other) => {
        expect(matches(one, other)).toBe(oracle(one, other));
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with an oracle, on names with any character and filters made from them', () => {
    const both = arbitraryTopicName.chain((name) =>
      fc.tuple(
        fc.constant(name),
        fc.tuple(fc.array(fc.nat(6), { maxLength: 3 }), fc.boolean()).map(([places, isOpen]) => {
          const levels = name.split('/').map((level, at) => (places.includes(at) ? '+' : level));
          return (isOpen ? [...levels.slice(0, -1), '#'] : levels).join('/');
        }),
        arbitraryTopicFilter,
      ),
    );
    fc.assert(
      fc.property(both, ([name, near, any]) => {
        expect(matches(near, name)).toBe(oracle(near, name));
        expect(matches(any, name)).toBe(oracle(any, name));
        expect(matches(name, name)).toBe(oracle(name, name));
      }),
      { numRuns: 2000 },
    );
  });

  it('[B11] compares 1000 filters of 128 levels with a name of 128 levels without trying again', () => {
    const name = Array(128).fill('a').join('/');
    const filters = Array.from({ length: 1000 }, (_, seed) =>
      Array.from({ length: 128 }, (_, at) => (((seed >> (at % 10)) & 1) === 0 ? '+' : 'a')).join('/'),
    );
    expect(filters.every((filter) => matches(filter, name))).toBe(true);
    expect(filters.some((filter) => matches(`${filter}/b`, name))).toBe(false);
  });
});

/**
 * fast-check arbitraries of what strings hold: any text that the wire can carry, topic names, topic filters.
 */
import fc from 'fast-check';

/** One character: mostly letters, and now and then each kind that a careless codec gets wrong. */
const character = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...'abcdefgxyz0123456789-_. ') },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 0x7f }).map((point) => String.fromCodePoint(point)) },
  { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0x7ff }).map((point) => String.fromCodePoint(point)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0x800, max: 0xd7ff }).map((point) => String.fromCodePoint(point)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0xe000, max: 0xffff }).map((point) => String.fromCodePoint(point)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0x1_0000, max: 0x10_ffff }).map((point) => String.fromCodePoint(point)),
  },
  { weight: 1, arbitrary: fc.constantFrom('\uFEFF', '\uFFFD', '\uFFFF', '\u0301', '\n', '\u{10FFFF}') },
);

/** Text that a UTF-8 Encoded String can hold: no U+0000, no lone surrogate (§1.5.4); sometimes empty. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: character, maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: character, minLength: 60, maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom('', '__proto__', 'constructor', '(a+)+$') },
);

const level = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'sensor', '') },
  {
    weight: 2,
    arbitrary: fc.string({ unit: character, maxLength: 6 }).map((text) => text.replace(/[+#/]/g, 'w')),
  },
);
const firstLevel = fc.oneof(
  { weight: 8, arbitrary: level },
  { weight: 1, arbitrary: fc.constantFrom('$SYS', '$', '$x') },
);
/** `$share` as a first level would make the filter a shared one. */
const noShare = (text: string): string => (/^\$share(\/|$)/.test(text) ? `x${text}` : text);

/** A valid Topic Name: empty levels, `$SYS`, U+FEFF and characters beyond the basic plane included (§4.7). */
export const arbitraryTopicName: fc.Arbitrary<string> = fc
  .tuple(firstLevel, fc.array(level, { maxLength: 5 }))
  .map(([first, others]) => [first, ...others].join('/') || 'a');

const plainFilter = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: firstLevel }, { weight: 1, arbitrary: fc.constant('+') }),
    fc.array(fc.oneof({ weight: 3, arbitrary: level }, { weight: 1, arbitrary: fc.constant('+') }), {
      maxLength: 5,
    }),
    fc.constantFrom('', '', '/#'),
  )
  .map(([first, others, end]) => noShare([first, ...others].join('/') + end) || '#');

/** A valid Topic Filter: wildcards, and sometimes `$share/{ShareName}/...` (§4.7.1, §4.8.2). */
export const arbitraryTopicFilter: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: plainFilter },
  { weight: 1, arbitrary: fc.constantFrom('#', '+', '/', '//', '+/+', '/#', '$SYS/#') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(level, plainFilter)
      .map(([shareName, topicFilter]) => `$share/${shareName || 'g'}/${topicFilter}`),
  },
);

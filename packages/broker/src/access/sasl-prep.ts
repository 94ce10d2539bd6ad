/**
 * SASLprep (RFC 4013): user names and passwords that look alike become alike. Does not check the order of
 * left-to-right and right-to-left characters: a text that this would refuse is only a text nobody can type twice.
 */

/** Non-ASCII spaces, which become a space (RFC 3454, C.1.2). Pairs: first, last. */
const SPACES = [0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200b, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000];

/** Characters that become nothing (RFC 3454, B.1). */
const NOTHING = [
  0xad, 0xad, 0x34f, 0x34f, 0x1806, 0x1806, 0x180b, 0x180d, 0x200c, 0x200d, 0x2060, 0x2060, 0xfe00, 0xfe0f,
  0xfeff, 0xfeff,
];

/** Characters that may not stand in a name or password (RFC 3454, C.1.2 to C.9). */
const PROHIBITED = [
  ...SPACES,
  ...[0x00, 0x1f, 0x7f, 0x9f, 0x340, 0x341, 0x6dd, 0x6dd, 0x70f, 0x70f, 0x180e, 0x180e, 0x200c, 0x200f],
  ...[0x2028, 0x202e, 0x2060, 0x2063, 0x206a, 0x206f, 0x2ff0, 0x2ffb, 0xd800, 0xf8ff, 0xfdd0, 0xfdef],
  ...[0xfeff, 0xfeff, 0xfff9, 0xffff, 0x1d173, 0x1d17a, 0xe0001, 0xe0001, 0xe0020, 0xe007f],
  ...[0xf0000, 0x10ffff],
];

/** The prepared form of `text`; undefined when it holds what may not be, or nothing is left. */
export function saslPrep(text: string): string | undefined {
  if (/^[ -~]+$/.test(text)) return text;
  let mapped = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (isIn(SPACES, point)) mapped += ' ';
    else if (!isIn(NOTHING, point)) mapped += character;
  }
  const prepared = mapped.normalize('NFKC');
  for (const character of prepared) {
    const point = character.codePointAt(0) ?? 0;
    // The last two of each plane are no characters (C.4).
    if (isIn(PROHIBITED, point) || (point & 0xfffe) === 0xfffe) return undefined;
  }
  return prepared === '' ? undefined : prepared;
}

function isIn(ranges: readonly number[], point: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (point >= (ranges[i] ?? 0) && point <= (ranges[i + 1] ?? 0)) return true;
  }
  return false;
}

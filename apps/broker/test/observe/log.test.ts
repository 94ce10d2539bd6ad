/** What a line of the log looks like, for people and for programs, whatever a peer has sent. */
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { lineWriter } from '../../src/observe/log.ts';

/** What is written for one line with this field. */
function lineOf(value: unknown, forPeople: boolean): string {
  const lines: string[] = [];
  const log = pino(
    { base: null, timestamp: () => ',"time":0' },
    lineWriter(
      (line) => lines.push(line),
      () => forPeople,
    ),
  );
  log.info({ value }, 'client connected');
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('a line for people', () => {
  it('has time, level, message and fields', () => {
    expect(lineOf('x', true)).toBe('00:00:00.000 INFO  client connected value="x"\n');
  });
});

describe('a line for programs', () => {
  it('is one object of JSON', () => {
    expect(lineOf('x', false)).toBe('{"level":30,"time":0,"value":"x","msg":"client connected"}\n');
  });
});

describe('whatever a peer sends', () => {
  const evil = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('\n', '\r', '\u001b', '\u009b', '\u2028', '\u202e', '"', '\\', 'a', '}'),
    }),
  );

  it('a line stays one line without control characters, and as JSON says what was sent', () => {
    fc.assert(
      fc.property(evil, (value) => {
        const line = lineOf(value, false);
        expect(line.slice(0, -1)).not.toMatch(DANGEROUS);
        expect(line.endsWith('\n')).toBe(true);
        expect((JSON.parse(line) as { value: string }).value).toBe(value);
        expect(lineOf(value, true).slice(0, -1)).not.toMatch(DANGEROUS);
      }),
    );
  });
});

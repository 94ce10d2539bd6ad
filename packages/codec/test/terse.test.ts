/** What stands in place of words where a bundle is to be small: the same rules, their reason codes alone. */
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../src/errors.terse.ts';
import * as terse from '../src/header.terse.ts';
import * as header from '../src/header.ts';
import { Reader } from '../src/reader.ts';
import * as terseRules from '../src/rules.terse.ts';
import * as rules from '../src/rules.ts';

describe('rules.terse', () => {
  it('has every rule with its reason code', () => {
    const codes = Object.entries(rules).map(([name, [, reasonCode]]) => [name, reasonCode]);
    expect({ ...terseRules }).toEqual(Object.fromEntries(codes));
  });

  it('makes an error with the reason code', () => {
    const error = new ProtocolError(terseRules.topicName);
    expect(error).toMatchObject({ name: 'ProtocolError', reasonCode: 0x90, message: 'reason code 0x90' });
  });
});

describe('header.terse', () => {
  it.each([4, 5] as const)('refuses for a client of version %i what header.ts refuses', (version) => {
    const refused = (check: typeof header.checkHeader, byte: number): boolean => {
      const reader = Object.assign(new Reader(), { role: 'client' as const, version });
      try {
        check(reader, byte, true);
        return false;
      } catch {
        return true;
      }
    };
    for (let byte = 0; byte < 256; byte++)
      expect([byte, refused(terse.checkHeader, byte)]).toEqual([byte, refused(header.checkHeader, byte)]);
  });
});

/** What stands in place of words where a bundle is to be small: the same rules, their reason codes alone. */
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../src/errors.terse.ts';
import * as terse from '../src/rules.terse.ts';
import * as rules from '../src/rules.ts';

describe('rules.terse', () => {
  it('has every rule with its reason code', () => {
    const codes = Object.entries(rules).map(([name, [, reasonCode]]) => [name, reasonCode]);
    expect({ ...terse }).toEqual(Object.fromEntries(codes));
  });

  it('makes an error with the reason code', () => {
    const error = new ProtocolError(terse.topicName);
    expect(error).toMatchObject({ name: 'ProtocolError', reasonCode: 0x90, message: 'reason code 0x90' });
  });
});

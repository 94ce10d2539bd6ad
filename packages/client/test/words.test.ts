/** What stands in place of the words of errors in the small client: as many, and nothing said. */
import { describe, expect, it } from 'vitest';
import { MqttError } from '../src/errors.ts';
import * as terse from '../src/words.terse.ts';
import * as words from '../src/words.ts';

describe('words.terse', () => {
  it('has what the core of the client says', () => {
    const missing = Object.keys(words).filter((name) => !(name in terse) && name !== 'wordsOf');
    expect(missing).toEqual([]);
    expect(Object.keys(terse).filter((name) => !(name in words))).toEqual([]);
  });

  it('leaves an error its code as its message', () => {
    expect(new MqttError('CLOSED', terse.ended).message).toBe('CLOSED');
    expect(new MqttError('CLOSED', undefined).message).toBe('CLOSED');
    expect([terse.noOption('keepalive'), terse.socketClosed(1006, 'gone')]).toEqual([
      'keepalive',
      '1006 gone',
    ]);
  });
});

/** SCRAM-SHA-256: the example of RFC 7677, and servers that cheat. Against a broker: apps/broker/test/access/scram.test.ts. */
import { describe, expect, it } from 'vitest';
import { scramSha256 } from '../src/scram.ts';
import { type ScramOptions, scramWith } from '../src/scram-exchange.ts';
import { bytes, failure } from './lab.ts';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const VERIFIER = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

const begin = (options: Partial<ScramOptions> = {}) =>
  scramWith(
    { subtle: crypto.subtle, nonce: () => NONCE },
    { username: 'user', password: 'pencil', ...options },
  ).exchange({
    attempt: 1,
    reason: undefined,
    signal: new AbortController().signal,
  });
const text = (data: unknown): string => new TextDecoder().decode(data as Uint8Array);

describe('scramSha256', () => {
  it('says what the example of RFC 7677 says, and knows its server', async () => {
    const exchange = begin();
    expect(text((await exchange.next()).value)).toBe(`n,,n=user,r=${NONCE}`);
    const final = await exchange.next(bytes(SERVER_FIRST));
    expect(text(final.value)).toBe(`c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=${PROOF}`);
    expect((await exchange.next(bytes(VERIFIER))).done).toBe(true);
  });

  it.each([
    ['a nonce that is not ours', SERVER_FIRST.replace('rOpr', 'xxxx'), /no answer to ours/],
    ['our nonce and nothing added', `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, /no answer to ours/],
    ['too few iterations', SERVER_FIRST.replace('4096', '4095'), /4095 iterations/],
    ['too many iterations', SERVER_FIRST.replace('4096', '5001'), /5001 iterations/],
    ['an extension that must be understood', `${SERVER_FIRST},m=x`, /not one of SCRAM/],
    ['what is no message', 'hello', /not one of SCRAM/],
    ['nothing', '', /not one of SCRAM/],
  ])('refuses a server that says %s', async (_, said, message) => {
    const exchange = begin({ maximumIterations: 5000 });
    await exchange.next();
    const error = await failure(Promise.resolve(exchange.next(bytes(said))));
    expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', message: expect.stringMatching(message) });
  });

  it.each(['v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'e=invalid-proof', '', 'v='])(
    'refuses the server’s last word %o',
    async (last) => {
      const exchange = begin();
      await exchange.next();
      await exchange.next(bytes(SERVER_FIRST));
      expect(await failure(Promise.resolve(exchange.next(bytes(last))))).toMatchObject({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringContaining('signature is wrong'),
      });
    },
  );

  it('escapes commas and equals signs in the name, and makes look-alikes alike', async () => {
    expect(text((await begin({ username: 'a=b,c\u{a0}\u{ad}\u{2168}' }).next()).value)).toBe(
      `n,,n=a=3Db=2Cc IX,r=${NONCE}`,
    );
    for (const empty of [{ username: '' }, { password: '\u{ad}' }])
      expect(() => begin(empty)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('takes another nonce for each exchange', async () => {
    const method = scramSha256({ username: 'user', password: 'pencil' });
    const attempt = { attempt: 1, reason: undefined, signal: new AbortController().signal };
    const firsts = await Promise.all([1, 2].map(() => method.exchange(attempt).next()));
    expect(new Set(firsts.map(({ value }) => text(value))).size).toBe(2);
  });
});

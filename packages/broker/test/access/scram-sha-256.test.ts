/** SCRAM-SHA-256 as a method: RFC 7677's example, right and wrong clients, names that do not exist. No packets. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AuthenticationMethod,
  type Exchange,
  type ExchangeStep,
  type ScramLookup,
  type ScramOptions,
  type ScramRecord,
  scramSha256,
  scramSha256Record,
} from '../../src/index.ts';
import { bytes, ScramClient, type ScramLies, text } from '../wire/scram.ts';

const SALT = Uint8Array.from(Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
/** The server's part of the nonce in RFC 7677 §3, and the random bytes that make it. */
const NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const random = (target: Uint8Array): Uint8Array =>
  target.map((_, at) => (target.length === NONCE.length ? NONCE.charCodeAt(at) - 0x21 : 7));

let record: ScramRecord;
beforeAll(async () => {
  record = await scramSha256Record('pencil', { salt: SALT });
});

const lookup: ScramLookup = (username) => (username === 'user' ? record : undefined);

function begin(
  method: AuthenticationMethod = scramSha256(lookup),
  username?: string,
  source = random,
): Exchange {
  const credentials = {
    clientId: 'c',
    username,
    password: undefined,
    version: 5,
    peer: 'test',
    cleanStart: true,
    keepAlive: 0,
    userProperties: [],
  } as const;
  return method({ credentials, client: undefined, random: source });
}

/** A whole exchange: the last step. */
async function run(client: ScramClient, exchange = begin()): Promise<ExchangeStep> {
  const challenge = await exchange(client.first());
  if (challenge.reasonCode !== 0x18) return challenge;
  return exchange(client.final(challenge.authenticationData));
}

const refused = (why: string): object => ({ reasonCode: 0x87, reasonString: expect.stringContaining(why) });

describe('SCRAM-SHA-256', () => {
  it("gives RFC 7677's own messages", async () => {
    const exchange = begin();
    const challenge = await exchange(bytes('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'));
    expect(text((challenge as { authenticationData: Uint8Array }).authenticationData)).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    const final =
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
    expect(await exchange(bytes(final))).toEqual({
      reasonCode: 0,
      identity: 'user',
      authenticationData: bytes('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='),
    });
  });

  it('lets in who knows the password, and nobody else', async () => {
    const names = fc.string({ unit: fc.constantFrom('a', ',', '=', 'Z', '0', 'ü', '😀'), minLength: 1 });
    const passwords = fc.string({
      unit: fc.constantFrom('a', 'b', ',', '=', ' '),
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(names, passwords, passwords, fc.boolean(), async (name, right, tried, isSlow) => {
        const own = await scramSha256Record(right);
        const find: ScramLookup = (it) => {
          const found = it === name ? own : undefined;
          return isSlow ? Promise.resolve(found) : found;
        };
        const client = new ScramClient(name.replaceAll('=', '=3D').replaceAll(',', '=2C'), tried);
        const last = await run(client, begin(scramSha256(find)));
        if (tried !== right) expect(last).toEqual({ reasonCode: 0x87 });
        else {
          expect(last).toMatchObject({ reasonCode: 0, identity: name });
          expect(client.isServer((last as { authenticationData?: Uint8Array }).authenticationData)).toBe(
            true,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives another nonce each time, and takes no proof twice', async () => {
    let calls = 0;
    const counting = (target: Uint8Array): Uint8Array => target.fill(calls++);
    const client = new ScramClient('user', 'pencil');
    const one = begin(scramSha256(lookup), undefined, counting);
    const challenge = await one(client.first());
    const final = client.final((challenge as { authenticationData?: Uint8Array }).authenticationData);
    expect(await one(final)).toMatchObject({ reasonCode: 0 });
    const two = begin(scramSha256(lookup), undefined, counting);
    await two(client.first());
    expect(await two(final)).toMatchObject(refused('another nonce'));
  });

  const wrong: readonly (readonly [string, ScramLies, string?])[] = [
    ['another nonce', { nonce: 'rOprNGfwEbeRWgbNEkqO' }, 'another nonce'],
    ['a longer nonce', { nonce: `rOprNGfwEbeRWgbNEkqO${NONCE}x` }, 'another nonce'],
    ['another channel binding', { channelBinding: 'eSws' }, 'another channel binding'],
    ['binding data under n', { channelBinding: 'biwsYWFh' }, 'another channel binding'],
    ['fewer iterations, changed on the way', { tampered: (it) => it.replace('i=4096', 'i=1') }],
    ['another salt, changed on the way', { tampered: (it) => it.replace('s=W', 's=X') }],
    ['channel binding', { gs2Header: 'p=tls-unique,,' }, 'channel binding is not supported'],
    ['somebody else to act as', { gs2Header: 'n,a=admin,' }, 'nobody acts as somebody else'],
    ['an unknown flag', { gs2Header: 'x,,' }, 'malformed'],
    ['an empty identity to act as', { gs2Header: 'n,a=,' }, 'malformed'],
    ['an extension that must be understood', { firstExtensions: ',m=x' }, 'malformed'],
    ['an attribute twice', { firstExtensions: ',r=x' }, 'malformed'],
    ['an attribute of another message', { finalExtensions: ',v=x' }, 'malformed'],
    ['an extension without a value', { firstExtensions: ',x=' }, 'malformed'],
    ['an extension without a name', { finalExtensions: ',=x' }, 'malformed'],
  ];
  for (const [name, lies, why] of wrong) {
    it(`refuses ${name}`, async () => {
      const last = await run(new ScramClient('user', 'pencil', undefined, lies));
      if (why === undefined) expect(last).toEqual({ reasonCode: 0x87 });
      else expect(last).toMatchObject(refused(why));
    });
  }

  it('takes y as it takes n, oneself to act as, and extensions that may be let pass', async () => {
    for (const lies of [
      { gs2Header: 'y,,' },
      { gs2Header: 'n,a=user,' },
      { firstExtensions: ',x=1,Y=a=b', finalExtensions: ',z=ü' },
    ]) {
      expect(await run(new ScramClient('user', 'pencil', undefined, lies))).toMatchObject({ reasonCode: 0 });
    }
  });

  it('asks for the first message when CONNECT has no data', async () => {
    const exchange = begin();
    expect(await exchange(undefined)).toEqual({ reasonCode: 0x18 });
    expect(await exchange(undefined)).toMatchObject(refused('no data'));
    const other = begin();
    await other(undefined);
    expect(await run(new ScramClient('user', 'pencil'), other)).toMatchObject({ reasonCode: 0 });
  });

  it('wants the User Name of CONNECT to be the same', async () => {
    const method = scramSha256(lookup);
    const client = (): ScramClient => new ScramClient('user', 'pencil');
    expect(await run(client(), begin(method, 'user'))).toMatchObject({ reasonCode: 0, identity: 'user' });
    expect(await run(client(), begin(method, 'admin'))).toMatchObject(refused('User Name'));
  });
});

describe('what is no SCRAM message', () => {
  const firsts = [
    '',
    'n',
    'n,,',
    'n,,n=user',
    'n,,r=abc,n=user',
    'n,,n=,r=abc',
    'n,,n=user,r=',
    'n,,n=user,r=a b',
    'n,,n=user,r=ä',
    'n,,n=us=er,r=abc',
    'n,,n=us=2cer,r=abc',
    'n,,m=x,n=user,r=abc',
    'n,,n=user,r=abc,',
    'n,,n=\u0007,r=abc',
    'n,,n=user\0,r=abc',
    'n,n=user,r=abc',
    'n,,n=user,r=abc,p=x',
  ];
  for (const first of firsts) {
    it(`first: ${JSON.stringify(first)}`, async () => {
      expect(await begin()(bytes(first))).toMatchObject(refused('SCRAM-SHA-256'));
    });
  }

  it('first: bytes that are no text', async () => {
    expect(await begin()(Uint8Array.of(0x6e, 0x2c, 0x2c, 0xff))).toMatchObject(refused('not text'));
  });

  const joint = `rOprNGfwEbeRWgbNEkqO${NONCE}`;
  const finals = [
    '',
    'p=',
    `c=biws,r=${joint}`,
    `c=biws,r=${joint},p=`,
    `c=biws,r=${joint},p=x`,
    `c=biws,r=${joint},p=AAAA`,
    `c=biws,r=${joint},p=${'A'.repeat(43)}`,
    `c=biws,r=${joint},p=${'!'.repeat(43)}=`,
    `r=${joint},c=biws,p=${'A'.repeat(43)}=`,
    `c=biws,r=${joint},p=${'A'.repeat(43)}=,x=1`,
    `c=,r=${joint},p=${'A'.repeat(43)}=`,
  ];
  for (const final of finals) {
    it(`final: ${JSON.stringify(final)}`, async () => {
      const exchange = begin();
      await exchange(new ScramClient('user', 'pencil').first());
      expect(await exchange(bytes(final))).toMatchObject({ reasonCode: 0x87 });
    });
  }

  it('any bytes at all are answered, and never let in', async () => {
    const parts = fc.constantFrom(
      'n',
      'y',
      'p',
      ',',
      '=',
      'r=',
      'n=',
      'c=biws',
      'p=',
      'm=',
      'a=',
      'user',
      joint,
    );
    const data = fc.oneof(
      fc.uint8Array(),
      fc.array(parts).map((them) => bytes(them.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(data, data, async (first, second) => {
        const exchange = begin();
        const steps = [await exchange(first), await exchange(second)];
        expect(steps.every(({ reasonCode }) => reasonCode !== 0)).toBe(true);
      }),
    );
  });
});

describe('a user that does not exist', () => {
  async function challenge(username: string, options: ScramOptions = {}, find = lookup): Promise<string> {
    const step = await begin(scramSha256(find, options))(bytes(`n,,n=${username},r=abc`));
    return text((step as { authenticationData?: Uint8Array }).authenticationData);
  }
  const secret = new Uint8Array(16).fill(1);

  it('is asked and refused like one that does', async () => {
    const known = await challenge('user', { secret });
    const unknown = await challenge('nobody', { secret });
    expect(unknown.length).toBe(known.length);
    expect(unknown.replace(/s=[^,]+/, '')).toBe(known.replace(/s=[^,]+/, ''));
    expect(await run(new ScramClient('nobody', 'pencil'))).toEqual({ reasonCode: 0x87 });
    expect(await run(new ScramClient('user', 'wrong'))).toEqual({ reasonCode: 0x87 });
  });

  it('has a salt of its own, always the same under one secret', async () => {
    const [a, again, b, other] = [
      await challenge('a', { secret }),
      await challenge('a', { secret }),
      await challenge('b', { secret }),
      await challenge('a', { secret: new Uint8Array(16).fill(2) }),
    ];
    expect(again).toBe(a);
    expect(new Set([a, b, other]).size).toBe(3);
    expect(await challenge('a', { secret, iterations: 10_000, saltLength: 32 })).toMatch(
      /s=[^,]{44},i=10000$/,
    );
  });

  it('is looked up as often, and answered at once or later as the others', async () => {
    const asked: string[] = [];
    const find: ScramLookup = (username) => {
      asked.push(username);
      return username === 'user' ? record : undefined;
    };
    const later: ScramLookup = (username) => Promise.resolve(find(username));
    for (const name of ['user', 'nobody']) {
      expect(begin(scramSha256(find))(bytes(`n,,n=${name},r=abc`))).not.toBeInstanceOf(Promise);
      const step = begin(scramSha256(later))(bytes(`n,,n=${name},r=abc`));
      expect(step).toBeInstanceOf(Promise);
      await step;
    }
    expect(asked).toEqual(['user', 'user', 'nobody', 'nobody']);
  });
});

describe('records', () => {
  it('are made as RFC 5803 keeps them: salt, iterations, two keys', () => {
    const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
    expect([
      record.iterations,
      base64(record.salt),
      base64(record.storedKey),
      base64(record.serverKey),
    ]).toEqual([
      4096,
      'W22ZaJ0SNY7soEsUEjb6gQ==',
      'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=',
      'wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    ]);
  });

  it('have a salt of their own', async () => {
    const [a, b] = [await scramSha256Record('x'), await scramSha256Record('x')];
    expect(a.salt).toHaveLength(16);
    expect(Buffer.from(a.salt).equals(b.salt)).toBe(false);
    expect(Buffer.from(a.storedKey).equals(b.storedKey)).toBe(false);
  });

  it('refuse passwords, salts and iterations that are none', async () => {
    const invalid = { code: 'INVALID_OPTION' };
    for (const password of ['', '\u0007', '\u00ad', 'a\ue000'])
      await expect(scramSha256Record(password)).rejects.toMatchObject(invalid);
    for (const options of [{ salt: new Uint8Array(7) }, { iterations: 4095 }, { iterations: 4096.5 }])
      await expect(scramSha256Record('x', options)).rejects.toMatchObject(invalid);
    for (const options of [
      { secret: new Uint8Array(15) },
      { iterations: 1 },
      { saltLength: 33 },
      { saltLength: -1 },
    ])
      expect(() => scramSha256(lookup, options)).toThrow(expect.objectContaining(invalid));
  });

  it('that are none are never used', async () => {
    for (const broken of [
      null,
      {},
      'x',
      { ...record, iterations: 1 },
      { ...record, storedKey: new Uint8Array(31) },
    ]) {
      const exchange = begin(scramSha256(() => broken as never));
      expect(() => exchange(bytes('n,,n=user,r=abc'))).toThrow('ScramRecord');
      const later = begin(scramSha256(() => Promise.resolve(broken as never)));
      await expect(later(bytes('n,,n=user,r=abc'))).rejects.toThrow('ScramRecord');
    }
  });

  it('prepare what looks alike (RFC 4013 §3)', async () => {
    const like: readonly (readonly [string, string])[] = [
      ['I\u00adX', 'IX'],
      ['\u00aa', 'a'],
      ['\u2168', 'IX'],
      ['a\u00a0b', 'a b'],
    ];
    for (const [one, other] of like) {
      const made = await scramSha256Record(one, { salt: SALT });
      expect(made, one).toEqual(await scramSha256Record(other, { salt: SALT }));
    }
    const cased = [
      await scramSha256Record('user', { salt: SALT }),
      await scramSha256Record('USER', { salt: SALT }),
    ];
    expect(cased[0]).not.toEqual(cased[1]);
  });
});

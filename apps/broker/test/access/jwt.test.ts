/** Tokens of every algorithm, what is wrong with them, and what their claims allow. */
import type { Client, Credentials } from '@mqtt/broker';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Algorithm, JwtAccess, type JwtRules } from '../../src/access/jwt.ts';

const SECRET = new TextEncoder().encode('a secret of at least thirty-two bytes');
const NOW = 1_800_000_000_000;
const RULES: JwtRules = {
  key: { secret: SECRET },
  algorithms: ['HS256'],
  identityClaim: 'sub',
  aclClaim: 'acl',
  clockTolerance: 0,
};

function signer(claims: Record<string, unknown>, algorithm: string, kid?: string): SignJWT {
  return new SignJWT(claims).setProtectedHeader({ alg: algorithm, ...(kid === undefined ? {} : { kid }) });
}

function hs256(claims: Record<string, unknown>): Promise<string> {
  return signer({ sub: 'dev1', exp: NOW / 1000 + 60, ...claims }, 'HS256').sign(SECRET);
}

function credentials(token: string | undefined, clientId = 'c1'): Credentials {
  return {
    clientId,
    username: 'ignored',
    password: token === undefined ? undefined : new TextEncoder().encode(token),
    version: 5,
    peer: '127.0.0.1:1',
    listener: 'main',
    certificate: undefined,
    cleanStart: true,
    keepAlive: 0,
    userProperties: [],
  };
}

function client(identity = 'dev1', clientId = 'c1'): Client {
  return {
    clientId,
    identity,
    username: 'ignored',
    version: 5,
    peer: '127.0.0.1:1',
    listener: 'main',
    certificate: undefined,
  };
}

const access = (rules: Partial<JwtRules> = {}, now = () => NOW): JwtAccess =>
  new JwtAccess({ ...RULES, ...rules }, now);

describe('who a token says it is', () => {
  it('HS256 with a secret', async () => {
    expect(await access().authenticate(credentials(await hs256({})))).toEqual({
      is: 'known',
      identity: 'dev1',
    });
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)(
    '%s with a public key, and by its id from a JWKS',
    async (algorithm: Algorithm) => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
      const token = await signer({ sub: 'dev1', exp: NOW / 1000 + 60 }, algorithm, 'k2').sign(privateKey);
      const other = await generateKeyPair(algorithm, { extractable: true });
      const jwks = {
        keys: [
          { ...(await exportJWK(other.publicKey)), kid: 'k1', alg: algorithm },
          { ...(await exportJWK(publicKey)), kid: 'k2', alg: algorithm },
        ],
      };
      for (const key of [{ publicKey: await exportSPKI(publicKey) }, { jwks }]) {
        const finding = await access({ key, algorithms: [algorithm] }).authenticate(credentials(token));
        expect(finding).toEqual({ is: 'known', identity: 'dev1' });
      }
      const wrong = { publicKey: await exportSPKI(other.publicKey) };
      expect(
        await access({ key: wrong, algorithms: [algorithm] }).authenticate(credentials(token)),
      ).toMatchObject({
        is: 'wrong',
      });
    },
  );

  it('leaves passwords that are no tokens to others', async () => {
    for (const password of [undefined, '', 'secret', 'a.b', 'a.b.c.d', 'a b.c.d']) {
      expect(await access().authenticate(credentials(password))).toEqual({ is: 'unknown' });
    }
  });

  it.each([
    ['never expires', { exp: undefined }, {}],
    ['has expired', { exp: NOW / 1000 - 1 }, {}],
    ['is not valid yet', { nbf: NOW / 1000 + 5 }, {}],
    ['is of another issuer', { iss: 'them' }, { issuer: 'us' }],
    ['is for another audience', { aud: 'them' }, { audience: 'us' }],
    ['names nobody', { sub: '' }, {}],
    ['names a number', { sub: 7 }, {}],
    ['has rights in another form', { acl: 'all' }, {}],
    ['has rights that are no filters', { acl: { publish: [1] } }, {}],
    ['uses an algorithm that was not named', {}, { algorithms: ['RS256'] as const }],
  ] as const)('[D08] refuses one that %s', async (_what, claims, rules) => {
    expect(await access(rules).authenticate(credentials(await hs256(claims)))).toMatchObject({
      is: 'wrong',
      because: expect.stringMatching(/./),
    });
  });

  it('refuses one that was changed, and one that is not signed', async () => {
    const token = await hs256({});
    const [head = '', body = '', signature = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'admin' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const bad of [
      `${head}.${forged}.${signature}`,
      `${none}.${body}.x`,
      `${none}.${forged}.${signature}`,
    ]) {
      expect(await access().authenticate(credentials(bad))).toMatchObject({
        is: 'wrong',
        because: expect.stringMatching(/./),
      });
    }
  });

  it('a clock may differ by the tolerance', async () => {
    const token = await hs256({ exp: NOW / 1000 - 3 });
    expect(await access({ clockTolerance: 5 }).authenticate(credentials(token))).toMatchObject({
      is: 'known',
    });
  });

  it('takes another claim as the name', async () => {
    const token = await hs256({ device: 'd7' });
    const finding = await access({ identityClaim: 'device' }).authenticate(credentials(token));
    expect(finding).toEqual({ is: 'known', identity: 'd7' });
  });
});

describe('what its claims allow', () => {
  it('filters for each direction, with %u and %c', async () => {
    const jwt = access();
    const acl = { publish: ['up/%u/#', 'one'], subscribe: ['down/%c/+', 'all/#'] };
    await jwt.authenticate(credentials(await hs256({ acl })));
    expect(jwt.publish(client(), 'up/dev1/x')).toBe(true);
    expect(jwt.publish(client(), 'up/dev2/x')).toBe(false);
    expect(jwt.publish(client(), 'all/x')).toBe(false);
    expect(jwt.subscribe(client(), 'down/c1/+')).toBe(true);
    expect(jwt.subscribe(client(), 'down/#')).toBe(false);
    expect(jwt.receive(client(), 'down/c1/x')).toBe(true);
    expect(jwt.receive(client(), 'up/dev1/x')).toBe(false);
  });

  it('[E18] a token without the claim says nothing, and other claims change nothing', async () => {
    const jwt = access();
    await jwt.authenticate(credentials(await hs256({ role: 'admin', publish: ['#'] })));
    expect([jwt.publish(client(), 'a'), jwt.subscribe(client(), 'a'), jwt.receive(client(), 'a')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('[E11] a name with a wildcard fills no filter', async () => {
    const jwt = access();
    await jwt.authenticate(
      credentials(await hs256({ sub: '#', acl: { publish: ['%u', 'x/%u'], subscribe: [] } })),
    );
    expect(jwt.publish(client('#'), 'a')).toBe(false);
    expect(jwt.publish(client('#'), 'x/a')).toBe(false);
  });

  it('[E17] rights are of one identity: another one with that client id has none', async () => {
    const jwt = access();
    await jwt.authenticate(credentials(await hs256({ acl: { publish: ['#'] } })));
    expect(jwt.publish(client('mallory'), 'a')).toBe(undefined);
    // A good token of somebody else, with that client id: it takes nothing from whose it is.
    await jwt.authenticate(credentials(await hs256({ sub: 'mallory', acl: { publish: [] } })));
    expect(jwt.publish(client(), 'a')).toBe(true);
  });
});

describe('expired', () => {
  it('names each client once when its token is over', async () => {
    let now = NOW;
    const jwt = access({}, () => now);
    await jwt.authenticate(
      credentials(await hs256({ exp: NOW / 1000 + 10, acl: { subscribe: ['a'] } }), 'short'),
    );
    await jwt.authenticate(credentials(await hs256({ exp: undefined }), 'for-ever'));
    expect(jwt.expired()).toEqual([]);
    now += 10_000;
    expect(jwt.expired()).toEqual([{ clientId: 'short', identity: 'dev1' }]);
    expect(jwt.expired()).toEqual([]);
    expect(jwt.receive(client('dev1', 'short'), 'a')).toBe(true);
  });
});

describe('replace', () => {
  it('new keys hold for new connections; keys that cannot be used change nothing', async () => {
    const jwt = access();
    await jwt.ready();
    await expect(
      jwt.replace({ ...RULES, key: { publicKey: 'nonsense' }, algorithms: ['RS256'] }),
    ).rejects.toThrow();
    expect(await jwt.authenticate(credentials(await hs256({})))).toMatchObject({ is: 'known' });
    await jwt.replace({
      ...RULES,
      key: { secret: new TextEncoder().encode('another secret of thirty-two bytes') },
    });
    expect(await jwt.authenticate(credentials(await hs256({})))).toMatchObject({
      is: 'wrong',
      because: expect.stringMatching(/./),
    });
  });
});

describe('a token under other rules', () => {
  const sure = async (one: JwtAccess, token: string): Promise<void> => {
    expect(await one.authenticate(credentials(token))).toMatchObject({ is: 'known' });
    expect(one.vouch(client(), true)).toBe('token');
  };

  it.each<[string, Partial<JwtRules>, boolean]>([
    ['the same', {}, true],
    ['another tolerance', { clockTolerance: 9 }, true],
    ['its issuer', { issuer: 'us' }, true],
    ['another issuer', { issuer: 'them' }, false],
    ['its audience', { audience: 'mqtt' }, true],
    ['another audience', { audience: 'http' }, false],
    ['another secret', { key: { secret: SECRET.slice().fill(1, 0, 1) } }, false],
    ['another claim for the name', { identityClaim: 'name' }, false],
    ['another claim for rights', { aclClaim: 'rights' }, false],
  ])('%s', async (_, rules, isGood) => {
    const one = access();
    await sure(one, await hs256({ iss: 'us', aud: ['mqtt', 'x'] }));
    await one.replace({ ...RULES, ...rules });
    expect(one.vouch(client(), true)).toBe(isGood ? 'token' : undefined);
    expect(one.vouch(client(), false)).toBe('token');
    expect(one.vouch(client('somebody else'), true)).toBe(undefined);
  });

  it('a key that stays among others, one that goes, and one that another takes the id of', async () => {
    const [mine, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    const jwk = async ({ publicKey }: typeof mine, kid: string) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg: 'ES256',
    });
    const token = await signer({ sub: 'dev1', exp: NOW / 1000 + 60 }, 'ES256', 'k1').sign(mine.privateKey);
    const rules = async (
      ...keys: readonly (readonly [typeof mine, string])[]
    ): Promise<Partial<JwtRules>> => ({
      key: { jwks: { keys: await Promise.all(keys.map(([pair, kid]) => jwk(pair, kid))) } },
      algorithms: ['ES256'],
    });
    for (const [next, isGood] of [
      [await rules([other, 'k2'], [mine, 'k1']), true],
      [await rules([other, 'k2']), false],
      [await rules([other, 'k1']), false],
      [{ algorithms: ['RS256'] as const }, false],
    ] as const) {
      const before = await rules([mine, 'k1']);
      const one = access(before);
      await sure(one, token);
      await one.replace({ ...RULES, ...before, ...next });
      expect(one.vouch(client(), true)).toBe(isGood ? 'token' : undefined);
    }
  });
});

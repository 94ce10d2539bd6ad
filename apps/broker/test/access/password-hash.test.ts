/** Hashes as Mosquitto writes them, and as we do: read, compared, refused. */
import { describe, expect, it } from 'vitest';
import { HASHES, makeHash, parseHash } from '../../src/access/password-hash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Made by mosquitto_passwd 2.0.11, by an argon2id of another's, and by hand from RFC 7677's user. */
const KNOWN = [
  [
    'sha512-pbkdf2',
    'secret',
    '$7$101$59Z2k8dLQBiAuhqM$KBVE2v85lT7EOVKEfjb+RyRbNJ55WYTTM2RjfHTKfd9icFfqG9AiMdAwiEdrZBpCik7d4VPT+9sJOgIhSQEAmw==',
  ],
  [
    'sha512',
    'pass word',
    '$6$B4staUT3cNXQbo28$lE7myJsRu6ftgAzVbW6Q6aGTo4rOt9SRAw/Aa5CbjROFB2thO7wR1VuBMPUlwFw8LVcQLPXDV11ezPS37cG94A==',
  ],
  [
    'argon2id',
    'secret',
    '$argon2id$v=19$m=8,t=1,p=1$iiIVOc03HWBUCSAIlVeMmA$kR4Duf0/asrT/9R1K7qBdue1hYFFJUfkAi6pDRPZezQ',
  ],
] as const;

describe('a hash that somebody else made', () => {
  it.each(KNOWN)('[D05] %s fits its password and no other', async (name, password, text) => {
    const hash = parseHash(text);
    expect(hash?.name).toBe(name);
    for (const [tried, isRight] of [
      [password, true],
      [`${password} `, false],
      [`${password}\0`, false],
      ['', false],
      [password.toUpperCase(), false],
    ] as const) {
      expect(await hash?.verify(bytes(tried))).toBe(isRight);
    }
  });
});

describe('makeHash', () => {
  it.each(HASHES)('%s fits its password and no other, with a salt of its own each time', async (name) => {
    const [one, other] = [await makeHash(name, bytes('geheim µ')), await makeHash(name, bytes('geheim µ'))];
    expect(one).not.toBe(other);
    expect(parseHash(one)).toMatchObject({ name, text: one });
    expect(await parseHash(one)?.verify(bytes('geheim µ'))).toBe(true);
    expect(await parseHash(one)?.verify(bytes('geheim'))).toBe(false);
    expect(await parseHash(one)?.verify(bytes('geheim µ\0'))).toBe(false);
  });

  it('scram-sha-256 gives the keys that SCRAM needs', async () => {
    const record = parseHash(await makeHash('scram-sha-256', bytes('pencil')))?.scram;
    expect([record?.salt.length, record?.storedKey.length, record?.serverKey.length]).toEqual([16, 32, 32]);
    expect(record?.iterations).toBeGreaterThanOrEqual(4096);
  });
});

describe('what is no hash', () => {
  const key = Buffer.alloc(64).toString('base64');
  it.each([
    ['plain text', 'secret'],
    ['nothing', ''],
    ['a form that is unknown', '$5$rounds=5000$salt$hash'],
    ['no salt', `$6$$${key}`],
    ['a key that is too short', '$6$c2FsdA==$c2hvcnQ='],
    ['a part too many', `$6$c2FsdA==$${key}$x`],
    ['no iterations', `$7$0$c2FsdA==$${key}`],
    ['more iterations than a login may cost', `$7$10000001$c2FsdA==$${key}`],
    ['iterations that are no number', `$7$1e3$c2FsdA==$${key}`],
    ['argon2id without its parts', '$argon2id$v=19$m=8'],
    [
      'argon2id with more memory than a login may cost',
      '$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    ],
    ['scram with one key', '$scram-sha-256$4096$c2FsdA==$AAAA'],
  ])('%s', (_name, text) => {
    expect(parseHash(text)).toBe(undefined);
  });
});

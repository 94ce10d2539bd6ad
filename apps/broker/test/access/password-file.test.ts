/** Password files: who is in them, what is refused, and that a stranger takes as long as a user. */
import { describe, expect, it } from 'vitest';
import { AccessFileError } from '../../src/access/access-file-error.ts';
import { isHashName, Passwords } from '../../src/access/password-file.ts';
import { makeHash } from '../../src/access/password-hash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LINE = `alice:${await makeHash('sha512', bytes('secret'))}`;

describe('Passwords', () => {
  it('knows its users by their passwords', async () => {
    const passwords = Passwords.parse(
      `# ours\n\n${LINE}\r\nbob:${await makeHash('scram-sha-256', bytes('b'))}\n`,
      'p',
    );
    expect(passwords.size).toBe(2);
    expect(await passwords.verify('alice', bytes('secret'))).toBe(true);
    expect(await passwords.verify('alice', bytes('b'))).toBe(false);
    expect(await passwords.verify('bob', bytes('b'))).toBe(true);
    expect(await passwords.verify('carol', bytes('secret'))).toBe(false);
    expect(passwords.scram('bob')?.salt.length).toBe(16);
    expect([passwords.scram('alice'), passwords.scram('carol')]).toEqual([undefined, undefined]);
    expect([passwords.has('alice'), passwords.has('carol')]).toEqual([true, false]);
  });

  it('hashes for somebody who is not there with what its users cost', async () => {
    const costly = `alice:$7$200000$${Buffer.alloc(12).toString('base64')}$${Buffer.alloc(64).toString('base64')}`;
    const passwords = Passwords.parse(costly, 'p');
    const cpuOf = async (user: string): Promise<number> => {
      const before = process.cpuUsage();
      await passwords.verify(user, bytes('x'));
      const { user: spent } = process.cpuUsage(before);
      return spent;
    };
    await cpuOf('alice');
    const [known, unknown] = [await cpuOf('alice'), await cpuOf('nobody')];
    expect(unknown).toBeGreaterThan(known / 4);
  });

  it('an empty file has no user, and verifies nobody', async () => {
    expect(await Passwords.parse('', 'p').verify('', bytes(''))).toBe(false);
  });

  it.each([
    ['alice', 1, /no colon/],
    ['\n:hash', 2, /no user name/],
    ['alice:', 1, /no password/],
    ['alice:secret', 1, /not hashed.*mqttd passwd/],
    ['alice:$9$x$y', 1, /no hash that is known/],
    [`${LINE}\n${LINE}`, 2, /twice/],
  ])('refuses %j with file and line', (text, line, problem) => {
    const read = (): Passwords => Passwords.parse(text, 'users.txt');
    expect(read).toThrow(AccessFileError);
    expect(read).toThrow(problem);
    expect(read).toThrow(`users.txt:${line}:`);
  });
});

describe('isHashName', () => {
  it('knows the forms that can be made', () => {
    expect([isHashName('argon2id'), isHashName('md5')]).toEqual([true, false]);
  });
});

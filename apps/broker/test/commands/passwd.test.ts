/** `mqttd passwd` on real files: what it writes, what it leaves alone, what it refuses. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Passwords } from '../../src/access/password-file.ts';
import { askPassword } from '../../src/commands/ask-password.ts';
import { type PasswdTask, passwd } from '../../src/commands/passwd.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passwd-'));
  file = join(folder, 'users');
});
afterEach(() => rm(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function run(
  task: PasswdTask,
  password?: string,
): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = [];
  const code = await passwd(task, 'sha512', {
    askPassword: async () => (password === undefined ? { missing: 'different' } : { password }),
    say: (line) => said.push(line),
    suffix: 'x',
  });
  return { code, said: said.join('\n') };
}

const isRight = async (user: string, password: string): Promise<boolean> =>
  await Passwords.parse(await readFile(file, 'utf8'), file).verify(user, bytes(password));

describe('mqttd passwd', () => {
  it('begins a file that only its owner reads, adds, changes and deletes users', async () => {
    expect((await run({ do: 'set', file, user: 'alice', create: true }, 'one')).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await run({ do: 'set', file, user: 'bob', create: false }, 'two');
    await run({ do: 'set', file, user: 'alice', create: false }, 'three');
    expect([
      await isRight('alice', 'one'),
      await isRight('alice', 'three'),
      await isRight('bob', 'two'),
    ]).toEqual([false, true, true]);
    expect((await run({ do: 'delete', file, user: 'alice' })).code).toBe(0);
    expect([await isRight('alice', 'three'), await isRight('bob', 'two')]).toEqual([false, true]);
    expect(await readdir(folder)).toEqual(['users']);
  });

  it('leaves comments, other users and the mode as they are', async () => {
    await run({ do: 'set', file, user: 'alice', create: true }, 'one');
    const line = await readFile(file, 'utf8');
    await writeFile(file, `# people\n\n${line}`);
    await chmod(file, 0o640);
    await run({ do: 'set', file, user: 'bob', create: false }, 'two');
    expect(await readFile(file, 'utf8')).toMatch(/^# people\n\nalice:\$6\$\S+\nbob:\$6\$\S+\n$/);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('hashes what is not hashed yet, and that alone', async () => {
    await run({ do: 'set', file, user: 'alice', create: true }, 'one');
    const line = await readFile(file, 'utf8');
    await writeFile(file, `${line}bob:plain text \n# x\ncarol:$money\n`);
    const { code, said } = await run({ do: 'hash-all', file });
    expect([code, said]).toEqual([0, `${file}: 2 passwords hashed (sha512)`]);
    expect((await readFile(file, 'utf8')).startsWith(line)).toBe(true);
    expect([
      await isRight('bob', 'plain text '),
      await isRight('carol', '$money'),
      await isRight('alice', 'one'),
    ]).toEqual([true, true, true]);
    expect((await run({ do: 'hash-all', file })).said).toContain('0 passwords');
  });

  it.each([
    ['a colon in a name', { do: 'set', user: 'a:b', create: true }, 'x', /no colon/],
    ['a line end in a name', { do: 'set', user: 'a\nb', create: true }, 'x', /no control character/],
    ['no name', { do: 'set', user: '', create: true }, 'x', /at least one character/],
    ['an empty password', { do: 'set', user: 'a', create: true }, '', /empty password/],
    ['two passwords that differ', { do: 'set', user: 'a', create: true }, undefined, /not the same/],
    [
      'a file that is not there',
      { do: 'set', user: 'a', create: false },
      'x',
      /does not exist; begin it with -c/,
    ],
    ['a user that is not there', { do: 'delete', user: 'a' }, undefined, /does not exist/],
  ] as const)('refuses %s, and says why', async (_what, task, password, why) => {
    const { code, said } = await run({ ...task, file }, password);
    expect(code).toBe(1);
    expect(said).toMatch(why);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a folder that cannot be written leaves nothing behind', async () => {
    const inside = join(folder, 'none', 'users');
    const { code, said } = await run({ do: 'set', file: inside, user: 'a', create: true }, 'x');
    expect([code, said]).toEqual([1, expect.stringContaining('cannot be written')]);
  });
});

describe('askPassword', () => {
  it('takes the first line of a pipe', async () => {
    const input = new PassThrough();
    input.end('secret word\nmore\n');
    const entered = await askPassword('alice', { input, output: new PassThrough() });
    expect(entered).toEqual({ password: 'secret word' });
  });

  it('finds none in an empty pipe', async () => {
    const input = new PassThrough();
    input.end();
    expect(await askPassword('alice', { input, output: new PassThrough() })).toEqual({ missing: 'none' });
  });

  it.each([
    ['same\nsame\n', { password: 'same' }],
    ['one\nother\n', { missing: 'different' }],
    ['one\n', { missing: 'none' }],
    ['one\n\u0003', { missing: 'interrupted' }],
  ])('%j at a terminal, twice and never shown', async (typed, expected) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    input.end(typed);
    expect(await askPassword('alice', { input, output })).toEqual(expected);
    expect(String(output.read())).not.toMatch(/same$|one|other/);
  });
});

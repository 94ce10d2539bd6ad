/** Who may do what as settings ask for it, listener by listener, before and after a reload. */
import type { Client, Credentials } from '@mqtt/broker';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Guard } from '../../src/access/guard.ts';
import { makeHash } from '../../src/access/password-hash.ts';
import type { Given } from '../../src/config/given.ts';
import { Folder, loadedIn } from '../config/folder.ts';

let folder: Folder;
let lines: Record<string, unknown>[];
let now: number;
beforeEach(() => {
  folder = new Folder();
  lines = [];
  now = 0;
});
afterEach(() => folder.remove());

const settings = (...text: string[]): Given => {
  folder.write('a.yaml', text.join('\n'));
  return loadedIn(folder.load('a.yaml'));
};
const guard = (given: Given): Promise<Guard> =>
  Guard.create(given, {
    log: pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) }),
    now: () => now,
    date: () => 1_700_000_000_000 + now,
    pause: async () => undefined,
  });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const offer = (listener: string, username?: string, password?: string, clientId = 'c'): Credentials => ({
  clientId,
  username,
  password: password === undefined ? undefined : bytes(password),
  version: 5,
  peer: '10.0.0.1:1',
  listener,
  certificate: undefined,
  cleanStart: true,
  keepAlive: 0,
  userProperties: [],
});
const client = (listener: string, identity: string): Client => ({
  clientId: 'c',
  identity,
  username: identity,
  version: 5,
  peer: '10.0.0.1:1',
  listener,
  certificate: undefined,
});
const users = async (...names: string[]): Promise<void> => {
  const all = await Promise.all(
    names.map(async (name) => `${name}:${await makeHash('sha512', bytes(name))}`),
  );
  folder.write('passwd', all.join('\n'));
};

describe('each listener has its own', () => {
  it('open here, passwords there', async () => {
    await users('alice');
    const { access } = await guard(
      settings(
        'listeners:',
        ' - {type: tcp, name: open, port: 0}',
        ' - type: tcp',
        '   name: closed',
        '   port: 0',
        '   security: {authenticate: [{type: password-file, file: passwd}]}',
      ),
    );
    expect(await access.authenticate?.(offer('open'))).toBe('');
    expect(await access.authenticate?.(offer('open', 'bob', 'x'))).toBe('bob');
    expect(await access.authenticate?.(offer('closed'))).toEqual({ reasonCode: 0x87 });
    expect(await access.authenticate?.(offer('closed', 'alice', 'alice'))).toBe('alice');
    expect(await access.authenticate?.(offer('closed', 'alice', 'wrong'))).toEqual({ reasonCode: 0x86 });
    expect(await access.authenticate?.(offer('unknown'))).toEqual({ reasonCode: 0x87 });
    expect(lines.map(({ why }) => why)).toEqual(['anonymous', 'wrong', 'anonymous']);
  });

  it('client ids begin as they must', async () => {
    const { access } = await guard(settings('clients: {clientIdPrefix: secure-}'));
    expect(await access.authenticate?.(offer('tcp-0', undefined, undefined, 'x'))).toEqual({
      reasonCode: 0x85,
    });
    expect(await access.authenticate?.(offer('tcp-0', undefined, undefined, 'secure-x'))).toBe('');
  });
});

describe('a reload', () => {
  const text = [
    'security:',
    '  authenticate: [{type: password-file, file: passwd}]',
    '  authorize: [{type: acl-file, file: acl}]',
  ];

  it('gives and takes users and rights', async () => {
    await users('alice');
    folder.write('acl', 'user alice\ntopic read a/#\n');
    const given = settings(...text);
    const one = await guard(given);
    const alice = client('tcp-0', 'alice');
    expect(one.access.authorizeReceive?.(alice, 'a/b')).toBe(true);
    await users('bob');
    folder.write('acl', 'user bob\ntopic read a/#\n');
    const change = await one.prepare(given);
    expect(one.access.authorizeReceive?.(alice, 'a/b')).toBe(true);
    change();
    expect(one.access.authorizeReceive?.(alice, 'a/b')).toBe(false);
    expect(await one.access.authenticate?.(offer('tcp-0', 'alice', 'alice'))).toEqual({ reasonCode: 0x86 });
    expect(await one.access.authenticate?.(offer('tcp-0', 'bob', 'bob'))).toBe('bob');
  });

  it('of a file that cannot be used changes nothing and says which line', async () => {
    await users('alice');
    folder.write('acl', 'user alice\ntopic read a/#\n');
    const given = settings(...text);
    const one = await guard(given);
    folder.write('acl', 'user alice\nbogus\n');
    folder.write('passwd', 'alice\n');
    await expect(one.prepare(given)).rejects.toMatchObject({
      faults: [{ where: `${folder.path}/passwd:1:1` }, { where: `${folder.path}/acl:2:1` }],
    });
    expect(await one.access.authenticate?.(offer('tcp-0', 'alice', 'alice'))).toBe('alice');
  });
});

describe('tokens', () => {
  const SECRET = 'a secret of at least 32 bytes, for HS256';
  const token = (name: string, claims: object): Promise<string> =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setSubject(name).sign(bytes(SECRET));
  const text = [
    'security:',
    '  authenticate: [{type: jwt, secretFile: secret}]',
    '  authorize: [{type: jwt}]',
  ];

  it('prove a name and carry rights, also after a reload, until they expire', async () => {
    folder.write('secret', `${SECRET}\n`);
    const given = settings(...text);
    const one = await guard(given);
    const password = await token('alice', { acl: { publish: ['a/#'], subscribe: [] }, exp: 1_700_000_010 });
    expect(await one.access.authenticate?.(offer('tcp-0', 'x', password))).toEqual({
      identity: 'alice',
      attributes: { publish: ['a/#'], subscribe: [] },
    });
    const alice = client('tcp-0', 'alice');
    expect(await one.access.authorizePublish?.(alice, 'a/b', 0, false)).toBe(true);
    expect(await one.access.authorizePublish?.(alice, 'b', 0, false)).toBe(false);
    (await one.prepare(given))();
    expect(await one.access.authorizePublish?.(alice, 'a/b', 0, false)).toBe(true);
    expect(one.expired()).toEqual([]);
    now = 11_000;
    expect(one.expired()).toEqual([{ clientId: 'c', identity: 'alice' }]);
  });

  it('carry rights over a restart, for sessions that wait, and those of a listener that is gone', async () => {
    folder.write('secret', `${SECRET}\n`);
    const given = settings(...text);
    const one = await guard(given);
    const attributes = { publish: ['a/#'], subscribe: ['b/#'] };
    const away = { ...client('tcp-0', 'alice'), attributes };
    expect(one.access.authorizeReceive?.(away, 'b/c')).toBe(true);
    expect(one.access.authorizeReceive?.(away, 'a/c')).toBe(false);
    expect(one.access.authorizePublish?.(away, 'a/c', 0, false)).toBe(true);
    expect(one.access.authorizeReceive?.({ ...away, attributes: { subscribe: 'b/#' } }, 'b/c')).toBe(false);
    const password = await token('alice', { exp: 1_700_000_010 });
    expect(await one.access.authenticate?.(offer('tcp-0', 'x', password))).toBe('alice');
    const next = settings('listeners: [{type: tcp, name: other, port: 0}]', ...text);
    (await one.prepare(next, given.settings.listeners))();
    await one.settled;
    expect(one.judge(client('tcp-0', 'alice'), true)).toBe(undefined);
  });

  it('without a key that can be used are refused at start', async () => {
    const given = settings(...text);
    await expect(guard(given)).rejects.toMatchObject({
      faults: [{ where: 'a.yaml:2:42', message: `${folder.path}/secret: there is no such file` }],
    });
  });
});

describe('SCRAM-SHA-256', () => {
  const NONCE = 'rOprNGfwEbeRWgbNEjqO';
  const method = (one: Guard) => {
    const scram = one.access.enhanced?.['SCRAM-SHA-256'];
    if (scram === undefined) throw new Error('no SCRAM');
    return scram;
  };
  /** What the server answers to the first message of `name`. */
  const first = async (one: Guard, name: string, listener = 'tcp-0'): Promise<unknown> => {
    const credentials = offer(listener);
    const random = (target: Uint8Array): Uint8Array => target.fill(1);
    const exchange = method(one)({ credentials, client: undefined, random });
    const step = await exchange(bytes(`n,,n=${name},r=${NONCE}`));
    if (step.reasonCode !== 0x18) return step;
    return new TextDecoder().decode(step.authenticationData).replace(/^r=[^,]*,/, '');
  };
  const text = ['security: {authenticate: [{type: password-file, file: passwd}]}'];

  it('answers for users that do not exist as for those that do, before and after a reload', async () => {
    folder.write('passwd', `alice:${await makeHash('scram-sha-256', bytes('secret'))}\n`);
    const given = settings(...text);
    const one = await guard(given);
    const known = await first(one, 'alice');
    const unknown = await first(one, 'nobody');
    expect(known).toMatch(/^s=[A-Za-z0-9+/]{22}==,i=10000$/);
    expect(unknown).toMatch(/^s=[A-Za-z0-9+/]{22}==,i=10000$/);
    (await one.prepare(given))();
    expect(await first(one, 'alice')).toBe(known);
    expect(await first(one, 'nobody')).toBe(unknown);
  });

  it('is no method of a listener whose files have no record for it', async () => {
    await users('alice');
    expect(await first(await guard(settings(...text)), 'alice')).toEqual({ reasonCode: 0x8c });
  });

  it('failures count for the name in the exchange, and are refused in the end', async () => {
    folder.write('passwd', `alice:${await makeHash('scram-sha-256', bytes('secret'))}\n`);
    const one = await guard(settings(...text, 'failedLogins: {refuseAfter: 3}'));
    for (let round = 0; round < 3; round++) {
      const random = (target: Uint8Array): Uint8Array => target.fill(1);
      const exchange = method(one)({ credentials: offer('tcp-0'), client: undefined, random });
      const challenge = await exchange(bytes(`n,,n=alice,r=${NONCE}`));
      if (challenge.reasonCode !== 0x18) throw new Error('no challenge');
      const nonce = /^r=([^,]*)/.exec(new TextDecoder().decode(challenge.authenticationData))?.[1];
      const proof = Buffer.alloc(32).toString('base64');
      expect(await exchange(bytes(`c=biws,r=${nonce},p=${proof}`))).toEqual({ reasonCode: 0x87 });
    }
    expect(await first(one, 'alice')).toEqual({ reasonCode: 0x8a });
    expect(await first(one, 'bob')).toMatch(/^s=/);
    expect(one.failures).toMatchObject({ wrong: 3, refused: 1 });
    expect(lines.map(({ username, why }) => `${username} ${why}`)).toEqual([
      'alice wrong',
      'alice wrong',
      'alice wrong',
      'alice refused',
    ]);
  });
});

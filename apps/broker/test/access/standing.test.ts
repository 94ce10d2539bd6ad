/** Who may come in no more and who may stay no longer, by the rules of a listener before and after a reload. */
import type { Access, Client, Credentials, Expulsion } from '@mqtt/broker';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Guard } from '../../src/access/guard.ts';
import { makeHash } from '../../src/access/password-hash.ts';
import type { Given } from '../../src/config/given.ts';
import { Folder, loadedIn } from '../config/folder.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const settings = (...text: string[]): Given => {
  folder.write('a.yaml', text.join('\n'));
  return loadedIn(folder.load('a.yaml'));
};
const guard = (given: Given): Promise<Guard> =>
  Guard.create(given, {
    log: pino({ level: 'silent' }),
    now: () => 0,
    date: () => 1_700_000_000_000,
    pause: async () => undefined,
  });
const hash = (password: string): Promise<string> => makeHash('sha512', bytes(password));
const offer = (more: Partial<Credentials>): Credentials => ({
  clientId: 'c',
  username: undefined,
  password: undefined,
  version: 5,
  peer: '10.0.0.1:1',
  listener: 'tcp-0',
  cleanStart: true,
  keepAlive: 0,
  userProperties: [],
  ...more,
});
const client = (identity: string, more: Partial<Client> = {}): Client => ({
  clientId: 'c',
  identity,
  username: identity === '' ? undefined : identity,
  version: 5,
  peer: '10.0.0.1:1',
  listener: 'tcp-0',
  ...more,
});
const as = (name: string, password = name): Credentials =>
  offer({ username: name, password: bytes(password) });
/** What becomes of a connected client after a reload of these settings. */
async function after(
  one: Guard,
  given: Given,
  who: Client,
  isConnected = true,
): Promise<Expulsion | undefined> {
  (await one.prepare(given))();
  await one.settled;
  return one.judge(who, isConnected);
}

const BAN = { reasonCode: 0x98, reasonString: 'banned by user', endsSession: true };
const LOST = { reasonCode: 0x87, reasonString: 'what it proved is good no longer' };
const PASSWORDS = 'security: {authenticate: [{type: password-file, file: passwd}]}';

describe('[C28] who is banned', () => {
  const TEXT = [PASSWORDS, 'banned: {clientIds: [dev-7], users: [mallory], addresses: [10.6.6.0/24]}'];
  const refusals = async (access: Access, ...all: readonly Credentials[]): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    for (const one of all) found.push(await access.authenticate?.(one));
    return found;
  };

  it('is refused with 0x8A by client id, user and address, whatever he proves, and counted', async () => {
    folder.write('passwd', `mallory:${await hash('mallory')}\nalice:${await hash('alice')}\n`);
    const one = await guard(settings(...TEXT));
    const all = [
      as('mallory'),
      as('mallory', 'guessed'),
      { ...as('alice'), clientId: 'dev-7' },
      { ...as('alice'), peer: '10.6.6.9:1' },
      { ...as('alice'), peer: '[::ffff:10.6.6.9]:1' },
    ];
    expect(await refusals(one.access, ...all)).toEqual(all.map(() => ({ reasonCode: 0x8a })));
    expect(one.failures).toMatchObject({ banned: 5, wrong: 0 });
    expect(await refusals(one.access, as('alice'))).toEqual(['alice']);
  });

  it('is refused by the client id that he would be given', async () => {
    const one = await guard(settings('clients: {usernameAsClientId: true}', TEXT[1] ?? ''));
    expect(await refusals(one.access, offer({ username: 'dev-7' }))).toEqual([{ reasonCode: 0x8a }]);
  });

  it('is put out at a reload with his session, there or away, and comes in again when the ban is lifted', async () => {
    const one = await guard(settings(''));
    for (const isConnected of [true, false])
      expect(await after(one, settings('banned: {users: [mal*]}'), client('mallory'), isConnected)).toEqual(
        BAN,
      );
    expect(one.judge(client('alice'), true)).toBe(undefined);
    expect(await refusals(one.access, as('mallory'))).toEqual([{ reasonCode: 0x8a }]);
    expect(await after(one, settings(''), client('mallory'))).toBe(undefined);
    expect(await refusals(one.access, as('mallory'))).toEqual(['mallory']);
  });

  it('publishes nothing any more: no will, nothing that was asked about before, nothing retained', async () => {
    const one = await guard(settings(''));
    const mallory = client('mallory');
    const { authorizePublish, authorizeRetained } = one.access;
    expect(authorizePublish?.(mallory, 't', 0, false)).toBe(true);
    expect(authorizeRetained?.(mallory, 't')).toBe(true);
    await after(one, settings('banned: {users: [mallory]}'), mallory);
    expect(authorizePublish?.(mallory, 't', 0, false)).toBe(false);
    expect(authorizePublish?.(client('alice'), 't', 0, false)).toBe(true);
    expect(authorizeRetained?.(mallory, 't')).toBe(false);
    expect(authorizeRetained?.(client('alice'), 't')).toBe(true);
  });
});

describe('[C28] whose login is gone', () => {
  it.each([
    ['removed', '', LOST],
    ['given another password', 'other', LOST],
    ['left as he was', undefined, undefined],
  ])('a user who was %s', async (_, password, expected) => {
    const line = `alice:${await hash('alice')}\n`;
    folder.write('passwd', line);
    const one = await guard(settings(PASSWORDS));
    expect(await one.access.authenticate?.(as('alice'))).toBe('alice');
    if (password !== undefined)
      folder.write('passwd', password === '' ? '' : `alice:${await hash(password)}\n`);
    expect(await after(one, settings(PASSWORDS), client('alice'))).toEqual(expected);
    expect(one.judge(client('alice'), false)).toBe(undefined); // his session waits: he may be back
  });

  it('a user by SCRAM-SHA-256, with or without a User Name', async () => {
    folder.write('passwd', `alice:${await makeHash('scram-sha-256', bytes('alice'))}\n`);
    const one = await guard(settings(PASSWORDS));
    const both = [client('alice'), client('alice', { username: undefined })];
    for (const who of both) expect(await after(one, settings(PASSWORDS), who)).toBe(undefined);
    folder.write('passwd', `alice:${await makeHash('scram-sha-256', bytes('other'))}\n`);
    (await one.prepare(settings(PASSWORDS)))();
    expect(both.map((who) => one.judge(who, true))).toEqual([LOST, LOST]);
  });

  it('nobody, once a name is needed', async () => {
    const open = `${PASSWORDS.slice(0, -1)}, anonymous: true}`;
    folder.write('passwd', `alice:${await hash('alice')}\n`);
    const one = await guard(settings(open));
    expect(await after(one, settings(open), client(''))).toBe(undefined);
    expect(await after(one, settings(PASSWORDS), client(''))).toEqual(LOST);
    expect(await after(one, settings(PASSWORDS), client('alice'))).toBe(undefined);
  });

  it('somebody who came when nobody asked, once somebody does; but not where still nobody does', async () => {
    folder.write('passwd', `alice:${await hash('alice')}\n`);
    const named = client('', { username: 'alice' });
    expect((await guard(settings(PASSWORDS))).judge(named, true)).toEqual(LOST);
    const open = await guard(settings('banned: {users: [mallory]}'));
    expect([open.judge(named, true), open.judge(client(''), true)]).toEqual([undefined, undefined]);
  });

  it('a certificate that is no longer a way in', async () => {
    const listener = (way: string): string[] => [
      'listeners:',
      ' - type: tls',
      '   name: tcp-0',
      '   port: 0',
      '   tls: {cert: c, key: k, ca: c, requestCertificate: true}',
      `   security: {authenticate: [${way}], anonymous: true}`,
    ];
    const byName = settings(...listener('{type: certificate}'));
    const bySubject = settings(...listener('{type: certificate, username: subject}'));
    const certificate = { commonName: 'alice', subject: 'CN=alice', issuer: '', fingerprint256: '' };
    const alice = client('alice', { certificate: { ...certificate, validFrom: 0, validTo: 0 } });
    const one = await guard(byName);
    expect(await after(one, byName, alice)).toBe(undefined);
    expect(await after(one, bySubject, alice)).toEqual(LOST);
  });

  it.each(['authenticate: [{type: psk}]', 'anonymous: true'])('a pre-shared key, with %s', async (way) => {
    const given = (): Given =>
      settings(
        'listeners:',
        ' - type: tls',
        '   name: tcp-0',
        '   port: 0',
        '   tls: {psk: {file: keys}}',
        `   security: {${way}}`,
      );
    folder.write('keys', 'alice:aabb\nbob:ccdd\n');
    const one = await guard(given());
    const isNamed = way.startsWith('auth');
    const who = (name: string): Client =>
      client(isNamed ? name : '', { username: undefined, pskIdentity: name });
    expect(await after(one, given(), who('alice'))).toBe(undefined);
    folder.write('keys', 'alice:aabb\nbob:eeff\n');
    (await one.prepare(given()))();
    expect([one.judge(who('alice'), true), one.judge(who('bob'), true)]).toEqual([undefined, LOST]);
    folder.write('keys', 'bob:eeff\n');
    expect(await after(one, given(), who('alice'))).toEqual(LOST);
  });

  it('a token whose key is another one', async () => {
    const given = (): Given => settings('security: {authenticate: [{type: jwt, secretFile: secret}]}');
    const secret = 'a secret of at least 32 bytes, for HS256';
    folder.write('secret', secret);
    const one = await guard(given());
    const token = await new SignJWT({ exp: 1_700_000_010 })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('alice')
      .sign(bytes(secret));
    expect(await one.access.authenticate?.(offer({ password: bytes(token) }))).toBe('alice');
    const alice = client('alice', { username: undefined });
    expect(await after(one, given(), alice)).toBe(undefined);
    folder.write('secret', `${secret} and another one`);
    expect(await after(one, given(), alice)).toEqual(LOST);
  });

  it('is not known of a web service: it is asked at CONNECT', async () => {
    const web = settings('security: {authenticate: [{type: http, url: "http://127.0.0.1:1"}]}');
    folder.write('passwd', `bob:${await hash('bob')}\n`);
    const one = await guard(web);
    expect(await after(one, web, client('alice'))).toBe(undefined);
    expect(await after(one, settings(PASSWORDS), client('alice'))).toEqual(LOST);
  });

  it('is asked again when a reload comes while his password is looked at', async () => {
    folder.write('passwd', `alice:${await hash('alice')}\n`);
    const one = await guard(settings(PASSWORDS));
    folder.write('passwd', '');
    const change = await one.prepare(settings(PASSWORDS));
    const answer = one.access.authenticate?.(as('alice'));
    change();
    expect(await answer).toEqual({ reasonCode: 0x86 });
  });

  it('whose listener is gone is not judged by others', async () => {
    folder.write('passwd', '');
    const one = await guard(settings(PASSWORDS));
    expect(await after(one, settings(PASSWORDS), client('alice', { listener: 'elsewhere' }))).toBe(undefined);
  });
});

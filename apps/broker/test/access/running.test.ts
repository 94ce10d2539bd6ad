/** A running mqttd that asks who its clients are: what its files, its log and a reload do to those who are connected. */
import { connect } from '@mqtt/client';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHash } from '../../src/access/password-hash.ts';
import { Folder } from '../config/folder.ts';
import { killAll, mqttd, mqttdWith, run } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(async () => {
  await killAll();
  folder.remove();
});

const LISTENER = 'listeners: [{type: tcp, name: main, port: 0}]\n';
const GUARDED = [
  LISTENER,
  'security:',
  '  authenticate: [{type: password-file, file: passwd}]',
  '  authorize: [{type: acl-file, file: acl}]\n',
].join('\n');

async function users(...names: string[]): Promise<void> {
  const hashed = await Promise.all(
    names.map(async (name) => `${name}:${await makeHash('sha512', new TextEncoder().encode(name))}`),
  );
  folder.write('passwd', `${hashed.join('\n')}\n`);
}

const as = (name: string): object => ({ username: name, password: name, reconnect: false });

describe('a reload of rights', () => {
  it('[E06] [E17] ends subscriptions that are no longer allowed, and drops nobody', async () => {
    await users('alice', 'bob');
    folder.write('acl', 'user alice\ntopic read a/#\ntopic read b/#\nuser bob\ntopic write #\n');
    const daemon = mqttd('-c', folder.write('mqttd.yaml', GUARDED));
    const { mqtt } = await daemon.ready();
    const bob = await connect(mqtt, as('bob'));
    const alice = await connect(mqtt, as('alice'));
    const got: string[] = [];
    let wake = (): void => undefined;
    await alice.subscribe(['a/1', 'b/1'], {
      qos: 1,
      onMessage: (message) => {
        got.push(`${message.topic} ${message.text()}`);
        wake();
      },
    });
    folder.write('acl', 'user alice\ntopic read b/#\nuser bob\ntopic write #\n');
    daemon.child.kill('SIGHUP');
    expect(await daemon.logged(({ msg }) => String(msg).startsWith('subscriptions ended'))).toMatchObject({
      subscriptions: 1,
    });
    const last = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await bob.publish('a/1', 'secret', { qos: 1 });
    await bob.publish('b/1', 'open', { qos: 1 });
    await last;
    expect(got).toEqual(['b/1 open']);
    await Promise.all([alice.end(), bob.end()]);
  });

  it('of files that cannot be used changes nothing, and names the line', async () => {
    await users('alice');
    folder.write('acl', 'user alice\ntopic readwrite #\n');
    const daemon = mqttd('-c', folder.write('mqttd.yaml', GUARDED));
    const alice = await connect((await daemon.ready()).mqtt, as('alice'));
    folder.write('acl', 'user alice\ntopic reed #\n');
    daemon.child.kill('SIGHUP');
    const { faults } = await daemon.logged(({ msg }) => String(msg).startsWith('reload refused'));
    expect(faults).toEqual([expect.stringContaining(`${folder.path}/acl:2:7: "reed" is no access`)]);
    await alice.subscribe('a');
    await alice.end();
  });
});

describe('a restart', () => {
  it.each([
    ['with the same listeners', GUARDED],
    ['with its listener under another name', GUARDED.replace('main', 'other')],
  ])('%s keeps the rights of sessions whose clients are away, over a reload too', async (_, after) => {
    await users('alice', 'bob');
    folder.write('acl', 'user alice\ntopic read a/#\nuser bob\ntopic write #\n');
    const data = ['--data', `${folder.path}/data`];
    const first = mqttd('-c', folder.write('mqttd.yaml', GUARDED), ...data);
    const session = {
      ...as('alice'),
      clientId: 'away',
      cleanStart: false,
      properties: { sessionExpiryInterval: 3600 },
    };
    const alice = await connect((await first.ready()).mqtt, session);
    await alice.subscribe('a/#', { qos: 1 });
    await alice.end();
    await first.end('SIGTERM');
    const second = mqttd('-c', folder.write('mqttd.yaml', after), ...data);
    const { mqtt } = await second.ready();
    second.child.kill('SIGHUP');
    await second.logged(({ msg }) => msg === 'configuration reloaded');
    const bob = await connect(mqtt, as('bob'));
    await bob.publish('a/1', 'kept', { qos: 1 });
    await bob.end();
    const got = new Promise<string>((resolve) => {
      void connect(mqtt, { ...session, onMessage: (message) => resolve(message.text()) });
    });
    expect(await got).toBe('kept');
  });
});

describe('a token', () => {
  it('5.0 that expires ends its connection with 0xA0', async () => {
    const secret = 'a secret of at least 32 bytes, for HS256';
    folder.write('secret', secret);
    const text = `${LISTENER}security: {authenticate: [{type: jwt, secretFile: secret, clockTolerance: 0}]}\n`;
    const daemon = mqttd('-c', folder.write('mqttd.yaml', text));
    const { mqtt } = await daemon.ready();
    const password = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('dev1')
      .setExpirationTime('3s')
      .sign(new TextEncoder().encode(secret));
    const client = await connect(mqtt, { password, reconnect: false });
    const ended = await new Promise((resolve) => {
      client.on('state', (state) => {
        if (state.status === 'ended') resolve(state.reason);
      });
    });
    expect(ended).toMatchObject({ reasonCode: 0xa0 });
    expect(await daemon.logged(({ msg }) => msg === 'client disconnected')).toMatchObject({
      identity: 'dev1',
      listener: 'main',
      reason: 'Maximum connect time',
    });
  });
});

describe('the log of logins', () => {
  it('has one line for each that failed, with why, and nobody can forge one', async () => {
    await users('alice');
    folder.write('acl', '');
    const daemon = mqttd('-c', folder.write('mqttd.yaml', GUARDED));
    const { mqtt } = await daemon.ready();
    const clientId = 'c"}{"level":30,"msg":"client connected"}';
    await expect(
      connect(mqtt, { clientId, username: 'alice', password: 'guessed', reconnect: false }),
    ).rejects.toMatchObject({ reasonCode: 0x86 });
    await expect(connect(mqtt, { clientId: 'nobody', reconnect: false })).rejects.toMatchObject({
      reasonCode: 0x87,
    });
    const failed = await daemon.logged(({ msg, why }) => msg === 'login failed' && why === 'wrong');
    expect(failed).toMatchObject({ level: 40, clientId, username: 'alice', listener: 'main' });
    expect(failed.peer).toMatch(/^127\.0\.0\.1:\d+$/);
    const refused = await daemon.logged(
      (line) => line.msg === 'connection ended before a session began' && line.clientId === 'nobody',
    );
    expect(refused).toMatchObject({ listener: 'main', version: '5.0', reasonCode: 0x87 });
    expect(daemon.log.filter(({ msg }) => msg === 'client connected')).toEqual([]);
    expect(JSON.stringify(daemon.log)).not.toContain('guessed');
  });
});

describe('a start', () => {
  it('[D01] with files that cannot be used says file and line, and opens no port', async () => {
    folder.write('passwd', 'alice:secret\n');
    folder.write('acl', 'topic a/#/b\n');
    const { code, stdout, stderr } = await run('-c', folder.write('mqttd.yaml', GUARDED));
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain(`${folder.path}/passwd:1:7: the password of "alice" is not hashed`);
    expect(stderr).toContain(`${folder.path}/acl:1:7: "a/#/b" is not a topic filter`);
    expect(await run('check', '-c', `${folder.path}/mqttd.yaml`)).toMatchObject({ code: 78, stderr });
  });

  it.each([
    ['0.0.0.0', 'a.yaml', 'listeners: [{type: tcp, host: 0.0.0.0, port: 0}]\n'],
    ['::', 'a.yaml', 'listeners: [{type: ws, host: "::", port: 0}]\n'],
    [
      '0.0.0.0',
      'a.yaml',
      'listeners: [{type: tcp, host: 0.0.0.0, port: 0, security: {}}]\nsecurity: {anonymous: true}\n',
    ],
  ])('on %s without a word about who may come in is refused: %#', async (host, name, text) => {
    const { code, stdout, stderr } = await run('-c', folder.write(name, text));
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toContain(`${host} can be reached from the network, and nothing says who may come in`);
  });

  it('made public by a variable is refused as well', async () => {
    const daemon = mqttdWith({ MQTTD_LISTENERS_0_HOST: '0.0.0.0' }, '-c', folder.write('a.yaml', LISTENER));
    expect(await daemon.ended).toMatchObject({ code: 78, stdout: '' });
  });
});

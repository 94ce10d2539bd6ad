/** What a reload changes in a running mqttd besides rights and certificates, and what it says it did. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@mqtt/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHash } from '../../src/access/password-hash.ts';
import { Folder } from '../config/folder.ts';
import { type Daemon, killAll, type LogLine, mqttd } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(async () => {
  await killAll();
  folder.remove();
});

const ONE = 'listeners: [{ type: tcp, port: 0 }]\n';
const start = (...lines: string[]): Daemon =>
  mqttd('-c', folder.write('mqttd.yaml', ONE + lines.join('\n')), '--data', ':memory:');

/** Writes another configuration, sends SIGHUP, and returns the line that tells what came of it. */
async function reloaded(daemon: Daemon, ...lines: string[]): Promise<LogLine> {
  const isDone = ({ msg }: LogLine): boolean =>
    msg === 'configuration reloaded' || msg === 'reload refused: everything stays as it was';
  const before = daemon.log.filter(isDone).length;
  folder.write('mqttd.yaml', ONE + lines.join('\n'));
  daemon.child.kill('SIGHUP');
  await daemon.until(() => daemon.log.filter(isDone).length > before);
  return daemon.log.filter(isDone).at(-1) ?? {};
}

describe('a reload', () => {
  it('puts limits in force for those who come, and shows them in the metrics', async () => {
    const daemon = start('admin: { port: 0 }');
    const { mqtt } = await daemon.ready();
    const { admin } = await daemon.logged((line) => 'admin' in line);
    const early = await connect(mqtt, { reconnect: false });
    const line = await reloaded(daemon, 'admin: { port: 0 }', 'limits: { maximumConnections: 1 }');
    expect(line).toMatchObject({ changed: ['limits.maximumConnections'], files: [] });
    await expect(connect(mqtt, { reconnect: false })).rejects.toThrow();
    await early.publish('still', 'here', { qos: 1 });
    const page = await (await fetch(`${String(admin)}/metrics`)).text();
    expect(page).toContain('\nmqttd_limit_maximum_connections 1\n');
    expect(page).toMatch(/\nmqttd_listener_bytes_total\{listener="tcp-0",direction="received"\} [1-9]/);
    await early.end();
  });

  it('turns lines about packets and connections on and off', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    await reloaded(daemon, 'log: { packets: true, connections: false }');
    await (await connect(mqtt, { clientId: 'seen', reconnect: false })).end();
    await daemon.logged(({ packet, clientId }) => packet === 'DISCONNECT' && clientId === 'seen');
    await reloaded(daemon, 'log: { packets: false, connections: true }');
    const before = daemon.log.length;
    await (await connect(mqtt, { clientId: 'counted', reconnect: false })).end();
    await daemon.logged(({ msg }) => msg === 'client disconnected');
    const texts = daemon.log.slice(before).map(({ msg }) => msg);
    expect(texts).toEqual(['client connected', 'client disconnected']);
    expect(
      daemon.log.filter(({ clientId, msg }) => clientId === 'seen' && msg === 'client connected'),
    ).toEqual([]);
  });

  it('takes other rules for guessed passwords, and says which files are other ones', async () => {
    const hash = await makeHash('sha512', new TextEncoder().encode('right'));
    const passwd = folder.write('passwd', `alice:${hash}\n`);
    const acl = folder.write('acl', 'user alice\ntopic read a/#\n');
    const security =
      'security: { authenticate: [{ type: password-file, file: passwd }], authorize: [{ type: acl-file, file: acl }] }';
    const daemon = start(security);
    const { mqtt } = await daemon.ready();
    const login = (password: string): Promise<unknown> =>
      connect(mqtt, { username: 'alice', password, reconnect: false }).then((client) => client.end());
    folder.write('acl', 'user alice\ntopic read b/#\n');
    const rules = 'failedLogins: { slowAfter: 0, refuseAfter: 1, window: 100, refuseFor: 100 }';
    const line = await reloaded(daemon, security, rules);
    expect(line).toMatchObject({
      changed: ['slowAfter', 'refuseAfter', 'window', 'refuseFor'].map((key) => `failedLogins.${key}`),
      files: [`acl ${acl}`],
    });
    await login('right');
    await expect(login('wrong')).rejects.toMatchObject({ reasonCode: 0x86 });
    await expect(login('right')).rejects.toMatchObject({ reasonCode: 0x8a });

    folder.write('passwd', 'alice\n');
    expect((await reloaded(daemon, security, rules)).faults).toEqual([
      `${passwd}:1:1: a line is \`user:hash\`, and this one has no colon`,
    ]);
  });

  it('serves what its messages say from then on, to who comes; who is there keeps what he was told', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    const early = await connect(mqtt, { reconnect: false });
    const line = await reloaded(
      daemon,
      'messages: { retainAvailable: false, retainExpiryInterval: 60, queueQoS0: true }',
      'limits: { maximumPayloadSize: 3 }',
      'sysInterval: 1',
    );
    const changed = [
      'limits.maximumPayloadSize',
      'messages.retainAvailable',
      'messages.retainExpiryInterval',
    ];
    expect(line.changed).toEqual([...changed, 'messages.queueQoS0', 'sysInterval']);
    await early.publish('t', 'x', { qos: 1, retain: true });
    await expect(early.publish('t', 'four', { qos: 1 })).rejects.toMatchObject({ reasonCode: 0x83 });
    const late = await connect(mqtt, { reconnect: false });
    expect(late.connack?.properties).toMatchObject({ retainAvailable: false });
    const uptime = await new Promise<string>((resolve) => {
      void late.subscribe('$SYS/broker/uptime', { onMessage: (message) => resolve(message.text()) });
    });
    expect(uptime).toMatch(/^\d+ seconds$/);
    await Promise.all([early.end(), late.end()]);
  });

  it('gives one listener other bounds, and opens none anew', async () => {
    const two = (bounds: string): string =>
      `listeners: [{ type: tcp, port: 0, name: a }, { type: tcp, port: 0, name: b${bounds} }]\n`;
    const file = folder.write('two.yaml', two(', receiveMaximum: 7'));
    const daemon = mqttd('-c', file, '--data', ':memory:');
    await daemon.until(() => daemon.stdout.includes('\n'));
    const [a = '', b = ''] = daemon.stdout.trim().split(' ').slice(2);
    const early = await connect(b, { reconnect: false });
    folder.write('two.yaml', two(', receiveMaximum: 9, maximumConnections: 2, maximumQoS: 1'));
    daemon.child.kill('SIGHUP');
    const { changed } = await daemon.logged(({ msg }) => msg === 'configuration reloaded');
    expect(changed).toEqual(
      ['receiveMaximum', 'maximumQoS', 'maximumConnections'].map((key) => `listeners[1].${key}`),
    );
    const late = await connect(b, { reconnect: false });
    const other = await connect(a, { reconnect: false });
    expect(early.connack?.properties).toMatchObject({ receiveMaximum: 7 });
    expect(late.connack?.properties).toMatchObject({ receiveMaximum: 9, maximumQoS: 1 });
    expect(other.connack?.properties).toMatchObject({ receiveMaximum: 1024 });
    await expect(connect(b, { reconnect: false })).rejects.toThrow();
    await early.publish('still', 'here', { qos: 2 });
    await Promise.all([early.end(), late.end(), other.end()]);
  });

  it('opens, moves and closes the admin listener; one that cannot be had refuses the reload', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    const client = await connect(mqtt, { reconnect: false });
    await reloaded(daemon, 'admin: { port: 0 }');
    const { admin: first } = await daemon.logged(({ msg }) => msg === 'the admin listener is open');
    expect((await fetch(`${String(first)}/readyz`)).status).toBe(200);
    const taken = new URL(mqtt).port;
    const line = await reloaded(daemon, `admin: { port: ${taken} }`);
    expect(line.faults).toEqual([
      expect.stringMatching(
        /mqttd\.yaml:2:8: admin: 127\.0\.0\.1:\d+ \(admin\) .*choose another admin\.port$/,
      ),
    ]);
    expect((await fetch(`${String(first)}/readyz`)).status).toBe(200);
    await reloaded(daemon, 'admin: { port: 0, host: "::1" }');
    const moved = await daemon.logged(({ admin }) => admin !== undefined && admin !== first);
    expect(await (await fetch(`${String(moved.admin)}/metrics`)).text()).toContain('\nmqttd_connections 1\n');
    await expect(fetch(`${String(first)}/readyz`)).rejects.toThrow();
    await reloaded(daemon);
    await expect(fetch(`${String(moved.admin)}/readyz`)).rejects.toThrow();
    await client.end();
  });

  it('shows packets of who is connected, too', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    const client = await connect(mqtt, { clientId: 'early', reconnect: false });
    await reloaded(daemon, 'log: { packets: true }');
    await client.publish('t', 'x', { qos: 1 });
    await daemon.logged(
      ({ packet, clientId, msg }) => `${clientId} ${msg} ${packet}` === 'early sent PUBACK',
    );
    await client.end();
  });

  it('asks for passwords where nobody was asked before', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    const early = await connect(mqtt, { reconnect: false });
    const ended = new Promise((resolve) => {
      early.on('state', (state) => {
        if (state.status === 'ended') resolve(state.reason);
      });
    });
    const hash = await makeHash('sha512', new TextEncoder().encode('right'));
    folder.write('passwd', `alice:${hash}\n`);
    folder.write('acl', 'user alice\ntopic readwrite a/#\n');
    const rules =
      'security: { authenticate: [{ type: password-file, file: passwd }], authorize: [{ type: acl-file, file: acl }] }';
    const { changed } = await reloaded(daemon, rules);
    expect(changed).toEqual(
      ['anonymous', 'authenticate', 'authorize'].map((key) => `listeners[0].security.${key}`),
    );
    await expect(connect(mqtt, { reconnect: false })).rejects.toMatchObject({ reasonCode: 0x87 });
    expect(await ended).toMatchObject({ reasonCode: 0x87 }); // [C28] who came as nobody proves nothing now
    const alice = await connect(mqtt, { username: 'alice', password: 'right', reconnect: false });
    await alice.publish('a/b', 'x', { qos: 1 });
    await alice.end();
  });

  it('says by its key what needs a restart', async () => {
    const daemon = start();
    await daemon.ready();
    await reloaded(daemon, 'persistence: { durability: relaxed }', 'user: nobody');
    const stuck = daemon.log.filter(({ msg }) => String(msg).includes('restart it')).map(({ key }) => key);
    expect(stuck.sort()).toEqual(['persistence.durability', 'user']);
  });

  it('writes the log elsewhere and in another form; a place that cannot be written refuses it', async () => {
    const daemon = start();
    const { mqtt } = await daemon.ready();
    const to = join(folder.path, 'log');
    folder.write('mqttd.yaml', `${ONE}log: { destinations: [stderr, log], timestamp: false }`);
    daemon.child.kill('SIGHUP');
    await daemon.logged(({ msg }) => msg === 'configuration reloaded');
    await (await connect(mqtt, { clientId: 'both', reconnect: false })).end();
    const left = await daemon.logged(({ msg }) => msg === 'client disconnected');
    expect(left.time).toBeUndefined();
    const line = await reloaded(daemon, 'log: { destinations: [stderr, no/such/folder/log] }');
    expect(String(line.faults)).toMatch(/mqttd\.yaml:2:22: log\.destinations: ENOENT/);
    expect(readFileSync(to, 'utf8')).toContain('"clientId":"both"');
    await reloaded(daemon, 'log: { destinations: [stderr] }');
    const before = readFileSync(to, 'utf8');
    await (await connect(mqtt, { clientId: 'one', reconnect: false })).end();
    await daemon.logged(({ clientId }) => clientId === 'one');
    expect(readFileSync(to, 'utf8')).toBe(before);
  });

  it('moves the file with the process id', async () => {
    const daemon = start('pidFile: pid');
    await daemon.ready();
    const file = (name: string): string => join(folder.path, name);
    await reloaded(daemon, 'pidFile: other');
    expect(readFileSync(file('other'), 'utf8')).toBe(`${daemon.child.pid}\n`);
    expect(existsSync(file('pid'))).toBe(false);
    const line = await reloaded(daemon, 'pidFile: no/such/folder/pid');
    expect(String(line.faults)).toContain('pidFile: ENOENT');
    await daemon.end('SIGTERM');
    expect(existsSync(file('other'))).toBe(false);
  });
});

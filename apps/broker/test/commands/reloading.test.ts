/** What a reload changes in a running mqttd besides rights and certificates, and what it says it did. */
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

  it('says by its key what needs a restart', async () => {
    const daemon = start();
    await daemon.ready();
    const more = ['admin: { port: 0 }', 'sysInterval: 5', 'messages: { queueQoS0: true }', 'pidFile: pid'];
    await reloaded(daemon, ...more);
    const stuck = daemon.log.filter(({ msg }) => String(msg).includes('restart it')).map(({ key }) => key);
    expect(stuck.sort()).toEqual(['admin', 'messages.queueQoS0', 'pidFile', 'sysInterval']);
  });
});

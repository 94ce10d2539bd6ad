/** mqttd with a configuration, as a user runs it: what it opens, prints, refuses and reloads. */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@mqtt/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

const ONE = 'listeners: [{type: tcp, port: 0}]\n';

describe('a configuration file', () => {
  it('says which listeners there are', async () => {
    const file = folder.write(
      'mqttd.yaml',
      'listeners: [{type: tcp, port: 0}, {type: ws, port: 0, path: /x}]\n',
    );
    const { mqtt, ws } = await mqttd('-c', file).ready();
    expect(ws).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/x$/);
    await (await connect(mqtt)).end();
  });

  it('is found where people look', async () => {
    folder.write('mqttd/mqttd.yaml', 'listeners: [{type: ws, port: 0, path: /found}]\n');
    const environment = { XDG_CONFIG_HOME: folder.path };
    const daemon = mqttdWith({ ...environment }, '--print-config');
    expect((await daemon.ended).stdout).not.toContain('/found'); // MQTTD_CONFIG is empty
    const file = join(folder.path, 'mqttd/mqttd.yaml');
    expect((await mqttdWith({ MQTTD_CONFIG: file }, '--print-config').ended).stdout).toContain('/found');
  });

  it('may be a mosquitto.conf, and what has no effect is said once', async () => {
    const file = folder.write(
      'mosquitto.conf',
      'port 1883\nbind_address 127.0.0.1\nallow_anonymous true\nautosave_interval 60\n',
    );
    const daemon = mqttd('-c', file, '-p', '0');
    await (await connect((await daemon.ready()).mqtt)).end();
    const { stderr } = await daemon.end('SIGTERM');
    expect(stderr.split('autosave_interval has no effect')).toHaveLength(2);
  });

  it('that is wrong ends with 78 and every fault, before a port opens', async () => {
    const file = folder.write('mqttd.yaml', 'limts: {}\nlog: {level: loud}\n');
    const { code, stdout, stderr } = await run('-c', file, '-p', '0');
    expect([code, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/^mqttd: \S+:1:1: limts: .*limits\?\n\S+:2:14: log\.level: .*\n$/);
  });

  it('that names a certificate that is not there ends with 78', async () => {
    const file = folder.write(
      'mqttd.yaml',
      'listeners: [{type: tls, port: 0, tls: {cert: c.pem, key: k.pem}}]\n',
    );
    const { code, stderr } = await run('-c', file);
    expect(code).toBe(78);
    expect(stderr).toContain(
      `${file}:1:46: listeners[0].tls.cert: ${folder.path}/c.pem: there is no such file`,
    );
  });

  it('that names a log file that cannot be written ends with 78', async () => {
    const file = folder.write('mqttd.yaml', `${ONE}log: {destinations: [none/x.log]}\n`);
    const { code, stderr } = await run('-c', file);
    expect(code).toBe(78);
    expect(stderr).toMatch(/:2:22: log\.destinations\[0\]: \S+none\/x\.log: there is no folder /);
  });
});

describe('a message that is too large', () => {
  it('is refused, and its client stays', async () => {
    const file = folder.write(
      'm.conf',
      'port 1883\nbind_address 127.0.0.1\nallow_anonymous true\nmessage_size_limit 10\n',
    );
    const client = await connect((await mqttd('-c', file, '-p', '0').ready()).mqtt, { reconnect: false });
    await client.publish('a', '0123456789', { qos: 1 });
    await expect(client.publish('a', '0123456789x', { qos: 1 })).rejects.toMatchObject({ reasonCode: 0x83 });
    await client.publish('a', 'x', { qos: 2 });
    await client.end();
  });
});

describe('the admin listener', () => {
  it('has metrics, and says that it is ready', async () => {
    const file = folder.write('mqttd.yaml', `${ONE}admin: {port: 0}\nsecurity: {anonymous: false}\n`);
    const daemon = mqttd('-c', file);
    const { admin } = await daemon.logged((line) => 'admin' in line);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toMatch(/^mqttd_connections 0$/m);
    expect(metrics).toMatch(/^mqttd_login_failures_total{reason="refused"} 0$/m);
    expect(metrics).toMatch(/^mqttd_listener_connections{listener="tcp-0"} 0$/m);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect((await daemon.end('SIGTERM')).code).toBe(0);
  });
});

describe('the log of a configuration', () => {
  it('goes to files, and to nothing else', async () => {
    const file = folder.write('mqttd.yaml', `${ONE}log: {destinations: [x.log]}\n`);
    const daemon = mqttd('-c', file);
    await (await connect((await daemon.ready()).mqtt, { clientId: 'boiler-7' })).end();
    expect(await daemon.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(folder.path, 'x.log'), 'utf8')).toContain('boiler-7');
  });

  it('can leave connections out', async () => {
    const file = folder.write('mqttd.yaml', `${ONE}log: {connections: false}\n`);
    const daemon = mqttd('-c', file);
    await (await connect((await daemon.ready()).mqtt, { clientId: 'boiler-7' })).end();
    const { stderr } = await daemon.end('SIGTERM');
    expect(stderr).toContain('"ended"');
    expect(stderr).not.toContain('boiler-7');
  });
});

describe('commands that only look', () => {
  it('--print-config prints YAML that is a configuration again', async () => {
    const { code, stdout } = await run('--print-config', '-p', '0');
    expect(code).toBe(0);
    const file = folder.write('again.yaml', stdout);
    expect((await run('--print-config', '-c', file)).stdout).toBe(stdout);
  });

  it('check says ok, or what is wrong', async () => {
    const good = folder.write('good.yaml', ONE);
    const bad = folder.write('bad.conf', 'listener 1884\nbogus 1\n');
    expect(await run('check', '-c', good)).toMatchObject({ code: 0, stdout: `${good}: ok\n`, stderr: '' });
    expect(await run('check', '-c', bad)).toMatchObject({ code: 78, stdout: '' });
  });

  it('migrate prints YAML that check takes, with what had no effect in comments', async () => {
    const file = folder.write(
      'm.conf',
      'listener 1884 127.0.0.1\nallow_anonymous true\nautosave_interval 60\nset_tcp_nodelay true\n',
    );
    const { code, stdout } = await run('migrate', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# The same as .*\n# .*m\.conf:3:1: autosave_interval has no effect: .*\n\n/);
    const yaml = folder.write('m.yaml', stdout);
    expect(await run('check', '-c', yaml)).toMatchObject({ code: 0, stderr: '' });
  });

  it('the schema is in the package, and is the one that `schema` prints', async () => {
    const built = readFileSync(new URL('../../dist/mqttd.schema.json', import.meta.url), 'utf8');
    expect((await run('schema')).stdout).toBe(built);
    expect(JSON.parse(built)).toMatchObject({ title: 'mqttd', additionalProperties: false });
  });
});

describe('a reload', () => {
  const text = (level: string, more = ''): string =>
    `${ONE}pidFile: pid\nlog: {level: ${level}, destinations: [x.log, stderr]}\n${more}`;

  it('by SIGHUP changes the log’s level, begins its file anew, and drops nobody', async () => {
    const file = folder.write('mqttd.yaml', text('info'));
    const daemon = mqttd('-c', file);
    const client = await connect((await daemon.ready()).mqtt, { reconnect: false });
    const log = join(folder.path, 'x.log');
    renameSync(log, `${log}.1`);
    folder.write('mqttd.yaml', text('debug'));
    daemon.child.kill('SIGHUP');
    const line = await daemon.logged(({ msg }) => msg === 'configuration reloaded');
    expect(line).toMatchObject({ changed: ['log.level'] });
    await client.publish('a', 'x', { qos: 1 });
    await client.end();
    await daemon.end('SIGTERM');
    expect(readFileSync(log, 'utf8')).toContain('client disconnected');
  });

  it('by `mqttd reload`, and what needs a restart says so', async () => {
    const file = folder.write('mqttd.yaml', text('info'));
    const daemon = mqttd('-c', file);
    await daemon.ready();
    folder.write('mqttd.yaml', text('info', 'user: nobody\n'));
    expect(await run('reload', '-c', file)).toMatchObject({ code: 0, stderr: '' });
    expect(await daemon.logged(({ key }) => key === 'user')).toMatchObject({ level: 40 });
    await daemon.end('SIGTERM');
    expect(existsSync(join(folder.path, 'pid'))).toBe(false);
    expect(await run('reload', '-c', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not run'),
    });
  });

  it('of a bad file keeps the old state and says why', async () => {
    const file = folder.write('mqttd.yaml', text('info'));
    const daemon = mqttd('-c', file);
    const client = await connect((await daemon.ready()).mqtt, { reconnect: false });
    folder.write('mqttd.yaml', text('loud'));
    daemon.child.kill('SIGHUP');
    const line = await daemon.logged(({ msg }) => msg === 'reload refused: everything stays as it was');
    expect(line.faults).toEqual([expect.stringContaining('mqttd.yaml:3:14: log.level: must be one of')]);
    await client.publish('a', 'x', { qos: 1 });
    await client.end();
  });

  it('needs to know which process', async () => {
    const file = folder.write('mqttd.yaml', ONE);
    expect(await run('reload', '-c', file)).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('pidFile'),
    });
    expect((await run('reload', '--pid-file', folder.write('pid', 'x'))).stderr).toContain('no process id');
  });
});

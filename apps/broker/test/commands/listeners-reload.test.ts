/** Listeners that come, go, move or serve something else by a reload, while clients stay connected. */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Server } from 'node:net';
import { type Client, connect } from '@mqtt/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHash } from '../../src/access/password-hash.ts';
import { Folder } from '../config/folder.ts';
import { type Daemon, killAll, type LogLine, mqttd } from '../daemon.ts';

let folder: Folder;
let servers: Server[];
beforeEach(() => {
  folder = new Folder();
  servers = [];
});
afterEach(async () => {
  await killAll();
  for (const server of servers) server.close();
  folder.remove();
});

/** A running mqttd, and the URL of each of its listeners by name. */
interface Started {
  readonly daemon: Daemon;
  readonly urls: readonly string[];
}

async function started(listeners: string, ...rest: string[]): Promise<Started> {
  const file = folder.write('mqttd.yaml', [`listeners: [${listeners}]`, ...rest].join('\n'));
  const daemon = mqttd('-c', file, '--data', ':memory:');
  await daemon.until(() => daemon.stdout.includes('\n'));
  return { daemon, urls: daemon.stdout.trim().split(' ').slice(2) };
}

/** Another configuration and SIGHUP; all lines of the log from then to the one that says what came of it. */
async function reloaded(daemon: Daemon, listeners: string, ...rest: string[]): Promise<readonly LogLine[]> {
  const before = daemon.log.length;
  folder.write('mqttd.yaml', [`listeners: [${listeners}]`, ...rest].join('\n'));
  daemon.child.kill('SIGHUP');
  const isDone = ({ msg }: LogLine): boolean =>
    msg === 'configuration reloaded' || msg === 'reload refused: everything stays as it was';
  await daemon.until(() => daemon.log.slice(before).some(isDone));
  return daemon.log.slice(before);
}

const said = (lines: readonly LogLine[], start: string): LogLine =>
  lines.find(({ msg }) => String(msg).startsWith(start)) ?? {};
const portOf = (url: string): number => Number(new URL(url).port);
const login = (url: string, clientId: string, more: object = {}): Promise<Client> =>
  connect(url, { clientId, reconnect: false, ...more });

async function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket({ host: hostname, port: Number(port) });
  const answer = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return answer;
}

/** A message to itself. */
async function echo(client: Client, topic: string): Promise<void> {
  const back = new Promise<void>((resolve) => {
    void client
      .subscribe(topic, { onMessage: () => resolve() })
      .then(() => client.publish(topic, 'x', { qos: 1 }));
  });
  await back;
}

describe('a reload', () => {
  it('opens a listener, and closes one whose clients stay and are counted', async () => {
    const { daemon, urls } = await started(
      '{ type: tcp, port: 0, name: a }, { type: tcp, port: 0, name: b }',
      'admin: { port: 0 }',
    );
    const { admin } = await daemon.logged((line) => 'admin' in line);
    const [a = '', b = ''] = urls;
    const stays = await login(b, 'stays');
    const lines = await reloaded(
      daemon,
      '{ type: tcp, port: 0, name: a }, { type: ws, port: 0, name: c }',
      'admin: { port: 0 }',
    );
    const { url } = said(lines, 'listener opened');
    expect(said(lines, 'listener closed')).toMatchObject({ listener: 'b', url: b, connections: 1 });
    expect(await isOpen(b)).toBe(false);
    await echo(stays, 'here');
    const [one, other] = [await login(a, 'one'), await login(String(url), 'other')];
    const page = async (): Promise<string> => (await fetch(`${String(admin)}/metrics`)).text();
    const connections = (text: string): string[] => text.match(/(?<=mqttd_listener_connections)\{.*/g) ?? [];
    expect(connections(await page())).toEqual(['{listener="a"} 1', '{listener="c"} 1', '{listener="b"} 1']);
    await Promise.all([one, other, stays].map((client) => client.end()));
    await daemon.until(() => daemon.log.filter(({ msg }) => msg === 'client disconnected').length === 3);
    expect(connections(await page())).toEqual(['{listener="a"} 0', '{listener="c"} 0']);
  });

  it('moves a listener to another port, and serves something else at the one it has', async () => {
    const { daemon, urls } = await started('{ type: tcp, port: 0, name: a }');
    const [first = ''] = urls;
    const port = portOf(first);
    const early = await login(first, 'early');
    const lines = await reloaded(
      daemon,
      `{ type: ws, port: ${port}, name: a, path: /x, origins: ["https://x.example"] }`,
    );
    expect(said(lines, 'listener moved')).toMatchObject({ url: `ws://127.0.0.1:${port}/x`, from: first });
    const upgrade = (origin: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectSocket({ port, host: '127.0.0.1' });
        const key = Buffer.alloc(16).toString('base64');
        const head = `Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}`;
        socket.write(
          `GET /x HTTP/1.1\r\n${head}\r\nSec-WebSocket-Protocol: mqtt\r\nOrigin: ${origin}\r\n\r\n`,
        );
        socket.once('data', (chunk) => {
          socket.destroy();
          resolve(chunk.toString().split('\r\n')[0] ?? '');
        });
      });
    expect(await upgrade('https://x.example')).toContain('101');
    await reloaded(daemon, `{ type: ws, port: ${port}, name: a, path: /x, origins: ["https://y.example"] }`);
    expect(await upgrade('https://x.example')).toContain('403');
    expect(await upgrade('https://y.example')).toContain('101');
    const again = await reloaded(daemon, '{ type: tcp, port: 0, name: a }');
    const { url } = said(again, 'listener moved');
    expect(await isOpen(first)).toBe(false);
    await echo(early, 'here');
    const late = await login(String(url), 'late');
    await Promise.all([early.end(), late.end()]);
  });

  it('that one listener refuses opens none and keeps all', async () => {
    const { daemon, urls } = await started('{ type: tcp, port: 0, name: a }');
    const [a = ''] = urls;
    const early = await login(a, 'early');
    const taken = createServer().listen(0, '127.0.0.1');
    servers.push(taken);
    await once(taken, 'listening');
    const { port } = taken.address() as { readonly port: number };
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port: free } = probe.address() as { readonly port: number };
    probe.close();
    await once(probe, 'close');
    const before = `{ type: tcp, port: 0, name: a, maximumQoS: 0 }, { type: tcp, port: ${free}, name: b }`;
    const lines = await reloaded(daemon, `${before}, { type: ws, port: ${port}, name: c }`);
    expect(String(said(lines, 'reload refused').faults)).toMatch(
      new RegExp(
        `mqttd\\.yaml:1:\\d+: listeners\\[2\\]: 127\\.0\\.0\\.1:${port} .*in use by another program`,
      ),
    );
    const bad = await reloaded(
      daemon,
      `${before}, { type: tls, port: 0, name: c, tls: { cert: no, key: no } }`,
    );
    expect(String(said(bad, 'reload refused').faults)).toContain('listeners[2].tls.cert');
    const occupied = await reloaded(daemon, before, `admin: { port: ${port} }`);
    expect(String(said(occupied, 'reload refused').faults)).toContain('admin');
    expect(await isOpen(`mqtt://127.0.0.1:${free}`)).toBe(false);
    const late = await login(a, 'late');
    await Promise.all([early, late].map((client) => client.publish('t', 'x', { qos: 2 })));
    await Promise.all([early.end(), late.end()]);
  });

  it('gives a listener another address at the port it has', async () => {
    const { daemon, urls } = await started('{ type: tcp, port: 0, name: a }');
    const port = portOf(urls[0] ?? '');
    const early = await login(`mqtt://127.0.0.1:${port}`, 'early');
    const anyone = 'security: { anonymous: true }';
    const lines = await reloaded(daemon, `{ type: tcp, host: 0.0.0.0, port: ${port}, name: a }`, anyone);
    expect(said(lines, 'listener moved')).toMatchObject({ url: `mqtt://0.0.0.0:${port}` });
    const late = await login(`mqtt://127.0.0.2:${port}`, 'late');
    await echo(early, 'here');
    await Promise.all([early.end(), late.end()]);
  });

  it('that takes a listener away leaves its clients the rights it gave, as its files have them', async () => {
    const hash = await makeHash('sha512', new TextEncoder().encode('right'));
    folder.write('passwd', `alice:${hash}\n`);
    folder.write('acl', 'user alice\ntopic readwrite a/#\n');
    const rules =
      'security: { authenticate: [{ type: password-file, file: passwd }], authorize: [{ type: acl-file, file: acl }] }';
    const { daemon, urls } = await started(
      `{ type: tcp, port: 0, name: old, ${rules} }, { type: tcp, port: 0, name: new }`,
    );
    const alice = await login(urls[0] ?? '', 'alice', { username: 'alice', password: 'right' });
    await echo(alice, 'a/b');
    await reloaded(daemon, '{ type: tcp, port: 0, name: new }');
    await echo(alice, 'a/c');
    await expect(alice.publish('b', 'x', { qos: 1 })).rejects.toMatchObject({ reasonCode: 0x87 });
    folder.write('acl', 'user alice\ntopic readwrite b/#\n');
    await reloaded(daemon, '{ type: tcp, port: 0, name: new }');
    await alice.publish('b/b', 'x', { qos: 1 });
    await expect(alice.publish('a/b', 'x', { qos: 1 })).rejects.toMatchObject({ reasonCode: 0x87 });
    folder.write('acl', 'nonsense');
    const lines = await reloaded(daemon, '{ type: tcp, port: 0, name: new }');
    expect(said(lines, 'the rules of a listener that is gone stay').faults).toEqual([
      expect.stringContaining('acl:1'),
    ]);
    await alice.publish('b/b', 'x', { qos: 1 });
    await alice.end();
  });

  it('lets nobody in through a new listener by the rules of before', async () => {
    const hash = await makeHash('sha512', new TextEncoder().encode('right'));
    folder.write('passwd', `alice:${hash}\n`);
    const { daemon, urls } = await started('{ type: tcp, port: 0, name: a }');
    const early = await login(urls[0] ?? '', 'early');
    const own = 'security: { authenticate: [{ type: password-file, file: passwd }] }';
    const lines = await reloaded(daemon, `{ type: tcp, port: 0, name: b, ${own} }`);
    const url = String(said(lines, 'listener opened').url);
    await expect(login(url, 'nobody')).rejects.toMatchObject({ reasonCode: 0x87 });
    const alice = await login(url, 'alice', { username: 'alice', password: 'right' });
    await echo(early, 'here'); // a listener that is gone asked nobody
    await Promise.all([early.end(), alice.end()]);
  });
});

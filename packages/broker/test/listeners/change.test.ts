/** Another set of listeners while the broker runs: who is there stays, ports are taken over, all of it or nothing. */
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Broker, BrokerError, createBroker, type ListenOptions } from '../../src/index.ts';
import { RawClient } from './raw-client.ts';

const brokers: Broker[] = [];
const servers: Server[] = [];
const made = (): Broker => {
  const broker = createBroker();
  brokers.push(broker);
  return broker;
};

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
  for (const server of servers.splice(0)) server.close();
});

async function changed(broker: Broker, ...wanted: ListenOptions[]): Promise<readonly string[]> {
  const change = broker.changeListeners();
  for (const options of wanted) await change.add(options);
  return change.apply().map(({ url }) => url);
}

/** Whether nobody listens there. */
async function isFree(port: number): Promise<boolean> {
  const socket = connectSocket({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

async function taken(): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const found = server.address();
  return typeof found === 'object' ? (found?.port ?? 0) : 0;
}

describe('a change of listeners', () => {
  it('opens, closes and moves; connections stay, are counted, and are served', async () => {
    const broker = made();
    const a = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const b = await broker.listen({ type: 'tcp', port: 0, name: 'b' });
    const [early, gone] = [await RawClient.start(a.port, 'early'), await RawClient.start(b.port, 'gone')];
    const change = broker.changeListeners();
    await change.add({ type: 'tcp', port: 0, host: '127.0.0.2', name: 'a', maximumConnections: 2 });
    await change.add({ type: 'ws', port: 0, name: 'c', path: '/x' });
    const [moved, fresh] = change.apply();
    expect([moved?.name, fresh?.name]).toEqual(['a', 'c']);
    expect(fresh?.url).toMatch(/^ws:.*\/x$/);
    expect([await isFree(a.port), await isFree(b.port)]).toEqual([true, true]);
    expect(moved?.connections).toBe(1);
    expect(moved?.bytesReceived).toBeGreaterThan(0);
    await early.echo('early/1');
    await gone.echo('gone/1');
    const late = await RawClient.start(moved?.port ?? 0, 'late', '127.0.0.2');
    await late.echo('late/1');
    expect(moved?.connections).toBe(2); // its bound counts those who came before it moved
    expect(await RawClient.isCut(moved?.port ?? 0, '127.0.0.2')).toBe(true);
    for (const client of [early, gone, late]) client.end();
  });

  it('serves something else behind the port it has, which is never closed', async () => {
    const broker = made();
    const tcp = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const early = await RawClient.start(tcp.port, 'early');
    const [url] = await changed(broker, { type: 'ws', port: tcp.port, name: 'a' });
    expect(url).toBe(`ws://127.0.0.1:${tcp.port}/mqtt`);
    const answer = await fetch(`http://127.0.0.1:${tcp.port}/`);
    expect(answer.status).toBe(426);
    await early.echo('early/1');
    early.end();
  });

  it('lets two listeners change places', async () => {
    const broker = made();
    const a = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const b = await broker.listen({ type: 'tcp', port: 0, name: 'b', mountPoint: 'b/' });
    const [port, other] = [a.port, b.port];
    await changed(
      broker,
      { type: 'tcp', port: other, name: 'a' },
      { type: 'tcp', port, name: 'b', mountPoint: 'b/' },
    );
    const seen: string[] = [];
    broker.subscribe('#', ({ topic }) => void seen.push(topic));
    for (const at of [port, other]) {
      const client = await RawClient.start(at, `at-${at}`);
      await client.publish('t');
      client.end();
    }
    expect(seen).toEqual(['b/t', 't']);
  });

  it('serves nobody at a new port before it is applied, and then whoever waits', async () => {
    const broker = made();
    await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const change = broker.changeListeners();
    const url = await change.add({ type: 'tcp', port: 0, name: 'new' });
    const client = new RawClient(Number(new URL(url).port));
    await client.connected;
    client.connect('waits');
    // A round trip through another listener's turn of the event loop: the new one has had its chance.
    await isFree(Number(new URL(url).port));
    expect(broker.sizes.connections).toBe(0);
    change.apply();
    await client.connack();
    client.end();
  });

  it('of which one part fails changes nothing, and closes what was open for it', async () => {
    const broker = made();
    const a = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const change = broker.changeListeners();
    const url = await change.add({ type: 'tcp', port: 0, name: 'new' });
    const port = await taken();
    const failed = change.add({ type: 'tcp', port, name: 'a' });
    await expect(failed).rejects.toMatchObject({ code: 'LISTEN_FAILED', message: /EADDRINUSE/ });
    await expect(change.add({ type: 'tls', port: 0, key: '', cert: '' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await change.cancel();
    expect(await isFree(Number(new URL(url).port))).toBe(true);
    (await RawClient.start(a.port, 'still')).end();
    expect(() => change.apply()).toThrow(BrokerError);
  });

  it('goes to everywhere from one address at the same port, and back when the rest fails', async () => {
    const broker = made();
    const { port } = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    const early = await RawClient.start(port, 'early');
    const change = broker.changeListeners();
    await change.add({ type: 'tcp', port, host: '0.0.0.0', name: 'a' });
    await change.cancel();
    (await RawClient.start(port, 'back')).end();
    expect(await isFreeAt('127.0.0.2', port)).toBe(true);
    expect(await changed(broker, { type: 'tcp', port, host: '0.0.0.0', name: 'a' })).toEqual([
      `mqtt://0.0.0.0:${port}`,
    ]);
    (await RawClient.start(port, 'late', '127.0.0.2')).end();
    await early.echo('early/1');
    early.end();
  });

  it('changes the permissions of a Unix socket, and its path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mqtt-change-'));
    const broker = made();
    const [path, other] = [join(folder, 'a'), join(folder, 'b')];
    await broker.listen({ type: 'unix', path, name: 'a' });
    const modeOf = (file: string): number => statSync(file).mode & 0o777;
    const change = broker.changeListeners();
    await change.add({ type: 'unix', path, mode: 0o660, name: 'a' });
    await change.cancel();
    expect(modeOf(path)).toBe(0o600);
    await changed(broker, { type: 'unix', path, mode: 0o660, name: 'a' });
    expect(modeOf(path)).toBe(0o660);
    await changed(broker, { type: 'unix', path: other, name: 'a' });
    expect(modeOf(other)).toBe(0o600);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    await rm(folder, { recursive: true });
  });
});

async function isFreeAt(host: string, port: number): Promise<boolean> {
  const socket = connectSocket({ port, host });
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return !isOpen;
}

describe('a listener', () => {
  it('that is closed takes no more connections and keeps those it has', async () => {
    const broker = made();
    const listener = await broker.listen({ type: 'tcp', port: 0 });
    const client = await RawClient.start(listener.port, 'stays');
    listener.close();
    listener.close();
    expect(await isFree(listener.port)).toBe(true);
    await client.echo('t');
    expect(listener.connections).toBe(1);
    client.end();
  });

  it('that another one stands in for closes nothing', async () => {
    const broker = made();
    const listener = await broker.listen({ type: 'tcp', port: 0, name: 'a' });
    await changed(broker, { type: 'tcp', port: listener.port, name: 'a' });
    listener.close();
    (await RawClient.start(listener.port, 'comes')).end();
  });
});

/** Real TCP: the port, the bytes, both ends' close, and many connections at once. */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { type Broker, BrokerError, createBroker } from '../../src/index.ts';
import { connect } from '../wire/house.ts';

const brokers: Broker[] = [];

async function listening(): Promise<{ broker: Broker; port: number }> {
  const broker = createBroker();
  brokers.push(broker);
  const { port } = await broker.listen({ type: 'tcp', port: 0 });
  return { broker, port };
}

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
});

/** A socket that gives packets. */
class Client {
  readonly socket: Socket;
  readonly #decoder = new Decoder({ version: 4, role: 'client' });
  readonly #packets: Packet[] = [];
  #wake: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connectSocket({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk) => {
      this.#decoder.push(new Uint8Array(chunk));
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next())
        this.#packets.push(packet);
      this.#wake?.();
    });
  }

  send(...packets: object[]): void {
    for (const packet of packets) this.socket.write(encode<4>(packet as Packet<4>, 4));
  }

  async next(): Promise<Packet> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async start(clientId: string): Promise<this> {
    this.send(connect({ version: 4, clientId }));
    expect(await this.next()).toMatchObject({ type: 'CONNACK', reasonCode: 0 });
    return this;
  }
}

function message(topic: string, payload: Uint8Array, qos: 0 | 1 = 0, packetId?: number): object {
  return { type: 'PUBLISH', topic, payload, qos, dup: false, retain: false, packetId };
}

describe('TCP', () => {
  it('counts its own bytes, without those of other listeners', async () => {
    const { broker, port } = await listening();
    const ports = [port, (await broker.listen({ type: 'tcp', port: 0, name: 'other' })).port];
    const idle = await broker.listen({ type: 'tcp', port: 0, name: 'idle' });
    const used = await broker.listen({ type: 'tcp', port: 0, name: 'used' });
    for (const one of [...ports, used.port]) (await new Client(one).start(`c${one}`)).socket.destroy();
    const hello = encode(connect({ version: 4, clientId: `c${used.port}` }) as Packet<4>, 4);
    expect([used.bytesReceived, used.bytesSent]).toEqual([hello.length, 4]);
    expect([idle.bytesReceived, idle.bytesSent]).toEqual([0, 0]);
    expect(broker.metrics.bytesSent).toBe(12);
  });

  it('listens on loopback, on a free port, and says which', async () => {
    const broker = createBroker();
    brokers.push(broker);
    const { url, port } = await broker.listen({ type: 'tcp', port: 0 });
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`mqtt://127.0.0.1:${port}`);
  });

  it('says how many connections it has', async () => {
    const broker = createBroker();
    brokers.push(broker);
    const one = await broker.listen({ type: 'tcp', port: 0 });
    const other = await broker.listen({ type: 'tcp', port: 0 });
    const client = await new Client(one.port).start('c');
    expect([one.connections, other.connections]).toEqual([1, 0]);
    const closed = once(client.socket, 'close');
    await broker.close({ drain: 1000 });
    await closed;
    expect(one.connections).toBe(0);
  });

  it('takes no descriptor that is none', async () => {
    const { broker } = await listening();
    const listen = (fd: number): Promise<unknown> => broker.listen({ type: 'tcp', port: 0, fd });
    await expect(listen(2)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(listen(987)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });

  it('says why it cannot listen', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const broker = createBroker();
    const failure = await broker.listen({ type: 'tcp', port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BrokerError);
    expect(failure).toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    server.close();
    await broker.close();
    await expect(broker.listen({ type: 'tcp', port: 0 })).rejects.toMatchObject({ code: 'BROKER_CLOSED' });
  });

  it('carries messages of every size, a megabyte and more', async () => {
    const { port } = await listening();
    const receiver = await new Client(port).start('r');
    receiver.send({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 't', qos: 1 }] });
    await receiver.next();
    const sender = await new Client(port).start('s');
    for (const [n, size] of [0, 1, 127, 16_384, 70_000, 1_048_576].entries()) {
      const payload = new Uint8Array(size).map((_, i) => i + n);
      sender.send(message('t', payload, 1, n + 1));
      const got = await receiver.next();
      expect(got.type === 'PUBLISH' && Buffer.compare(got.payload, payload)).toBe(0);
      expect(await sender.next()).toMatchObject({ type: 'PUBACK', packetId: n + 1 });
      receiver.send({ type: 'PUBACK', packetId: got.type === 'PUBLISH' ? got.packetId : 0 });
    }
  });

  it('delivers a flood completely and in order, though the reader is slow at first', async () => {
    const { broker, port } = await listening();
    const receiver = await new Client(port).start('r');
    receiver.send({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [{ topicFilter: 't', qos: 0 }] });
    await receiver.next();
    const sender = await new Client(port).start('s');
    receiver.socket.pause();
    const total = 40_000;
    for (let n = 0; n < total; n++) sender.send(message('t', new TextEncoder().encode(`${n}`.padEnd(200))));
    receiver.socket.resume();
    for (let n = 0; n < total; n++) {
      const got = await receiver.next();
      if (got.type !== 'PUBLISH' || Number.parseInt(new TextDecoder().decode(got.payload), 10) !== n)
        expect.fail(`message ${n}`);
    }
    expect(broker.metrics.messagesDroppedSlow).toBe(0);
  });

  it('closes what the client closes, and is closed when the broker ends', async () => {
    const { broker, port } = await listening();
    const polite = await new Client(port).start('polite');
    polite.send({ type: 'DISCONNECT' });
    await once(polite.socket, 'close');
    const rude = await new Client(port).start('rude');
    rude.socket.resetAndDestroy();
    const last = await new Client(port).start('last');
    const closed = once(last.socket, 'close');
    await broker.close({ drain: 1000 });
    await closed;
    expect(broker.sizes.connections).toBe(0);
  });

  it('[G11] hundreds of connections that come and are reset leave nothing behind', async () => {
    const { broker, port } = await listening();
    for (let round = 0; round < 3; round++) {
      const sockets = Array.from({ length: 100 }, () => connectSocket({ port, host: '127.0.0.1' }));
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      for (const socket of sockets) socket.resetAndDestroy();
    }
    const witness = await new Client(port).start('witness');
    witness.send({ type: 'PINGREQ' });
    expect(await witness.next()).toMatchObject({ type: 'PINGRESP' });
    expect(broker.sizes.connections).toBeLessThan(301);
  });
});

/** Real WebSockets: subprotocol, path, frames, and what is refused. */
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { Decoder, encode, type Packet } from '@mqtt/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, createBroker } from '../../src/index.ts';
import { connect, short } from '../wire/house.ts';

const brokers: Broker[] = [];

async function listening(
  more: { readonly path?: string; readonly origins?: readonly string[] } = {},
): Promise<string> {
  const broker = createBroker();
  brokers.push(broker);
  const { url } = await broker.listen({ type: 'ws', port: 0, ...more });
  return url;
}

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
});

/** Collects packets until as many have come. */
function packets(socket: WebSocket, count: number): Promise<Packet[]> {
  const decoder = new Decoder({ version: 5, role: 'client' });
  const got: Packet[] = [];
  return new Promise((resolve, reject) => {
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data: Buffer) => {
      decoder.push(new Uint8Array(data));
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) got.push(packet);
      if (got.length >= count) resolve(got);
    });
  });
}

async function opened(url: string, subprotocols: string[] = ['mqtt']): Promise<WebSocket> {
  const socket = new WebSocket(url, subprotocols);
  await once(socket, 'open');
  return socket;
}

async function refused(url: string, subprotocols: string[], options: object = {}): Promise<number> {
  const socket = new WebSocket(url, subprotocols, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  return response.statusCode;
}

const conversation = (): Uint8Array[] => [
  encode<5>(connect({ clientId: 'ws' }) as Packet<5>, 5),
  encode(
    {
      type: 'SUBSCRIBE',
      packetId: 1,
      subscriptions: [
        { topicFilter: 't', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
    },
    5,
  ),
  encode(
    {
      type: 'PUBLISH',
      topic: 't',
      payload: Uint8Array.of(0x78),
      qos: 1,
      dup: false,
      retain: false,
      packetId: 1,
    },
    5,
  ),
];
const ANSWERS = ['CONNACK', 'SUBACK 1', 'PUBLISH t x q1', 'PUBACK'];

describe('WebSocket', () => {
  it('5.0 [MQTT-6.0.0-4] 3.1.1 [MQTT-6.0.0-4] [H03] selects the subprotocol mqtt, wherever it stands', async () => {
    const url = await listening();
    for (const offered of [['mqtt'], ['other', 'mqtt'], ['mqttv3.1', 'mqtt']]) {
      const socket = await opened(url, offered);
      expect(socket.protocol).toBe('mqtt');
      socket.terminate();
    }
    const old = await opened(url, ['mqttv3.1']);
    expect(old.protocol).toBe('mqttv3.1');
    old.terminate();
  });

  it('5.0 [MQTT-6.0.0-2] 3.1.1 [MQTT-6.0.0-2] [H02] packets and frames need not align', async () => {
    const url = await listening();
    const one = await opened(url);
    const together = packets(one, 4);
    one.send(Buffer.concat(conversation()));
    expect((await together).map(short)).toEqual(ANSWERS);
    const two = await opened(url);
    const apart = packets(two, 4);
    two.send(new Uint8Array(0));
    for (const byte of Buffer.concat(conversation())) two.send(Uint8Array.of(byte));
    expect((await apart).map(short)).toEqual(ANSWERS);
    two.terminate();
  });

  it('5.0 [MQTT-6.0.0-2] 3.1.1 [MQTT-6.0.0-2] gives each packet a frame, for clients that take only the first of a frame', async () => {
    const socket = await opened(await listening());
    const [hello = new Uint8Array(), subscribe = hello] = conversation();
    const together = packets(socket, 1 + 1 + 20);
    const frames: string[] = [];
    socket.on('message', (data: Buffer) => {
      const alone = new Decoder({ version: 5, role: 'client' });
      alone.push(new Uint8Array(data));
      for (let packet = alone.next(); packet !== undefined; packet = alone.next()) frames.push(short(packet));
      expect(alone.buffered).toBe(0);
      frames.push('end of frame');
    });
    const qos0 = Uint8Array.of(0x30, 0x04, 0x00, 0x01, 0x74, 0x00);
    socket.send(Buffer.concat([hello, subscribe, ...Array.from({ length: 20 }, () => qos0)]));
    const all = (await together).map(short);
    expect(frames).toEqual(all.flatMap((packet) => [packet, 'end of frame']));
    socket.terminate();
  });

  it('takes larger frames when the maximum packet size has become larger', async () => {
    const broker = createBroker({ limits: { maximumPacketSize: 1024 } });
    brokers.push(broker);
    const { url } = await broker.listen({ type: 'ws', port: 0 });
    broker.setBounds({ limits: { maximumPacketSize: 200_000 } });
    const socket = await opened(url);
    const payload = new Uint8Array(150_000);
    const publish = encode(
      { type: 'PUBLISH', topic: 't', payload, qos: 1, dup: false, retain: false, packetId: 1 },
      5,
    );
    const [hello = publish] = conversation();
    socket.send(hello);
    expect((await packets(socket, 1)).map(short)).toEqual(['CONNACK']);
    socket.send(publish);
    expect((await packets(socket, 1)).map(short)).toEqual(['PUBACK 0x10']);
    socket.terminate();
  });

  it('carries large messages, in one frame or many fragments', async () => {
    const socket = await opened(await listening());
    const got = packets(socket, 4);
    const [hello, subscribe] = conversation();
    const payload = new Uint8Array(1_048_576).map((_, i) => i);
    const publish = encode(
      { type: 'PUBLISH', topic: 't', payload, qos: 1, dup: false, retain: false, packetId: 1 },
      5,
    );
    socket.send(Buffer.concat([hello ?? publish, subscribe ?? publish]));
    socket.send(publish.subarray(0, 500_000), { fin: false });
    socket.send(publish.subarray(500_000), { fin: true });
    const message = (await got).find(({ type }) => type === 'PUBLISH');
    expect(message?.type === 'PUBLISH' && Buffer.compare(message.payload, payload)).toBe(0);
  });

  it('5.0 [MQTT-6.0.0-1] 3.1.1 [MQTT-6.0.0-1] [H01] a text frame ends the connection with 1003', async () => {
    const socket = await opened(await listening());
    socket.send('text');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1003);
  });

  it('path * serves every path', async () => {
    const url = await listening({ path: '*' });
    expect(url).toMatch(/:\d+\/$/);
    for (const path of ['', 'mqtt', 'a/b?c']) (await opened(`${url}${path}`)).terminate();
  });

  it('[H03] [H09] without the subprotocol it is 400, on another path 404, without an upgrade 426', async () => {
    const url = await listening({ path: '/iot' });
    expect(url).toMatch(/\/iot$/);
    expect(await refused(url, [])).toBe(400);
    expect(await refused(url, ['chat'])).toBe(400);
    expect(await refused(url.replace('/iot', '/mqtt'), ['mqtt'])).toBe(404);
    const plain = await fetch(url.replace('ws:', 'http:'), { method: 'POST' });
    expect(plain.status).toBe(426);
    const query = await opened(`${url}?a=b`);
    query.terminate();
  });

  it('[H04] where origins are listed, others are 403', async () => {
    const url = await listening({ origins: ['https://example.org'] });
    expect(await refused(url, ['mqtt'], { origin: 'https://evil.example' })).toBe(403);
    expect(await refused(url, ['mqtt'], { origin: 'null' })).toBe(403);
    expect(await refused(url, ['mqtt'])).toBe(403);
    const socket = new WebSocket(url, ['mqtt'], { origin: 'https://example.org' });
    await once(socket, 'open');
    socket.terminate();
  });

  it('[H05] compression is not negotiated', async () => {
    const socket = new WebSocket(await listening(), ['mqtt'], { perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('[H08] a frame that announces too much, or breaks the rules, ends the connection', async () => {
    const url = new URL(await listening());
    const upgrade = `GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`;
    for (const frame of ['82ff7fffffffffffffff', '8201', '8901', 'c28100000000', '82fe0000']) {
      const socket = connectSocket({ port: Number(url.port), host: '127.0.0.1' });
      socket.write(upgrade);
      await once(socket, 'data');
      socket.resume();
      const closed = once(socket, 'close');
      socket.write(Buffer.from(`${frame}00000000`, 'hex'));
      socket.end();
      await closed;
    }
    const witness = await opened(url.href);
    const got = packets(witness, 4);
    witness.send(Buffer.concat(conversation()));
    expect((await got).map(short)).toEqual(ANSWERS);
  });

  it('a protocol error closes the socket', async () => {
    const socket = await opened(await listening());
    socket.send(Uint8Array.of(0xc0, 0));
    await once(socket, 'close');
  });
});

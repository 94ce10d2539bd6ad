/** WebSockets that mean no good: upgrades that are none, headers without end, frames that only cost. */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { CONNACK, hello, Raw } from './raw.ts';

const brokers: Broker[] = [];

async function open(options: BrokerOptions = {}, more: object = {}) {
  const broker = createBroker(options);
  brokers.push(broker);
  return { broker, ...(await broker.listen({ type: 'ws', port: 0, ...more })) };
}

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1 });
});

const HEADERS = {
  Host: 'x',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Protocol': 'mqtt',
};

/** An upgrade, as asked for in `line`, with these headers in place of the usual ones. */
function upgrade(line = 'GET /mqtt HTTP/1.1', headers: Record<string, string | undefined> = {}): string {
  const all = Object.entries({ ...HEADERS, ...headers }).filter(([, value]) => value !== undefined);
  return `${line}\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** A frame as a client sends it, masked with zeros. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(first, 0x80 + payload.length, 0, 0, 0, 0), payload]);
}

async function upgraded(port: number): Promise<Raw> {
  const raw = Raw.to(port).send(upgrade());
  expect(await raw.status()).toBe(101);
  return raw;
}

/** The code of the close frame that ends a connection, behind its upgrade and `skip` bytes; 0 when there is none. */
async function closeCode(raw: Raw, skip = 0): Promise<number> {
  await raw.closed;
  const at = raw.text.indexOf('\r\n\r\n') + 4 + skip;
  return raw.text.charCodeAt(at) === 0x88 ? Buffer.from(raw.text, 'latin1').readUInt16BE(at + 2) : 0;
}

describe('upgrades', () => {
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, '']));

  it.each([
    ['[H09] another path', upgrade('GET /other HTTP/1.1'), 404],
    ['[H09] POST', upgrade('POST /mqtt HTTP/1.1', { 'Content-Length': '0' }), 400],
    ['[H09] HTTP/1.0', upgrade('GET /mqtt HTTP/1.0'), 400],
    ['[H09] HTTP/0.9', 'GET /mqtt\r\n\r\n', 426],
    ['[H09] no upgrade', upgrade('GET /mqtt HTTP/1.1', { Upgrade: undefined, Connection: 'close' }), 426],
    ['[H09] another upgrade', upgrade('GET /mqtt HTTP/1.1', { Upgrade: 'h2c' }), 400],
    ['[H09] an old version', upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Version': '7' }), 400],
    ['[H09] no key', upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Key': undefined }), 400],
    ['[H09] a key of the wrong length', upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Key': 'AAAA' }), 400],
    ['[H09] MQTT', hello(), 400],
    ['[H03] no subprotocol', upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Protocol': undefined }), 400],
    [
      '[H03] a subprotocol twice',
      upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Protocol': 'mqtt, mqtt' }),
      400,
    ],
    ['[H07] 3,000 headers', upgrade('GET /mqtt HTTP/1.1', many(3000)), 431],
    ['[H07] 101 headers', upgrade('GET /mqtt HTTP/1.1', many(101 - 6)), 431],
    ['[H07] one header too large', upgrade('GET /mqtt HTTP/1.1', { Cookie: 'x'.repeat(20_000) }), 431],
    [
      '[H07] 32 KiB of spaces',
      upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Protocol': `mqtt${' '.repeat(32_768)},` }),
      431,
    ],
    [
      '[H07] spaces that fit',
      upgrade('GET /mqtt HTTP/1.1', { 'Sec-WebSocket-Protocol': `mqtt${' '.repeat(15_000)}x` }),
      400,
    ],
    [
      '[H07] two lengths',
      upgrade('GET /mqtt HTTP/1.1', { 'Content-Length': '1', 'Transfer-Encoding': 'chunked' }),
      400,
    ],
  ])('%s is refused and costs one answer', async (_name, request, status) => {
    const { broker, port } = await open();
    const raw = Raw.to(port).send(request);
    expect(await raw.status()).toBe(status);
    await raw.closed;
    expect(broker.metrics.connectionsAccepted).toBe(0);
    expect((await upgraded(port)).text).toContain('Sec-WebSocket-Protocol: mqtt\r\n');
  });

  it.each(['Sec-WebSocket-Version', 'Sec-WebSocket-Key'])(
    '[H09] a wrong %s counts as a protocol error',
    async (name) => {
      const refused: number[] = [];
      const { broker, port } = await open({
        hooks: { onRefuse: (_, { reasonCode }) => refused.push(reasonCode) },
      });
      const raw = Raw.to(port).send(upgrade('GET /mqtt HTTP/1.1', { [name]: '7' }));
      expect(await raw.status()).toBe(400);
      await raw.closed;
      expect([broker.metrics.protocolErrors, refused, broker.sizes.connections]).toEqual([1, [0x80], 0]);
    },
  );

  it('[H07] 100 headers are fine, and an extension that does not exist is not used', async () => {
    const { port } = await open();
    const most = upgrade('GET /mqtt HTTP/1.1', many(100 - 6));
    const extended = upgrade('GET /mqtt HTTP/1.1', {
      'Sec-WebSocket-Extensions': 'constructor; __proto__=1',
    });
    for (const request of [most, extended]) {
      const raw = Raw.to(port).send(request);
      expect(await raw.status()).toBe(101);
      expect(raw.text).not.toContain('Extensions');
    }
  });

  it.each([
    ['nothing', []],
    ['half a line', ['GET /mq']],
    ['headers without end', [upgrade().slice(0, -2)]],
    [
      'a body that was announced',
      ['POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n'],
    ],
  ])('[H09] %s and then silence is 408 when the time is over', async (_name, pieces) => {
    const { broker, port } = await open({ limits: { connectTimeout: 100 } });
    const raw = Raw.to(port).send(...pieces);
    expect(await raw.status()).toBe(408);
    await raw.closed;
    expect(broker.metrics).toMatchObject({ connectTimeouts: 1, connectionsAccepted: 0 });
  });

  it('[H09] [C02] slow headers do not move the deadline', async () => {
    const { port } = await open({ limits: { connectTimeout: 300 } });
    const raw = Raw.to(port).send('GET /mqtt HTTP/1.1\r\n');
    const drip = setInterval(() => raw.send('a: b\r\n'), 20);
    expect(await raw.status()).toBe(408);
    clearInterval(drip);
    await raw.closed;
  });

  it('[D15] X-Forwarded-For and its like are ignored', async () => {
    const peers: string[] = [];
    const { url } = await open({ hooks: { onConnect: ({ peer }) => peers.push(peer) } });
    const forwarded = '192.0.2.1, 10.0.0.1';
    const headers = { 'X-Forwarded-For': forwarded, 'X-Real-IP': '192.0.2.1', Forwarded: 'for=192.0.2.1' };
    const socket = new WebSocket(url, ['mqtt'], { headers });
    await once(socket, 'open');
    socket.send(hello());
    await once(socket, 'message');
    socket.terminate();
    expect(peers).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  });

  it('[H11] what stands in the query reaches no hook and proves nothing', async () => {
    const seen: unknown[] = [];
    const { url } = await open({
      access: { authenticate: (credentials) => seen.push(credentials) < 0 },
      hooks: { onRefuse: (...details) => seen.push(details) },
    });
    const socket = new WebSocket(`${url}?token=marker&access_token=marker`, ['mqtt']);
    await once(socket, 'open');
    socket.send(hello());
    const [bytes] = await once(socket, 'message');
    expect(bytes.toString('hex')).toBe('20020004');
    expect(seen).toHaveLength(2);
    expect(JSON.stringify(seen)).not.toContain('marker');
    socket.terminate();
  });
});

describe('frames', () => {
  it.each([
    ['not masked', '8201ff', 1002],
    ['a ping that is not masked', '8900', 1002],
    ['a reserved bit', 'c28100000000ff', 1002],
    ['a reserved opcode', '838000000000', 1002],
    ['a ping of 126 bytes', '89fe007e00000000', 1002],
    ['a ping in pieces', '098000000000', 1002],
    ['the end of nothing', '808000000000', 1002],
    ['a second beginning', '02800000000002800000 0000', 1002],
    ['a close of one byte', '88810000000003', 1002],
    ['a close with a code that does not exist', '8882000000000001', 1002],
    ['a close with bad UTF-8', '88830000000003e8ff', 1007],
    ['2^63 - 1 bytes', '82ff7fffffffffffffff00000000', 1009],
    ['2^63 bytes', '82ff800000000000000000000000', 1009],
    ['more bytes than the largest packet', '82ff000000000080000000000000', 1009],
  ])('[H08] %s', async (_name, bytes, code) => {
    const { port } = await open();
    const raw = (await upgraded(port)).send(Buffer.from(bytes.replace(' ', ''), 'hex'));
    expect(await closeCode(raw)).toBe(code);
  });

  it('[H06] a message in a million fragments ends the connection with 1008', async () => {
    const { broker, port } = await open();
    const raw = (await upgraded(port)).send(frame(0x82, hello()));
    const start = raw.text.indexOf('\r\n\r\n') + 4;
    expect((await raw.hex(start + 6)).slice(2 * start)).toBe(`8204${CONNACK}`);
    raw.send(frame(0x02, Uint8Array.of(0x30)));
    const fragments = Buffer.concat(Array.from({ length: 10_000 }, () => frame(0x00, Uint8Array.of(0))));
    for (let n = 0; n < 100; n++) raw.send(fragments);
    expect(await closeCode(raw, 6)).toBe(1008);
    expect(broker.metrics.messagesReceived).toBe(0);
  });

  it.each([
    ['pings', frame(0x89, new Uint8Array(125))],
    ['empty messages', frame(0x82, new Uint8Array(0))],
    ['fragments', frame(0x00, new Uint8Array(125))],
  ])('[H10] %s without end and without CONNECT are cut', async (_name, one) => {
    const { broker, port } = await open();
    const raw = (await upgraded(port)).send(frame(0x02, new Uint8Array(0)));
    if (one[0] === 0x82) raw.send(frame(0x80, new Uint8Array(0)));
    const chunk = Buffer.concat(Array.from({ length: 1000 }, () => one));
    let isOpen = true;
    void raw.closed.then(() => {
      isOpen = false;
    });
    let sent = 0;
    for (; isOpen && sent < 100e6; sent += chunk.length) {
      if (!raw.socket.write(chunk))
        await Promise.race([once(raw.socket, 'drain').catch(() => []), raw.closed]);
    }
    await raw.closed;
    expect(sent).toBeLessThan(50e6);
    expect(broker.metrics).toMatchObject({ packetsTooLarge: 1, connectTimeouts: 0, connectsAccepted: 0 });
  });

  it('[H10] after CONNECT the same bytes are nobody’s harm', async () => {
    const { port } = await open();
    const raw = (await upgraded(port)).send(frame(0x82, hello()));
    const ping = frame(0x89, new Uint8Array(125));
    for (let n = 0; n < 2000; n++) raw.send(ping);
    const start = raw.text.indexOf('\r\n\r\n') + 4;
    await raw.hex(start + 6 + 2000 * 127);
    raw.send(frame(0x82, Uint8Array.of(0xc0, 0)));
    expect((await raw.hex(start + 6 + 2000 * 127 + 4)).slice(-8)).toBe('8202d000');
  });

  it('[H10] who takes no answers to pings gets few, and is served when it reads again', async () => {
    const subscribed: string[] = [];
    let wake = (): void => {};
    const onSubscribe = (_client: unknown, topicFilter: string): void => {
      subscribed.push(topicFilter);
      wake();
    };
    const { port } = await open({ hooks: { onSubscribe } });
    const raw = (await upgraded(port)).send(frame(0x82, hello()));
    raw.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(0x89, new Uint8Array(125))));
    const count = 400;
    for (let n = 0; n < count; n++) if (!raw.socket.write(pings)) await once(raw.socket, 'drain');
    const seen = new Promise<void>((resolve) => {
      wake = resolve;
    });
    raw.send(frame(0x82, Uint8Array.of(0x82, 6, 0, 1, 0, 1, 0x74, 0)));
    await seen;
    raw.socket.resume();
    raw.send(Uint8Array.of(0x88, 0x80, 0, 0, 0, 0));
    await raw.closed;
    expect(subscribed).toEqual(['t']);
    expect(raw.text.length).toBeLessThan((count * 1000 * 127) / 2);
  });
});

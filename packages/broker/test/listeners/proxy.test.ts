/** The PROXY protocol in front of every listener, over real sockets: who is believed, and whom the broker sees. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, type BrokerOptions, createBroker, type ListenOptions } from '../../src/index.ts';
import { CertificateFolder } from './certificates.ts';
import { CONNACK, hello, Raw } from './raw.ts';

const folder = new CertificateFolder();
const sockets = mkdtempSync(join(tmpdir(), 'mqtt-proxy-'));
const brokers: Broker[] = [];
const LINE = 'PROXY TCP6 2001:db8::7 2001:db8::1 50123 1883\r\n';
const LOCAL = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');

beforeAll(() => folder.make('server'));
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1 });
});
afterAll(() => {
  folder.remove();
  rmSync(sockets, { recursive: true });
});

const from = (...addresses: string[]) => ({ proxyProtocol: { from: addresses } });

/** A broker behind a proxy on this machine; `seen` gets the peer of each client, `refused` that of each other. */
async function open(listen: object, options: BrokerOptions = {}) {
  const seen: string[] = [];
  const refused: string[] = [];
  const hooks = {
    onConnect: ({ peer }: { readonly peer: string }) => seen.push(peer),
    onRefuse: (peer: string) => refused.push(peer),
  };
  const broker = createBroker({ ...options, hooks });
  brokers.push(broker);
  const all: object = { port: 0, ...from('127.0.0.0/8', '::1'), ...listen };
  const { port, url } = await broker.listen(all as ListenOptions);
  return { broker, port, url, seen, refused };
}

/** What comes back to a WebSocket client's CONNECT, on a socket that has sent its header. */
async function overWebSocket(url: string, through: Raw): Promise<string> {
  const client = new WebSocket(url.replace('wss:', 'ws:'), ['mqtt'], {
    createConnection: () => through.socket,
  });
  client.on('error', () => undefined);
  await once(client, 'open');
  client.send(hello());
  const [bytes] = await once(client, 'message');
  client.terminate();
  return bytes.toString('hex');
}

async function secured(raw: Raw): Promise<Raw> {
  const socket = connectTls({ socket: raw.socket, host: '127.0.0.1', ca: folder.pem('server.crt') });
  await once(socket, 'secureConnect');
  return new Raw(socket);
}

describe('PROXY protocol', () => {
  it('the client is whom the header names, whatever chunks it comes in', async () => {
    const { port, seen } = await open({ type: 'tcp' });
    expect(await Raw.to(port).send(LINE, hello()).hex(4)).toBe(CONNACK);
    expect(
      await Raw.to(port)
        .send(Buffer.concat([Buffer.from(LINE), hello()]))
        .hex(4),
    ).toBe(CONNACK);
    const slow = Raw.to(port);
    slow.socket.setNoDelay(true);
    for (const byte of LINE) {
      slow.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await slow.send(hello()).hex(4)).toBe(CONNACK);
    expect(seen).toEqual(Array(3).fill('[2001:db8::7]:50123'));
  });

  it('LOCAL and UNKNOWN keep the address of the proxy', async () => {
    const { port, seen } = await open({ type: 'tcp' });
    expect(await Raw.to(port).send(LOCAL, hello()).hex(4)).toBe(CONNACK);
    expect(await Raw.to(port).send('PROXY UNKNOWN\r\n', hello()).hex(4)).toBe(CONNACK);
    expect(seen).toEqual([0, 1].map(() => expect.stringMatching(/^127\.0\.0\.1:\d+$/)));
  });

  it('comes before TLS', async () => {
    const { port, seen } = await open({ type: 'tls', ...folder.identity('server') });
    const raw = Raw.to(port).send(LINE);
    expect(await (await secured(raw)).send(hello()).hex(4)).toBe(CONNACK);
    expect(seen).toEqual(['[2001:db8::7]:50123']);
  });

  it('comes before the WebSocket upgrade, plain or secure', async () => {
    const ws = await open({ type: 'ws' });
    const plain = Raw.to(ws.port).send(LINE);
    plain.socket.removeAllListeners('data');
    expect(await overWebSocket(ws.url, plain)).toBe(CONNACK);
    const wss = await open({ type: 'wss', ...folder.identity('server') });
    const secure = await secured(Raw.to(wss.port).send(LINE));
    secure.socket.removeAllListeners('data');
    expect(await overWebSocket(wss.url, secure)).toBe(CONNACK);
    expect([...ws.seen, ...wss.seen]).toEqual(Array(2).fill('[2001:db8::7]:50123'));
  });

  it('a header and an upgrade in one chunk', async () => {
    const { port, seen } = await open({ type: 'ws' });
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13';
    const upgrade = `GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`;
    const frame = Buffer.concat([Uint8Array.of(0x82, 0x80 + hello().length, 0, 0, 0, 0), hello()]);
    const raw = Raw.to(port).send(Buffer.concat([Buffer.from(LINE + upgrade), frame]));
    expect(await raw.status()).toBe(101);
    const answer = raw.text.indexOf('\r\n\r\n') + 4;
    expect((await raw.hex(answer + 6)).slice(2 * answer)).toBe(`8204${CONNACK}`);
    expect(seen).toEqual(['[2001:db8::7]:50123']);
  });

  it('on a Unix socket whoever may open it is a proxy', async () => {
    const path = join(sockets, 's');
    const { seen } = await open({ type: 'unix', port: undefined, path, ...from('unix') });
    expect(await new Raw({ path }).send(LINE, hello()).hex(4)).toBe(CONNACK);
    expect(await new Raw({ path }).send(LOCAL, hello()).hex(4)).toBe(CONNACK);
    expect(seen).toEqual(['[2001:db8::7]:50123', 'unix']);
  });

  it('[D14] who is no proxy is refused, with a header and without', async () => {
    const { broker, port, refused } = await open({ type: 'tcp', ...from('10.0.0.0/8', '2001:db8::/32') });
    expect(await Raw.to(port).send(LINE, hello()).hex(4)).toBe('closed');
    expect(await Raw.to(port).send(hello()).hex(4)).toBe('closed');
    expect(broker.metrics).toMatchObject({ protocolErrors: 2, connectionsAccepted: 0 });
    expect(refused).toEqual([0, 1].map(() => expect.stringMatching(/^127\.0\.0\.1:\d+$/)));
  });

  it('[D14] a proxy that sends none, a broken one, or a second one is refused', async () => {
    const { broker, port, seen } = await open({ type: 'tcp' });
    const overrun = Buffer.from('0d0a0d0a000d0a515549540a211100107f0000017f0000011f90075b04000200', 'hex');
    for (const bytes of [hello(), overrun, 'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n', `${LINE}${LINE}`])
      expect(await Raw.to(port).send(bytes, hello()).hex(4)).toBe('closed');
    expect(broker.metrics.protocolErrors).toBe(4);
    expect(seen).toEqual([]);
  });

  it('[D14] a header that never ends is cut when its time is over', async () => {
    const { broker, port, refused } = await open({ type: 'tcp' }, { limits: { connectTimeout: 100 } });
    const half = Raw.to(port).send(LINE.slice(0, 20));
    await half.closed;
    expect(broker.metrics.connectTimeouts).toBe(1);
    expect(refused).toHaveLength(1);
  });

  it('[D14] a header that ends half way ends its connection', async () => {
    const { broker, port, refused } = await open({ type: 'tcp' });
    const dropped = Raw.to(port).send(LINE.slice(0, 20));
    dropped.socket.end();
    await dropped.closed;
    expect(refused).toHaveLength(1);
    expect(broker.metrics).toMatchObject({ connectTimeouts: 0, protocolErrors: 0 });
  });

  it('[D14] an authenticator that trusts loopback is not fooled through the proxy', async () => {
    const authenticate = ({ peer }: { readonly peer: string }): boolean => peer.startsWith('127.');
    const { port } = await open({ type: 'tcp' }, { access: { authenticate } });
    expect(await Raw.to(port).send(LINE, hello()).hex(4)).toBe('20020004');
  });

  it('without the option a header is no CONNECT', async () => {
    const { port, broker } = await open({ type: 'tcp', proxyProtocol: undefined });
    expect(await Raw.to(port).send(LINE, hello()).hex(4)).toBe('closed');
    expect(broker.metrics.protocolErrors).toBe(1);
  });

  it.each([
    [[]],
    [['here']],
    [['10.0.0.0/33']],
    [['::1/129']],
    [['10.0.0.0/8/8']],
    [['fe80::1%eth0']],
    [['unix']],
    [['127.0.0.1', 'unix']],
  ])('refuses from: %j', async (addresses) => {
    await expect(open({ type: 'tcp', ...from(...addresses) })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});

/** Every transport over real sockets: the whole way there and back, back-pressure, refusals, ends. */
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, connect as openTcp, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, createServer as createTlsServer } from 'node:tls';
import { encode } from '@mqtt/codec';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect as connectInBrowser } from '../src/index.browser.ts';
import { connect } from '../src/index.node.ts';
import type { Message } from '../src/message.ts';
import { tcp } from '../src/transports/tcp.ts';
import type { Transport } from '../src/transports/transport.ts';
import { failure, status } from './lab.ts';
import { EchoConnection, once } from './tcp-server.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const close of closing.splice(0).reverse()) await close();
});

const sockets = new Set<Socket>();

function serve(socket: Socket): EchoConnection {
  sockets.add(socket);
  const connection = new EchoConnection((bytes) => socket.write(bytes));
  socket.on('data', (chunk) => connection.receive(chunk));
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
  return connection;
}

async function listening(server: Server, path?: string): Promise<number> {
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path === undefined ? (server.address() as AddressInfo).port : 0;
}

interface Frames {
  readonly server: WebSocketServer;
  readonly port: number;
  readonly connections: EchoConnection[];
}

async function webSocketServer(text = false): Promise<Frames> {
  const protocols = { handleProtocols: (offered: Set<string>) => (offered.has('mqtt') ? 'mqtt' : false) };
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...protocols });
  const connections: EchoConnection[] = [];
  server.on('connection', (socket) => {
    // One byte of each answer in a frame of its own: packets need not align with frames [MQTT-6.0.0-2].
    const connection = new EchoConnection((bytes) => {
      socket.send(bytes.subarray(0, 1));
      socket.send(bytes.subarray(1));
    });
    connections.push(connection);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) connection.receive(data);
      if (text) socket.send('text');
    });
  });
  await once(server, 'listening');
  closing.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port, connections };
}

/** Publishes at each QoS, and 1 MB, and gets it all back. */
async function roundTrip(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const got: Message[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (message) => {
      if (got.push(message) === 4) resolve();
    });
  });
  await client.subscribe('#', { qos: 2 });
  for (const qos of [0, 1, 2] as const) await client.publish(`😀/${qos}`, 'hello', { qos });
  const large = Buffer.alloc(1_048_576, 'abc');
  await client.publish('large', large, { qos: 1 });
  await all;
  expect(got.map(({ topic, qos }) => [topic, qos])).toEqual([
    ['😀/0', 0],
    ['😀/1', 1],
    ['😀/2', 2],
    ['large', 1],
  ]);
  expect(large.equals(got[3]?.payload ?? new Uint8Array())).toBe(true);
  await client.end();
}

describe('TCP', () => {
  it('5.0 [MQTT-4.2-1] 3.1.1 [MQTT-7.1.2-1] carries everything', async () => {
    const port = await listening(createServer(serve));
    await roundTrip(await connect(`mqtt://127.0.0.1:${port}`));
  });

  it('carries everything over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mqtt-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    await listening(createServer(serve), join(folder, 'a socket'));
    await roundTrip(await connect(`unix://${folder}/a%20socket`, { version: 4 }));
  });

  it('says that nobody listens', async () => {
    const server = createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(connect(`mqtt://127.0.0.1:${port}`))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('comes back after the server was away', async () => {
    const server = createServer(serve);
    const port = await listening(server);
    const client = await connect(`mqtt://127.0.0.1:${port}`, {
      reconnect: { minimumDelay: 5, maximumDelay: 20 },
    });
    await client.subscribe('a', { qos: 1 });
    for (const socket of sockets) socket.resetAndDestroy();
    await status(client, 'waiting');
    const published = client.publish('a', 'after', { qos: 2 });
    await published;
    expect(client.state.status).toBe('connected');
    await client.end();
  });

  it('stops reading when a consumer is slow, and goes on', async () => {
    const port = await listening(
      createServer((socket) => {
        serve(socket);
      }),
    );
    const client = await connect(`mqtt://127.0.0.1:${port}`, { maximumInboxMessages: 5 });
    const loop = client.messages();
    for (let n = 0; n < 100; n += 1) await client.publish(`${n}`, new Uint8Array(10_000));
    for (let n = 0; n < 100; n += 1) expect((await loop.next()).value?.topic).toBe(`${n}`);
    await client.end();
  });

  it('gives each of very many small packets, sent alone, once and in order, also when it is not read at times', async () => {
    const count = 3000;
    const flood = (socket: Socket): void => {
      serve(socket);
      socket.setNoDelay(true);
      let sent = 0;
      const one = (): void => {
        const payload = Buffer.from(String(sent));
        const packet = { type: 'PUBLISH', topic: 'a', payload, qos: 0, dup: false, retain: false } as const;
        socket.write(encode({ ...packet, packetId: undefined }, 4));
        sent += 1;
        if (sent < count && !socket.destroyed) setImmediate(one);
      };
      socket.once('data', () => setImmediate(one)); // behind CONNACK
    };
    const port = await listening(createServer(flood));
    const got: number[] = [];
    let done = (): void => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const client = await connect(`mqtt://127.0.0.1:${port}`, {
      version: 4,
      maximumInboxMessages: 10,
      onMessage: async (message) => {
        if (got.length % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (got.push(Number(message.text())) === count) done();
      },
    });
    await all;
    expect(got).toEqual(Array.from({ length: count }, (_, n) => n));
    await client.end();
  });

  it('takes options of net.connect, also below TLS and WebSocket', async () => {
    const seen: unknown[] = [];
    const port = await listening(
      createServer((socket) => {
        seen.push(socket.remoteAddress);
        serve(socket);
      }),
    );
    const tcp = { localAddress: '127.0.0.2' };
    await roundTrip(await connect(`mqtt://127.0.0.1:${port}`, { tcp }));
    expect(seen).toEqual(['127.0.0.2']);
    const mute = await listening(
      createServer((socket) => {
        seen.push(socket.remoteAddress);
        socket.destroy();
      }),
    );
    for (const scheme of ['mqtts', 'ws']) await failure(connect(`${scheme}://127.0.0.1:${mute}`, { tcp }));
    expect(seen).toEqual(['127.0.0.2', '127.0.0.2', '127.0.0.2']);
  });

  it('goes through a socket that the user opens, and ends with it', async () => {
    const port = await listening(createServer(serve));
    const asked: unknown[] = [];
    const openSocket = async (to: { host: string; port: number }): Promise<Socket> => {
      asked.push(to);
      const socket = openTcp({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      return socket;
    };
    await roundTrip(await connect('mqtt://far.example', { openSocket }));
    expect(asked).toEqual([{ host: 'far.example', port: 1883 }]);
    const refuse = (): Promise<Socket> => Promise.reject(new Error('no way'));
    expect(await failure(connect('mqtts://far.example', { openSocket: refuse }))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('no way'),
    });
  });

  it('a signal ends the attempt', async () => {
    const port = await listening(createServer(() => {})); // never a CONNACK
    const controller = new AbortController();
    const connecting = failure(connect(`mqtt://127.0.0.1:${port}`, { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect(await connecting).toMatchObject({ code: 'ABORTED' });
  });

  it('gives up a network that ends before it is ready', async () => {
    const port = await listening(createServer((socket) => socket.destroy()));
    expect(await failure(connect(`mqtt://127.0.0.1:${port}`))).toMatchObject({ code: 'CONNECT_FAILED' });
    expect(await failure(connect(`mqtts://127.0.0.1:${port}`))).toMatchObject({ code: 'CONNECT_FAILED' });
  });
});

describe('TLS', () => {
  const read = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
  const start = (): Promise<number> =>
    listening(
      createTlsServer(
        { key: read('localhost.key'), cert: read('localhost.crt'), ALPNProtocols: ['mqtt'] },
        serve,
      ),
    );

  it('carries everything when the certificate is trusted', async () => {
    const port = await start();
    await roundTrip(
      await connect(`mqtts://localhost:${port}`, { tls: { ca: read('localhost.crt'), family: 4 } as object }),
    );
  });

  it('[K12] refuses a certificate that nobody vouches for, and one for another name', async () => {
    const port = await start();
    expect(await failure(connect(`mqtts://127.0.0.1:${port}`))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/self.signed/),
    });
    expect(await failure(connect(`mqtts://127.0.0.1:${port}`, { tls: { ca: [] } }))).toMatchObject({
      code: 'CONNECT_FAILED',
    });
    const other = { ca: read('localhost.crt'), servername: 'other.example' };
    expect(await failure(connect(`mqtts://127.0.0.1:${port}`, { tls: other }))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/altname|other.example/),
    });
  });

  it('takes every option of tls.connect: a client certificate, a key with a passphrase, ALPN, names', async () => {
    const [key, cert] = [read('localhost.key'), read('localhost.crt')];
    const seen: unknown[] = [];
    const server = createTlsServer(
      { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['mqtt'] },
      (socket) => {
        seen.push([socket.authorized, socket.alpnProtocol, socket.getPeerCertificate().subject?.CN]);
        serve(socket);
      },
    );
    const port = await listening(server);
    const secret = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open',
    });
    const checked: string[] = [];
    const tls = {
      ca: cert,
      cert,
      key: secret,
      passphrase: 'open',
      ALPNProtocols: ['mqtt'],
      servername: 'else.where',
      checkServerIdentity: (name: string) => {
        checked.push(name);
        return undefined;
      },
    };
    const client = await connect(`mqtts://127.0.0.1:${port}`, { tls });
    await client.end();
    expect(seen).toEqual([[true, 'mqtt', 'localhost']]);
    expect(checked).toEqual(['else.where']);
    const careless = await connect(`mqtts://127.0.0.1:${port}`, { tls: { rejectUnauthorized: false } });
    await careless.end();
    expect(seen[1]).toEqual([false, false, undefined]);
  });

  it('proves who it is with a PKCS#12 file (pfx)', async () => {
    const [key, cert] = [read('localhost.key'), read('localhost.crt')];
    const seen: unknown[] = [];
    const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
    const port = await listening(
      createTlsServer(options, (socket) => {
        seen.push(socket.authorized, socket.getPeerCertificate().subject.CN);
        serve(socket);
      }),
    );
    const url = `mqtts://localhost:${port}`;
    const pfx = { ca: cert, pfx: read('localhost.p12'), family: 4 } as object;
    await roundTrip(await connect(url, { tls: { ...pfx, passphrase: 'open' } }));
    expect(seen).toEqual([true, 'localhost']);
    expect(await failure(connect(url, { tls: { ...pfx, passphrase: 'wrong' } }))).toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringMatching(/mac verify failure/),
    });
  });

  it('connects with a pre-shared key', async () => {
    const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const port = await listening(
      createTlsServer(
        { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: (_, who) => (who === 'sensor' ? key : null) },
        serve,
      ),
    );
    const tls = (identity: string): ConnectionOptions => ({
      ciphers: 'PSK',
      maxVersion: 'TLSv1.2',
      pskCallback: () => ({ psk: key, identity }),
      checkServerIdentity: () => undefined,
    });
    await roundTrip(await connect(`mqtts://127.0.0.1:${port}`, { tls: tls('sensor') }));
    expect(await failure(connect(`mqtts://127.0.0.1:${port}`, { tls: tls('nobody') }))).toMatchObject({
      code: 'CONNECT_FAILED',
    });
  });

  it('[K12] checks on every attempt, also when it comes back', async () => {
    const port = await start();
    let trusted: Buffer[] = [read('localhost.crt')];
    const tls = {
      servername: 'localhost',
      get ca() {
        return trusted;
      },
    };
    const client = await connect(`mqtts://127.0.0.1:${port}`, {
      tls,
      reconnect: { minimumDelay: 1, maximumAttempts: 1 },
    });
    trusted = [];
    for (const socket of sockets) socket.destroy();
    await status(client, 'ended');
    expect(client.state).toMatchObject({ reason: { code: 'CONNECT_FAILED' } });
  });
});

describe.each([
  ['Node', connect],
  ['browser', connectInBrowser],
] as const)('WebSocket in the entry for %s', (name, open) => {
  const start = async (text = false): Promise<Frames> => {
    if (name === 'browser') vi.stubGlobal('WebSocket', WebSocket);
    return webSocketServer(text);
  };

  it('5.0 [MQTT-6.0.0-1] [MQTT-6.0.0-2] [MQTT-6.0.0-3] 3.1.1 [MQTT-6.0.0-1] [MQTT-6.0.0-2] [MQTT-6.0.0-3] carries everything in binary frames of the subprotocol mqtt', async () => {
    const { port, server } = await start();
    const protocols: string[] = [];
    server.on('connection', (socket) => protocols.push(socket.protocol));
    await roundTrip(await open(`ws://127.0.0.1:${port}/mqtt?x=1`));
    expect(protocols).toEqual(['mqtt']);
  });

  it('5.0 [MQTT-6.0.0-1] 3.1.1 [MQTT-6.0.0-1] ends the connection on a text frame', async () => {
    const { port } = await start(true);
    const client = await open(`ws://127.0.0.1:${port}/mqtt`, { reconnect: false }).catch(
      (error: unknown) => error,
    );
    if (client instanceof Error) expect(client).toMatchObject({ code: 'CONNECT_FAILED' });
    else await status(client as Awaited<ReturnType<typeof open>>, 'ended');
  });

  it('says that nobody is there, and ends an attempt by signal', async () => {
    const { port, server } = await start();
    const controller = new AbortController();
    const connecting = failure(open(`ws://127.0.0.1:${port}/mqtt`, { signal: controller.signal }));
    controller.abort();
    expect(await connecting).toMatchObject({ code: 'ABORTED' });
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(open(`ws://127.0.0.1:${port}/mqtt`))).toMatchObject({ code: 'CONNECT_FAILED' });
  });

  it('stops reading when a consumer is slow, and goes on', async () => {
    const { port } = await start();
    const client = await open(`ws://127.0.0.1:${port}/mqtt`, { maximumInboxMessages: 5 });
    const loop = client.messages();
    for (let n = 0; n < 50; n += 1) await client.publish(`${n}`, new Uint8Array(50_000));
    for (let n = 0; n < 50; n += 1) expect((await loop.next()).value?.topic).toBe(`${n}`);
    await client.end();
  });

  it('comes back after the server cut it', async () => {
    const { port, server } = await start();
    const client = await open(`ws://127.0.0.1:${port}/mqtt`, { reconnect: { minimumDelay: 5 } });
    for (const socket of server.clients) socket.terminate();
    await status(client, 'waiting');
    await client.publish('a', 'x', { qos: 1 });
    await client.end();
  });
});

describe('the entry for browsers', () => {
  it('has no way to TCP, and says so', async () => {
    expect(await failure(connectInBrowser('mqtt://127.0.0.1'))).toMatchObject({
      code: 'INVALID_URL',
      message: expect.stringContaining('only ws: and wss:'),
    });
  });
});

describe('WebSocket options in Node', () => {
  it('sends headers, as a gateway asks for', async () => {
    const { port, server } = await webSocketServer();
    const authorization: (string | undefined)[] = [];
    server.on('connection', (_, request) => authorization.push(request.headers.authorization));
    const webSocket = { headers: { authorization: 'Bearer token' } };
    const client = await connect(`ws://127.0.0.1:${port}/mqtt`, { webSocket });
    await client.end();
    expect(authorization).toEqual(['Bearer token']);
  });
});

describe('a transport of one’s own', () => {
  it('is given where to connect, and carries everything', async () => {
    const port = await listening(createServer(serve));
    const wanted: string[] = [];
    const transport: Transport = (endpoint, handler, signal) => {
      wanted.push(endpoint.href);
      return tcp()({ ...endpoint, host: '127.0.0.1', port }, handler, signal);
    };
    await roundTrip(await connect('mqtt://through.a.proxy', { transport }));
    expect(wanted).toEqual(['mqtt://through.a.proxy:1883']);
  });
});

it('a page that comes online connects at once, and nothing listens behind its end', async () => {
  const page = new EventTarget();
  vi.stubGlobal('WebSocket', WebSocket);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  const removed: string[] = [];
  vi.stubGlobal('removeEventListener', (...args: Parameters<EventTarget['removeEventListener']>) => {
    removed.push(args[0]);
    page.removeEventListener(...args);
  });
  const { port, server } = await webSocketServer();
  const reconnect = { minimumDelay: 2_000_000_000, maximumDelay: 2_000_000_000 };
  const client = await connectInBrowser(`ws://127.0.0.1:${port}/mqtt`, { reconnect });
  page.dispatchEvent(new Event('online')); // connected already: nothing happens
  expect(client.state.status).toBe('connected');
  for (const socket of server.clients) socket.terminate();
  await status(client, 'waiting');
  page.dispatchEvent(new Event('online'));
  await status(client, 'connected');
  client.pause();
  page.dispatchEvent(new Event('online'));
  expect(client.state.status).toBe('paused');
  expect(removed).toEqual([]);
  await client.end();
  expect(removed).toEqual(['online']);
});

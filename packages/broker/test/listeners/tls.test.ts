/** Real TLS, plain and under WebSocket: who gets in, what a failed handshake costs, and options that cannot work. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { encode, type Packet } from '@mqtt/codec';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { connect } from '../wire/house.ts';

const folder = mkdtempSync(join(tmpdir(), 'mqtt-tls-'));
const brokers: Broker[] = [];
const hello = encode(connect({ version: 4 }) as Packet<4>, 4);
const CONNACK = '20020000';

function make(name: string, ...signer: string[]): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  const rest = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const all = ['req', '-x509', ...key, '-out', `${name}.crt`, ...rest, ...signer];
  execFileSync('openssl', all, { cwd: folder, stdio: 'pipe' });
}

const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

beforeAll(() => {
  for (const name of ['server', 'client', 'stranger']) make(name);
});
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function open(type: 'tls' | 'wss', more: object = {}, options: BrokerOptions = {}) {
  const broker = createBroker(options);
  brokers.push(broker);
  const { key, cert } = { key: pem('server.key'), cert: pem('server.crt') };
  return { broker, ...(await broker.listen({ type, port: 0, key, cert, ...more })) };
}

/** What the broker answers to a CONNECT, in hex; 'closed' when it ends the connection instead. */
function answer(port: number, more: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: pem('server.crt'), ...more });
    socket.on('secureConnect', () => socket.write(hello));
    socket.on('data', (bytes) => {
      resolve(bytes.toString('hex'));
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve('closed'));
  });
}

function answerOverWebSocket(url: string, more: object = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ['mqtt'], { ca: pem('server.crt'), ...more });
    socket.on('open', () => socket.send(hello));
    socket.on('message', (bytes: Buffer) => {
      resolve(bytes.toString('hex'));
      socket.terminate();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve('closed'));
  });
}

const identity = (name: string): object => ({ key: pem(`${name}.key`), cert: pem(`${name}.crt`) });

describe('TLS', () => {
  it('serves MQTT, and says where', async () => {
    const { url, port } = await open('tls');
    expect(url).toBe(`mqtts://127.0.0.1:${port}`);
    expect(await answer(port)).toBe(CONNACK);
  });

  it('serves WebSocket', async () => {
    const { url, port } = await open('wss');
    expect(url).toBe(`wss://127.0.0.1:${port}/mqtt`);
    expect(await answerOverWebSocket(url)).toBe(CONNACK);
  });

  it('[D10] lets in only certificates of its CA, over wss exactly as over tls', async () => {
    const rule = { ca: pem('client.crt'), requireCertificate: true };
    const tls = await open('tls', rule);
    const wss = await open('wss', rule);
    expect(await answer(tls.port, identity('client'))).toBe(CONNACK);
    expect(await answerOverWebSocket(wss.url, identity('client'))).toBe(CONNACK);
    for (const who of [{}, identity('stranger')]) {
      expect(await answer(tls.port, who)).toBe('closed');
      expect(await answerOverWebSocket(wss.url, who)).toBe('closed');
    }
    expect([tls.broker.metrics.protocolErrors, wss.broker.metrics.protocolErrors]).toEqual([2, 2]);
  });

  it('[A28] [G11] bytes that are no handshake, and a handshake that stalls, end their connection only', async () => {
    const refused: string[] = [];
    const hooks = { onRefuse: (peer: string) => refused.push(peer) };
    const { broker, port } = await open('tls', {}, { limits: { connectTimeout: 100 }, hooks });
    for (const bytes of [Uint8Array.from(hello), new Uint8Array(0)]) {
      const socket = connectSocket({ port, host: '127.0.0.1' });
      const closed = once(socket, 'close');
      socket.on('error', () => undefined).resume();
      socket.write(bytes);
      await closed;
    }
    expect(broker.metrics).toMatchObject({ protocolErrors: 1, connectTimeouts: 1 });
    expect(refused).toHaveLength(2);
    expect(await answer(port)).toBe(CONNACK);
  });

  it('refuses a type of listener that does not exist, as callers without types may ask for', async () => {
    const broker = createBroker();
    brokers.push(broker);
    const wrong = { type: 'quic', port: 0 } as never;
    await expect(broker.listen(wrong)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('tcp, tls, ws, wss'),
    });
  });

  it('refuses what cannot work before it opens a port', async () => {
    for (const wrong of [{ key: '' }, { cert: '' }, { key: 'no key' }, { requireCertificate: true }])
      for (const type of ['tls', 'wss'] as const)
        await expect(open(type, wrong)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    const { port } = await open('tls');
    await expect(open('tls', { port })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
  });
});

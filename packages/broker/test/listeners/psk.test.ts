/** TLS with pre-shared keys: who proves a key gets in under its identity, over TCP and WebSocket; nobody else does. */
import { spawn } from 'node:child_process';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { encode, type Packet } from '@mqtt/codec';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Attempt, type Broker, type Client, type Credentials, createBroker } from '../../src/index.ts';
import { connect } from '../wire/house.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const hello = encode(connect({ version: 4 }) as Packet<4>, 4);
const CONNACK = '20020000';
const brokers: Broker[] = [];

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
});

async function open(type: 'tls' | 'wss' = 'tls', psk: object = {}, more: object = {}) {
  const seen: (string | undefined)[] = [];
  const refused: (Attempt | undefined)[] = [];
  const broker = createBroker({
    access: {
      authenticate: ({ pskIdentity }: Credentials) => {
        seen.push(pskIdentity);
        return true;
      },
    },
    hooks: {
      onConnect: ({ pskIdentity }: Client) => seen.push(pskIdentity),
      onRefuse: (_peer, _ending, attempt) => refused.push(attempt),
    },
  });
  brokers.push(broker);
  const keys = new Map([['sensor', Buffer.from(KEY, 'hex')]]);
  const keyOf = (identity: string): Uint8Array | undefined => keys.get(identity);
  const opened = await broker.listen({ type, port: 0, psk: { keyOf, ...psk }, ...more });
  return { broker, seen, refused, keys, ...opened };
}

interface Proof {
  readonly identity?: string;
  readonly key?: string;
}

const proving = (
  { identity = 'sensor', key = KEY }: Proof,
  more: ConnectionOptions = {},
): ConnectionOptions => ({
  ciphers: 'TLS_AES_128_GCM_SHA256:PSK',
  checkServerIdentity: () => undefined,
  pskCallback: () => ({ identity, psk: Buffer.from(key, 'hex') }),
  ...more,
});

/** What the broker answers to a CONNECT, in hex; 'closed' when it ends the connection instead. */
function answer(
  port: number,
  options: ConnectionOptions,
  began?: (socket: TLSSocket) => void,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', ...options });
    socket.on('secureConnect', () => {
      began?.(socket);
      socket.write(hello);
    });
    socket.on('data', (bytes) => {
      resolve(bytes.toString('hex'));
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve('closed'));
  });
}

/** The same with OpenSSL's own client. */
function answerToOpenssl(port: number, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const words = ['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', ...args];
    const child = spawn('openssl', words, { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    child.stdin.write(hello);
    child.stdout.on('data', (bytes: Buffer) => {
      resolve(bytes.toString('hex'));
      child.kill();
    });
    child.on('close', () => resolve('closed'));
  });
}

describe('a listener with pre-shared keys', () => {
  it('lets in who proves a key, and hooks see whose it is, with TLS 1.2 and 1.3', async () => {
    const { port, seen } = await open();
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      let spoken: string | null = '';
      const options = proving({}, { minVersion: version, maxVersion: version });
      const began = (socket: TLSSocket): void => {
        spoken = socket.getProtocol();
      };
      expect(await answer(port, options, began)).toBe(CONNACK);
      expect(spoken).toBe(version);
    }
    expect(seen).toEqual(['sensor', 'sensor', 'sensor', 'sensor']);
  });

  it('serves OpenSSL’s client', async () => {
    const { port, seen } = await open();
    for (const version of ['-tls1_2', '-tls1_3'])
      expect(await answerToOpenssl(port, version, '-psk', KEY, '-psk_identity', 'sensor')).toBe(CONNACK);
    expect(await answerToOpenssl(port, '-tls1_2', '-psk', '00ff', '-psk_identity', 'sensor')).toBe('closed');
    expect(seen).toEqual(['sensor', 'sensor', 'sensor', 'sensor']);
  });

  it('serves WebSocket', async () => {
    const { url, seen } = await open('wss');
    const connack = await new Promise((resolve, reject) => {
      const socket = new WebSocket(url, ['mqtt'], proving({}));
      socket.on('open', () => socket.send(hello));
      socket.on('error', reject);
      socket.on('message', (bytes: Buffer) => {
        resolve(bytes.toString('hex'));
        socket.terminate();
      });
    });
    expect(connack).toBe(CONNACK);
    expect(seen).toEqual(['sensor', 'sensor']);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'refuses a wrong key, an unknown identity and none, with %s',
    async (version) => {
      const { broker, port, seen } = await open();
      const only = { minVersion: version, maxVersion: version };
      for (const proof of [{ key: '00ff' }, { identity: 'other' }, { identity: '' }])
        expect(await answer(port, proving(proof, only))).toBe('closed');
      expect(await answer(port, { rejectUnauthorized: false, ...only })).toBe('closed');
      expect(seen).toEqual([]);
      expect(broker.metrics.protocolErrors).toBe(4);
      expect(await answer(port, proving({}, only))).toBe(CONNACK);
    },
  );

  it('tells onRefuse which listener it was, and what went wrong', async () => {
    const { port, refused } = await open('tls', {}, { name: 'meters', maxVersion: 'TLSv1.2' });
    await answer(port, proving({ key: '00ff' }));
    await answer(port, proving({ identity: 'x"\n' }));
    await answer(port, { rejectUnauthorized: false });
    expect(refused).toMatchObject([
      {
        listener: 'meters',
        clientId: undefined,
        trouble: expect.stringContaining('another key than that of the identity "sensor" ('),
      },
      { listener: 'meters', trouble: expect.stringContaining('no key for the identity "x\\"\\n" (') },
      { listener: 'meters', trouble: 'no shared cipher' },
    ]);
  });

  it('asks for the key in each handshake: one that was taken back opens no session again', async () => {
    const { port, keys } = await open();
    const sessions: Buffer[] = [];
    const keep = (socket: TLSSocket): void => {
      socket.on('session', (session: Buffer) => sessions.push(session));
    };
    const old = proving({}, { maxVersion: 'TLSv1.2' });
    expect(await answer(port, old, keep)).toBe(CONNACK);
    expect(await answer(port, proving({}), keep)).toBe(CONNACK);
    keys.delete('sensor');
    for (const session of sessions) expect(await answer(port, { ...proving({}), session })).toBe('closed');
    expect(await answer(port, proving({}))).toBe('closed');
    keys.set('sensor', Buffer.from('00ff', 'hex'));
    expect(await answer(port, proving({ key: '00ff' }))).toBe(CONNACK);
  });

  it('tells TLS 1.2 clients its hint', async () => {
    const { port } = await open('tls', { hint: 'use your serial number' });
    let hint: string | null = '';
    const pskCallback = (told: string | null) => {
      hint = told;
      return { identity: 'sensor', psk: Buffer.from(KEY, 'hex') };
    };
    expect(await answer(port, proving({}, { maxVersion: 'TLSv1.2', pskCallback }))).toBe(CONNACK);
    expect(hint).toBe('use your serial number');
  });

  it('lets nobody in who proved nothing, whatever its ciphers are', async () => {
    const { port, seen } = await open(
      'tls',
      {},
      { ciphers: 'ADH-AES128-SHA256:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
    );
    const anonymous = { ciphers: 'ADH-AES128-SHA256:@SECLEVEL=0', rejectUnauthorized: false };
    expect(await answer(port, anonymous)).toBe('closed');
    expect(seen).toEqual([]);
  });

  it.each([
    [{ key: 'k', cert: 'c' }, 'psk and key exclude each other'],
    [{ requireCertificate: true }, 'psk and requireCertificate exclude each other'],
    [{ psk: {} }, 'psk.keyOf must be a function'],
    [{ psk: { keyOf: () => undefined, hint: 'é'.repeat(65) } }, 'psk.hint must be at most 128 bytes'],
    [{ ciphers: 'NONSENSE' }, 'ciphers cannot be used'],
  ])('refuses %o', async (more, message) => {
    const refused = open('tls', {}, more);
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });

  it('has no certificates to replace', async () => {
    const { broker } = await open();
    const psk = { keyOf: () => undefined };
    const opened = await broker.listen({ type: 'tls', port: 0, psk });
    expect(() => opened.reload({ key: 'k', cert: 'c' })).toThrow('psk.keyOf is asked at each handshake');
  });
});

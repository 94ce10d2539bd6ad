/** Client certificates and the life of a secure listener: what hooks see, revocation, versions, keys, new certificates. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  type Broker,
  type Client,
  type Credentials,
  createBroker,
  type SecureListenOptions,
} from '../../src/index.ts';
import { CertificateFolder } from './certificates.ts';
import { CONNACK, hello, Raw } from './raw.ts';

const folder = new CertificateFolder();
const brokers: Broker[] = [];
const SUBJECT = '/C=DE/O=Wörks\\, "x" Co+OU=a\\+b/CN= sensor#1;<>/emailAddress=a@b.c';

beforeAll(() => {
  folder.make('server');
  folder.make('new-server');
  folder.make('ca');
  folder.sign('client', 'ca');
  folder.sign('thief', 'ca');
  folder.sign('named', 'ca', SUBJECT, '-multivalue-rdn');
  folder.sign('two-names', 'ca', '/CN=a/CN=b');
  folder.sign('evil', 'ca', '/CN=admin\r\nx');
  folder.make('stranger');
  folder.make('ca2');
  folder.sign('client2', 'ca2');
  folder.sign('thief2', 'ca2');
  folder.revoke('thief2.crl', 'ca2', 'thief2');
  folder.revoke('none.crl', 'ca');
  folder.revoke('thief.crl', 'ca', 'thief');
});
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1 });
});
afterAll(() => folder.remove());

/** A broker that keeps what its hooks saw. */
async function open(type: 'tls' | 'wss', more: object = {}) {
  const credentials: Credentials[] = [];
  const clients: Client[] = [];
  const broker = createBroker({
    access: {
      authenticate: (given) => {
        credentials.push(given);
        return true;
      },
    },
    hooks: { onConnect: (client) => clients.push(client) },
  });
  brokers.push(broker);
  const all: object = { type, port: 0, ...folder.identity('server'), ...more };
  const listener = await broker.listen(all as SecureListenOptions);
  return { broker, listener, ...listener, credentials, clients };
}

async function tls(port: number, more: ConnectionOptions = {}): Promise<TLSSocket | undefined> {
  const socket = connectTls({ port, host: '127.0.0.1', ca: folder.pem('server.crt'), ...more });
  socket.on('error', () => undefined);
  return await Promise.race([
    once(socket, 'secureConnect').then(() => socket),
    once(socket, 'close').then(() => undefined),
  ]).catch(() => undefined);
}

async function answer(port: number, more: ConnectionOptions = {}): Promise<string> {
  const socket = await tls(port, more);
  if (socket === undefined) return 'closed';
  const got = await new Raw(socket).send(hello()).hex(4);
  socket.destroy();
  return got;
}

const asked = { requireCertificate: true };
const ca = (): { readonly ca: string } => ({ ca: folder.pem('ca.crt') });

describe('client certificates', () => {
  it('hooks see the listener and the certificate, over tls and wss', async () => {
    for (const type of ['tls', 'wss'] as const) {
      const { port, url, credentials, clients } = await open(type, {
        ...ca(),
        ...asked,
        name: `door-${type}`,
      });
      if (type === 'tls') expect(await answer(port, folder.identity('client'))).toBe(CONNACK);
      else {
        const socket = new WebSocket(url, ['mqtt'], {
          ca: folder.pem('server.crt'),
          ...folder.identity('client'),
        });
        await once(socket, 'open');
        socket.send(hello());
        await once(socket, 'message');
        socket.terminate();
      }
      const seen = credentials[0]?.certificate;
      expect(credentials[0]).toMatchObject({ listener: `door-${type}` });
      expect(clients[0]).toMatchObject({ listener: `door-${type}`, certificate: seen });
      const fingerprint = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
        input: folder.pem('client.crt'),
      });
      expect(seen).toMatchObject({ commonName: 'client', subject: 'CN=client', issuer: 'CN=ca' });
      expect(fingerprint.toString()).toContain(seen?.fingerprint256 ?? 'none');
      expect((seen?.validTo ?? 0) - (seen?.validFrom ?? 0)).toBe(2 * 86_400_000);
    }
  });

  it('writes a subject as OpenSSL and Mosquitto do (RFC 2253)', async () => {
    const { port, credentials } = await open('tls', { ...ca(), ...asked });
    expect(await answer(port, folder.identity('named'))).toBe(CONNACK);
    const printed = execFileSync('openssl', ['x509', '-noout', '-subject', '-nameopt', 'RFC2253'], {
      input: folder.pem('named.crt'),
    });
    expect(`subject=${credentials[0]?.certificate?.subject}`).toBe(printed.toString().trim());
    expect(credentials[0]?.certificate?.commonName).toBe(' sensor#1;<>');
  });

  it('[D10] [D14] a name that is two, or that breaks a line, is no common name', async () => {
    const { port, credentials } = await open('tls', { ...ca(), ...asked });
    for (const name of ['two-names', 'evil']) expect(await answer(port, folder.identity(name))).toBe(CONNACK);
    expect(credentials.map(({ certificate }) => certificate?.commonName)).toEqual([undefined, undefined]);
    expect(credentials.map(({ certificate }) => certificate?.subject)).toEqual([
      'CN=b,CN=a',
      'CN=admin\\0D\\0Ax',
    ]);
  });

  it('requestCertificate: without one is fine, with a wrong one is not', async () => {
    for (const type of ['tls', 'wss'] as const) {
      const { port, url, broker, credentials } = await open(type, { ...ca(), requestCertificate: true });
      const overWebSocket = (who: object): Promise<unknown> => {
        const socket = new WebSocket(url, ['mqtt'], { ca: folder.pem('server.crt'), ...who });
        socket.on('error', () => undefined);
        socket.on('open', () => socket.send(hello()));
        return new Promise((resolve) => {
          socket.on('message', (bytes: Buffer) => {
            resolve(bytes.toString('hex'));
            socket.terminate();
          });
          socket.on('close', () => resolve('closed'));
        });
      };
      const attempt = (who: object): Promise<unknown> =>
        type === 'tls' ? answer(port, who) : overWebSocket(who);
      expect(await attempt({})).toBe(CONNACK);
      expect(await attempt(folder.identity('client'))).toBe(CONNACK);
      expect(await attempt(folder.identity('stranger'))).toBe('closed');
      expect(credentials.map(({ certificate }) => certificate?.commonName)).toEqual([undefined, 'client']);
      expect(broker.metrics.protocolErrors).toBe(1);
    }
  });

  it('one that nobody asked for is not seen', async () => {
    const { port, credentials, url } = await open('tls');
    expect(await answer(port, folder.identity('client'))).toBe(CONNACK);
    expect(credentials[0]).toMatchObject({ listener: url, certificate: undefined });
  });

  it('[D10] a revoked one is refused, whichever of several lists it stands on', async () => {
    const lists = [folder.pem('none.crl'), folder.pem('thief.crl')];
    for (const crl of [lists[1], [lists[1]], Buffer.from(lists[1] ?? '')]) {
      const { port, broker } = await open('tls', { ...ca(), ...asked, crl });
      expect(await answer(port, folder.identity('client'))).toBe(CONNACK);
      const trouble = new Promise((resolve) => {
        broker.on('refuse', (_peer, _ending, attempt) => resolve(attempt?.trouble));
      });
      expect(await answer(port, folder.identity('thief'))).toBe('closed');
      expect(await trouble).toMatch(/^the certificate of the client was refused: .*revoked/i);
    }
    const second = folder.pem('thief2.crl');
    const both = [folder.pem('ca.crt'), folder.pem('ca2.crt')];
    for (const [signers, crl] of [
      [both, [lists[0], second]],
      [both.join(''), `${lists[0]}${second}`],
    ]) {
      const { port } = await open('tls', { ...asked, ca: signers, crl });
      for (const name of ['client', 'client2'])
        expect(await answer(port, folder.identity(name))).toBe(CONNACK);
      expect(await answer(port, folder.identity('thief2'))).toBe('closed');
    }
  });
});

describe('a secure listener', () => {
  it('refuses a client that is too old, or too new', async () => {
    const strict = await open('tls', { minVersion: 'TLSv1.3' });
    expect(await answer(strict.port, { maxVersion: 'TLSv1.2' })).toBe('closed');
    expect(await answer(strict.port)).toBe(CONNACK);
    const old = await open('tls', { maxVersion: 'TLSv1.2' });
    expect(await answer(old.port, { minVersion: 'TLSv1.3' })).toBe('closed');
    expect(await answer(old.port)).toBe(CONNACK);
    const standard = await open('tls');
    expect(await answer(standard.port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' })).toBe('closed');
  });

  it('takes the ciphers that are listed, and no protocol of ALPN but those', async () => {
    const one = await open('tls', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' });
    expect((await tls(one.port))?.getCipher().name).toBe('ECDHE-ECDSA-AES128-GCM-SHA256');
    const mqtt = await open('tls', { alpn: ['mqtt'] });
    expect((await tls(mqtt.port, { ALPNProtocols: ['x', 'mqtt'] }))?.alpnProtocol).toBe('mqtt');
    expect(await answer(mqtt.port)).toBe(CONNACK);
    expect(await tls(mqtt.port, { ALPNProtocols: ['h2'] })).toBeUndefined();
  });

  it('opens an encrypted key with its passphrase, and says what is wrong', async () => {
    folder.openssl('pkcs8', '-topk8', '-in', 'server.key', '-out', 'locked.key', '-passout', 'pass:secret');
    const key = folder.pem('locked.key');
    const { port } = await open('tls', { key, passphrase: 'secret' });
    expect(await answer(port)).toBe(CONNACK);
    const wrong: [object, string][] = [
      [{ key, passphrase: 'guess' }, 'a wrong passphrase'],
      [{ key }, 'needs a passphrase'],
      [{ key: folder.pem('client.key') }, 'cannot be used'],
      [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, 'above maxVersion'],
      [{ minVersion: 'TLSv1' }, 'neither TLSv1.2 nor TLSv1.3'],
      [{ ciphers: 'NONE-SUCH' }, 'ciphers'],
      [{ crl: '' }, 'crl is empty'],
      [{ ...asked, ca: '' }, 'needs ca'],
      [{ requestCertificate: true }, 'needs ca'],
      [{ ca: [] }, 'ca or crl is empty'],
      [{ crl: 'no list' }, 'crl'],
      [{ requireCertificates: true }, 'no option requireCertificates'],
    ];
    for (const [options, message] of wrong)
      await expect(open('tls', options)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message),
      });
    await expect(open('wss', { alpn: ['mqtt'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('[C26] takes new certificates and lists while connections stay', async () => {
    for (const type of ['tls', 'wss'] as const) {
      const { port, listener } = await open(type, { ...ca(), ...asked, crl: folder.pem('none.crl') });
      const before = await tls(port, folder.identity('thief'));
      expect(before?.authorized).toBe(true);
      const alive = before === undefined ? undefined : new Raw(before);
      if (type === 'tls') expect(await alive?.send(hello()).hex(4)).toBe(CONNACK);
      const session = before?.getSession();

      listener.reload({ ...folder.identity('new-server'), ...ca(), crl: folder.pem('thief.crl') });
      const fresh = { ca: folder.pem('new-server.crt') };
      const client = await tls(port, { ...fresh, ...folder.identity('client') });
      expect(client?.getPeerCertificate().subject.CN).toBe('new-server');
      client?.destroy();
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const thief = { ...fresh, ...folder.identity('thief'), maxVersion: version, session };
        const socket = await tls(port, thief);
        const got = socket && (await new Raw(socket).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').hex(1));
        expect(got ?? 'closed').toBe('closed');
      }
      if (type === 'wss') {
        const page = await tls(port, { ...fresh, ...folder.identity('client') });
        expect(page && (await new Raw(page).send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').status())).toBe(426);
      }
      if (type === 'tls') expect(await alive?.send(Uint8Array.of(0xc0, 0)).hex(6)).toBe(`${CONNACK}d000`);
      alive?.socket.destroy();
    }
  });

  it('a session from before a reload is not resumed by one who was revoked since', async () => {
    const { port, listener } = await open('tls', { ...ca(), ...asked, maxVersion: 'TLSv1.2' });
    const first = await tls(port, folder.identity('thief'));
    const session = first?.getSession();
    first?.destroy();
    const again = await tls(port, { ...folder.identity('thief'), session });
    expect(again?.isSessionReused()).toBe(true);
    again?.destroy();
    listener.reload({
      ...folder.identity('server'),
      ...ca(),
      crl: folder.pem('thief.crl'),
      maxVersion: 'TLSv1.2',
    });
    expect(await answer(port, { ...folder.identity('thief'), session })).toBe('closed');
  });

  it('a resumed session keeps the certificate', async () => {
    const { port, credentials } = await open('tls', { ...ca(), ...asked, maxVersion: 'TLSv1.2' });
    const first = await tls(port, folder.identity('client'));
    const session = first?.getSession();
    first?.destroy();
    expect(await answer(port, { ...folder.identity('client'), session })).toBe(CONNACK);
    expect(credentials[0]?.certificate?.commonName).toBe('client');
  });

  it('a reload that cannot work changes nothing', async () => {
    const { port, listener } = await open('tls');
    for (const wrong of [
      { ...folder.identity('server'), key: 'no key' },
      { ...folder.identity('server'), requireCertificate: true },
      { ...folder.identity('server'), crl: '' },
    ])
      expect(() => listener.reload(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(await answer(port)).toBe(CONNACK);
  });
});

/** mqttd with pre-shared keys: who gets in, new keys by a reload, and what is said of a file that is wrong. */
import { spawn } from 'node:child_process';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from '../config/folder.ts';
import { type Daemon, killAll, mqttd, run } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(async () => {
  await killAll();
  folder.remove();
});

const KEY = 'ab'.repeat(16);
const OTHER = 'cd'.repeat(16);
/** A CONNECT of MQTT 3.1.1 with client id `c`. */
const CONNECT = Buffer.from('100d00044d515454040200000001' + '63', 'hex');

/** What a client with this key is answered: a CONNACK in hexadecimal digits, or `no handshake`. */
function knock(port: number, identity: string, key: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      ciphers: 'PSK',
      maxVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ identity, psk: Buffer.from(key, 'hex') }),
    });
    socket.on('secureConnect', () => socket.write(CONNECT));
    socket.on('data', (data) => {
      resolve(data.toString('hex'));
      socket.destroy();
    });
    socket.on('error', () => resolve('no handshake'));
  });
}

async function portOf(daemon: Daemon): Promise<number> {
  const { urls } = await daemon.logged((line) => 'urls' in line);
  const [url = ''] = urls as string[];
  return Number(new URL(url).port);
}

const YAML = `listeners:
  - { type: tls, port: 0, tls: { psk: { file: keys, hint: plant } } }
security: { authenticate: [{ type: psk }] }
`;

describe('tls.psk', () => {
  it('lets in who proves a key, as the identity of it, and nobody else; a reload brings other keys', async () => {
    folder.write('keys', `# devices\nboiler:${KEY}\n`);
    const daemon = mqttd('-c', folder.write('m.yaml', YAML));
    const port = await portOf(daemon);
    expect(await knock(port, 'boiler', KEY)).toBe('20020000');
    const came = await daemon.logged(({ identity }) => identity === 'boiler');
    expect(came.clientId).toBe('c');
    expect(await knock(port, 'boiler', OTHER)).toBe('no handshake');
    expect(await knock(port, 'kettle', KEY)).toBe('no handshake');

    folder.write('keys', `boiler:${OTHER}\nkettle:${KEY}\n`);
    daemon.child.kill('SIGHUP');
    await daemon.logged(({ msg }) => msg === 'configuration reloaded');
    expect(await knock(port, 'boiler', KEY)).toBe('no handshake');
    expect(await knock(port, 'boiler', OTHER)).toBe('20020000');
    expect(await knock(port, 'kettle', KEY)).toBe('20020000');

    folder.write('keys', 'boiler:xyz\n');
    daemon.child.kill('SIGHUP');
    await daemon.logged(({ msg }) => typeof msg === 'string' && msg.startsWith('reload refused'));
    expect(await knock(port, 'kettle', KEY)).toBe('20020000');
  });

  it('serves mosquitto_pub, and logs who failed to prove a key, at which listener', async () => {
    folder.write('keys', `boiler:${KEY}\n`);
    const one = '{ type: tls, port: 0, name: meters, tls: { psk: { file: keys } } }';
    const daemon = mqttd('-c', folder.write('m.yaml', YAML.replace(/\{ type: tls.*\}/, one)));
    const port = await portOf(daemon);
    const publish = (identity: string, key: string): Promise<number | null> => {
      const words = ['-h', '127.0.0.1', '-p', String(port), '-t', 'a', '-m', 'hi', '-q', '1'];
      const child = spawn('mosquitto_pub', [...words, '--psk', key, '--psk-identity', identity]);
      return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    };
    expect(await publish('boiler', KEY)).toBe(0);
    expect(await publish('boiler', OTHER)).not.toBe(0);
    expect(await publish('kettle', KEY)).not.toBe(0);
    const failed = { listener: 'meters', reason: 'TLS handshake failed', level: 40 };
    const said = (part: string): Promise<object> =>
      daemon.logged(({ trouble }) => typeof trouble === 'string' && trouble.startsWith(part));
    expect(await said('another key than that of the identity "boiler"')).toMatchObject(failed);
    expect(await said('no key for the identity "kettle"')).toMatchObject(failed);
  });

  it('serves wss, with TLS 1.3 alone', async () => {
    folder.write('keys', `boiler:${KEY}\n`);
    const one = '{ type: wss, port: 0, tls: { psk: { file: keys }, minimumVersion: TLSv1.3 } }';
    const daemon = mqttd('-c', folder.write('m.yaml', YAML.replace(/\{ type: tls.*\}/, one)));
    const port = await portOf(daemon);
    const upgrade = (maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({
          ...{ host: '127.0.0.1', port, maxVersion, checkServerIdentity: () => undefined },
          ciphers: 'TLS_AES_128_GCM_SHA256:PSK',
          pskCallback: () => ({ identity: 'boiler', psk: Buffer.from(KEY, 'hex') }),
        });
        const lines = ['GET /mqtt HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'];
        const more = ['Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${'A'.repeat(22)}==`];
        const text = [...lines, ...more, 'Sec-WebSocket-Protocol: mqtt', '', ''].join('\r\n');
        socket.on('secureConnect', () => socket.write(text));
        socket.on('data', (data) => {
          resolve(String(data).split('\r\n')[0] ?? '');
          socket.destroy();
        });
        socket.on('error', () => resolve('no handshake'));
      });
    expect(await upgrade('TLSv1.3')).toBe('HTTP/1.1 101 Switching Protocols');
    expect(await upgrade('TLSv1.2')).toBe('no handshake');
  });

  it.each([
    ['boiler', /keys:1:1: a line is `identity:key`, and this one has no colon/],
    [`:${KEY}`, /keys:1:1: there is no identity/],
    ['boiler:abc', /keys:1:8: the key of "boiler" must be an even number of hexadecimal digits/],
    [`a:${KEY}\na:${KEY}`, /keys:2:1: "a" is there twice/],
  ])('says what is wrong in the file %j, and ends with 78', async (keys, message) => {
    folder.write('keys', keys);
    const { code, stderr } = await run('check', '-c', folder.write('m.yaml', YAML));
    expect(stderr).toMatch(message);
    expect(code).toBe(78);
  });

  it.each([
    ['{ cert: a.pem }', /tls: needs key, or psk in place of both/],
    ['{ cert: a.pem, psk: { file: keys } }', /tls\.cert: does not go with psk/],
    ['{ psk: { file: keys }, requireCertificate: true }', /tls\.requireCertificate: does not go with psk/],
  ])('refuses %s', async (tls, message) => {
    folder.write('keys', `a:${KEY}`);
    const text = `listeners: [{ type: tls, tls: ${tls} }]\n`;
    const { code, stderr } = await run('check', '-c', folder.write('m.yaml', text));
    expect(stderr).toMatch(message);
    expect(code).toBe(78);
  });

  it('is psk_file and psk_hint of a mosquitto.conf', async () => {
    const keys = folder.write('keys', `a:${KEY}\n`);
    const lines = ['listener 8883 127.0.0.1', 'psk_hint plant', 'use_identity_as_username true'];
    const { stdout } = await run(
      'migrate',
      folder.write('m.conf', [`psk_file ${keys}`, ...lines].join('\n')),
    );
    const daemon = mqttd('-c', folder.write('m.yaml', stdout.replace('port: 8883', 'port: 0')));
    const port = await portOf(daemon);
    expect(await knock(port, 'a', KEY)).toBe('20020000');
    expect(await knock(port, 'a', OTHER)).toBe('no handshake');
    const { code, stderr } = await run('check', '-c', folder.write('n.conf', lines.join('\n')));
    expect(stderr).toMatch(/n\.conf:2:\d+: psk_hint.*needs psk_file/);
    expect(code).toBe(78);
  });
});

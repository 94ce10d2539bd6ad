/** mqttd over TLS with a configuration: who gets in by certificate, and new certificates by a reload. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { connect } from '@mqtt/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from '../config/folder.ts';
import { killAll, mqttd, run } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(async () => {
  await killAll();
  folder.remove();
});

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate that signs itself: NAME.crt and NAME.key. */
function make(name: string, subject = name, days = 2): void {
  const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  const words = [
    '-x509',
    '-days',
    String(days),
    '-subj',
    `/CN=${subject}`,
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ];
  execFileSync('openssl', ['req', ...CURVE, ...files, ...words], { cwd: folder.path, stdio: 'pipe' });
}

const text = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

/** When the certificate is good no longer, as the metrics have it. */
async function expiry(admin: unknown): Promise<number> {
  const page = await (await fetch(`${String(admin)}/metrics`)).text();
  return Number(/^mqttd_certificate_expiry_timestamp_seconds\{listener="tls-0"\} (\d+)$/m.exec(page)?.[1]);
}

/** The common name of the certificate at this URL. */
async function serverName(url: string): Promise<string> {
  const { port } = new URL(url);
  const socket: TLSSocket = connectTls({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const name = socket.getPeerCertificate().subject.CN;
  socket.destroy();
  return String(name);
}

describe('a mosquitto.conf with certificates', () => {
  it('lets clients in by their certificate, whose common name is the user of the ACL', async () => {
    make('server');
    make('client', 'boiler');
    folder.write('acl', 'user boiler\ntopic readwrite a/#\n');
    const file = folder.write(
      'm.conf',
      [
        'listener 18883 127.0.0.1',
        ...['acl_file acl', 'certfile server.crt', 'keyfile server.key', 'cafile client.crt'].map((line) =>
          line.replace(' ', ` ${folder.path}/`),
        ),
        'require_certificate true',
        'use_identity_as_username true',
        'tls_version tlsv1.2',
        'ciphers ECDHE-ECDSA-AES128-GCM-SHA256',
      ].join('\n'),
    );
    const yaml = (await run('migrate', file)).stdout.replace('port: 18883', 'port: 0');
    const daemon = mqttd('-c', folder.write('m.yaml', yaml));
    const { urls } = await daemon.logged((line) => 'urls' in line);
    const [url = ''] = urls as string[];
    const trusted = { ca: text('server.crt') };
    const client = await connect(url, {
      tls: { ...trusted, cert: text('client.crt'), key: text('client.key') },
      reconnect: false,
    });
    await client.subscribe('a/b');
    await expect(client.subscribe('b')).rejects.toThrow();
    await client.end();
    await expect(connect(url, { tls: trusted, reconnect: false })).rejects.toThrow();
    expect(daemon.log.find(({ msg }) => msg === 'client connected')).toBeDefined();
  });
});

describe('a reload', () => {
  it('gives new handshakes the new certificate and drops nobody', async () => {
    make('server', 'before');
    const tls = 'tls: {cert: server.crt, key: server.key}';
    const file = folder.write('mqttd.yaml', `listeners: [{type: tls, port: 0, ${tls}}]\nadmin: {port: 0}\n`);
    const daemon = mqttd('-c', file);
    const { urls, admin } = await daemon.logged((line) => 'urls' in line);
    const [url = ''] = urls as string[];
    const client = await connect(url, { tls: { ca: text('server.crt') }, reconnect: false });
    expect(await serverName(url)).toBe('before');
    const before = await expiry(admin);
    make('server', 'after', 5);
    daemon.child.kill('SIGHUP');
    await daemon.logged(({ msg }) => msg === 'configuration reloaded');
    expect(await serverName(url)).toBe('after');
    expect(Math.round(((await expiry(admin)) - before) / 86_400)).toBe(3);
    folder.write('server.key', 'no key');
    daemon.child.kill('SIGHUP');
    const { faults } = await daemon.logged(({ msg }) => String(msg).startsWith('reload refused'));
    expect(String(faults)).toContain('server.key: the file holds nothing that is PEM');
    expect(await serverName(url)).toBe('after');
    await client.publish('a', 'x', { qos: 1 });
    await client.end();
  });
});

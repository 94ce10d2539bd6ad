/** Wrong configurations as a user meets them: mqttd ends with 78 before a port is open, and says what would be right. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { whyUnreadable } from '../../src/config/files.ts';
import { killAll, mqttd, run } from '../daemon.ts';
import { Folder } from './folder.ts';
import { wrong } from './wrong.ts';

const folders: Folder[] = [];
/** The PEM files that the table names. */
const pems = new Map<string, string>();

function made(): Folder {
  const folder = new Folder();
  folders.push(folder);
  return folder;
}

beforeAll(() => {
  const { path } = made();
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: path, stdio: 'ignore' });
  };
  for (const [key, cert] of [
    ['KEY', 'CERT'],
    ['OTHER', 'OTHERS'],
  ] as const) {
    const words = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=a'];
    openssl('req', '-x509', ...words, '-keyout', key, '-out', cert);
  }
  openssl('pkey', '-in', 'KEY', '-aes128', '-passout', 'pass:secret', '-out', 'LOCKED');
  for (const name of ['KEY', 'CERT', 'OTHER', 'LOCKED'])
    pems.set(name, readFileSync(join(path, name), 'utf8'));
});
afterEach(killAll);
afterAll(() => {
  for (const folder of folders) folder.remove();
});

describe('a configuration that is wrong', () => {
  it.each(wrong.map((one) => [one.what, one] as const))('%s', async (_, { file, text, beside, says }) => {
    const folder = made();
    for (const [name, content] of [...pems, ...Object.entries(beside ?? {})]) folder.write(name, content);
    const path = folder.write(file, text.replaceAll('HERE', folder.path));
    for (const words of [[], ['check']]) {
      const { code, stdout, stderr } = await run(...words, '-c', path, '--data', ':memory:');
      const said = stderr.replaceAll(`${folder.path}/`, '').replaceAll(folder.path, '.');
      const lines = said
        .replace(/^mqttd: /, '')
        .trimEnd()
        .split('\n');
      expect(lines.map((line) => line.replace(/(Unexpected token).*/, '$1'))).toEqual(says);
      expect([code, stdout]).toEqual([78, '']);
    }
  });

  it('is told in at most 20 lines when a file is of another kind altogether', async () => {
    const folder = made();
    folder.write('acl', 'x\n'.repeat(100));
    const text = 'security: { authorize: [{ type: acl-file, file: acl }] }\n';
    const { stderr } = await run('check', '-c', folder.write('a.yaml', text));
    expect(stderr.trimEnd().split('\n')).toHaveLength(21);
    expect(stderr).toMatch(/acl: and 80 more lines like these\n$/);
  });

  it('names a user that there is none of, where it would become that user', async () => {
    const user = made().write('a.yaml', 'user: nobody-of-that-name\n');
    const { code, stderr } = await run('check', '-c', user);
    const isRoot = process.getuid?.() === 0;
    const said = `mqttd: ${user}:1:7: user: there is no user nobody-of-that-name on this machine\n`;
    expect([code, stderr]).toEqual(isRoot ? [78, said] : [0, '']);
  });

  it('names a file that this user may not read', () => {
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(whyUnreadable(denied)).toBe('this user may not read it');
  });
});

describe('a port that is in use', () => {
  it('is no fault of the configuration: 1, and where it was asked for', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const file = made().write('a.yaml', `listeners:\n  - { type: tcp, port: ${port} }\n`);
    const { code, stdout, stderr } = await mqttd('-c', file, '--data', ':memory:').ended;
    server.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `${file}:2:5: listeners[0]: 127.0.0.1:${port} (MQTT) is in use by another program`,
    );
  });
});

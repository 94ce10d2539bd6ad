/**
 * Certificates of one run, made by OpenSSL: a CA, a server's for 127.0.0.1 and localhost, a client's. Knows no broker.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from './peer.ts';
import { findProgram, Program } from './program.ts';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
/** What Python, Go and Chromium look at in place of the common name. */
const EXTENSIONS = [
  'subjectAltName=IP:127.0.0.1,DNS:localhost',
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
];

async function openssl(...words: readonly string[]): Promise<void> {
  const program = new Program(findProgram('openssl', 'install the package openssl'), words);
  const { code } = await program.ended;
  if (code !== 0) throw new Error(`openssl ${words[0]} ended with ${code}${program.tail}`);
}

/** Makes all of them in this folder. @throws {Error} when openssl is missing or fails */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const at = (name: string): string => join(folder, name);
  // Without a configuration of its own, the machine's would add extensions.
  const configuration = at('openssl.cnf');
  await writeFile(configuration, '[req]\ndistinguished_name = dn\n[dn]\n');
  const make = async (name: string, subject: string, more: readonly string[]): Promise<void> => {
    const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)];
    await openssl('req', '-x509', '-config', configuration, ...CURVE, '-subj', subject, ...files, ...more);
  };
  const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key')];
  const extensions = EXTENSIONS.flatMap((line) => ['-addext', line]);
  await make('ca', '/CN=interop CA', [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign',
  ]);
  await make('server', '/CN=127.0.0.1', [...signed, ...extensions]);
  await make('client', '/CN=interop client', [...signed, ...extensions]);
  return {
    ca: at('ca.crt'),
    server: { cert: at('server.crt'), key: at('server.key') },
    client: { cert: at('client.crt'), key: at('client.key') },
  };
}

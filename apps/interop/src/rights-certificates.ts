/**
 * Certificates for the doors that know clients by them: of the server, of clients that its CA signed, and of one that
 * signed itself. Made by OpenSSL, in the folder of the broker's files.
 */
import { join } from 'node:path';
import { findProgram, Program } from './peers/program.ts';

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** Clients with a certificate: the subject of each. */
const SUBJECTS = { alice: '/O=Acme, Ltd/CN=alice', mallory: '/O=Other/CN=mallory' } as const;

/** Who can show a certificate; `stranger`: one that nobody signed. */
export type Shown = keyof typeof SUBJECTS | 'stranger';

async function openssl(...words: readonly string[]): Promise<void> {
  const path = findProgram('openssl', 'install the package openssl');
  const { code } = await new Program(path, words).ended;
  if (code !== 0) throw new Error(`openssl ${words[0]} ended with ${code}`);
}

/** Makes NAME.crt and NAME.key, signed by the CA, or by itself. */
async function make(folder: string, name: string, subject: string, isSigned: boolean): Promise<void> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const ca = isSigned ? ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')] : [];
  await openssl('req', '-x509', ...CURVE, ...ca, '-subj', subject, '-keyout', key, '-out', cert);
}

/** Makes all of them. */
export async function makeCertificates(folder: string): Promise<void> {
  await make(folder, 'ca', '/CN=ca', false);
  await make(folder, 'server', '/CN=127.0.0.1', true);
  for (const [name, subject] of Object.entries(SUBJECTS)) await make(folder, name, subject, true);
  await make(folder, 'stranger', '/O=Acme, Ltd/CN=alice', false);
}

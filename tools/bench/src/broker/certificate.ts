/** A certificate for the loads over TLS, made with openssl once a run and thrown away with it: ECDSA on P-256. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Files, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

let made: Certificate | undefined;

/** The certificate of this run. @throws {Error} where openssl is not there */
export function certificate(): Certificate {
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-bench-tls-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const who = ['-subj', '/CN=localhost', '-days', '2'];
  const paths = ['-keyout', files.key, '-out', files.cert];
  const child = spawnSync('openssl', ['req', '-x509', ...curve, ...who, ...paths], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`openssl: ${child.error?.message ?? child.stderr}`);
  made = files;
  return files;
}

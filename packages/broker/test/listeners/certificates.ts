/** Certificates for one test file, made with OpenSSL in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with keys and certificates; the name of one is that of its files. */
export class CertificateFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'mqtt-tls-'));

  pem(file: string): string {
    return readFileSync(join(this.#path, file), 'utf8');
  }

  /** `key` and `cert` of a name, as options want them. */
  identity(name: string): { readonly key: string; readonly cert: string } {
    return { key: this.pem(`${name}.key`), cert: this.pem(`${name}.crt`) };
  }

  openssl(...parts: string[]): void {
    execFileSync('openssl', parts, { cwd: this.#path, stdio: 'pipe' });
  }

  /** A certificate that signs itself. */
  make(name: string, subject = `/CN=${name}`, ...more: string[]): void {
    this.#request(name, subject, '-x509', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', ...more);
  }

  /** A certificate that `ca` signs. */
  sign(name: string, ca: string, subject = `/CN=${name}`, ...more: string[]): void {
    this.#request(name, subject, ...more);
    const signer = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2'];
    this.openssl('x509', '-req', '-in', `${name}.crt`, '-out', `${name}.crt`, ...signer);
  }

  /** A revocation list of `ca` in `file`, with these names on it. */
  revoke(file: string, ca: string, ...names: string[]): void {
    writeFileSync(join(this.#path, 'index.txt'), '');
    const database = ['database = index.txt', 'crlnumber = crlnumber', 'default_md = sha256'];
    writeFileSync(join(this.#path, 'crlnumber'), '01\n');
    writeFileSync(join(this.#path, 'ca.cnf'), `[ca]\ndefault_ca = d\n[d]\n${database.join('\n')}\n`);
    const signer = ['-config', 'ca.cnf', '-keyfile', `${ca}.key`, '-cert', `${ca}.crt`];
    for (const name of names) this.openssl('ca', ...signer, '-revoke', `${name}.crt`);
    this.openssl('ca', ...signer, '-gencrl', '-crldays', '2', '-out', file);
  }

  remove(): void {
    rmSync(this.#path, { recursive: true });
  }

  #request(name: string, subject: string, ...more: string[]): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    this.openssl('req', ...key, '-out', `${name}.crt`, '-utf8', '-subj', subject, ...more);
  }
}

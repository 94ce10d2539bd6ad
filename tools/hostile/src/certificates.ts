/**
 * Keys and certificates for a case, made with OpenSSL: an authority, whom it signs, whom it takes back. Knows no case.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and its certificate as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A folder with an authority named `ca` and whom it signed. */
export class Authority {
  readonly #path = mkdtempSync(join(tmpdir(), 'mqttd-hostile-ca-'));
  #count = 0;

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      '-days',
      '2',
      ...this.#key('ca'),
      '-out',
      'ca.crt',
      '-subj',
      '/CN=authority',
    );
  }

  get certificate(): string {
    return this.#read('ca.crt');
  }

  /** Somebody whom it signs; `subject` as OpenSSL wants it, `days` from now. */
  sign(subject: string, days = 2): Identity {
    return this.#sign(`c${++this.#count}`, subject, days);
  }

  /** Signs somebody and takes it back. */
  revoke(subject: string): Identity & { readonly list: string } {
    const name = `c${++this.#count}`;
    const identity = this.#sign(name, subject, 2);
    writeFileSync(join(this.#path, 'index.txt'), '');
    writeFileSync(join(this.#path, 'number'), '01\n');
    const rules = 'database = index.txt\ncrlnumber = number\ndefault_md = sha256';
    writeFileSync(join(this.#path, 'ca.cnf'), `[ca]\ndefault_ca = d\n[d]\n${rules}\n`);
    const signer = ['ca', '-config', 'ca.cnf', '-keyfile', 'ca.key', '-cert', 'ca.crt'];
    this.#openssl(...signer, '-revoke', `${name}.crt`);
    this.#openssl(...signer, '-gencrl', '-crldays', '2', '-out', 'list.pem');
    return { ...identity, list: this.#read('list.pem') };
  }

  remove(): void {
    rmSync(this.#path, { recursive: true });
  }

  #sign(name: string, subject: string, days: number): Identity {
    this.#openssl('req', ...this.#key(name), '-out', `${name}.csr`, '-utf8', '-subj', subject);
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', `${days}`];
    this.#openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signer);
    return { key: this.#read(`${name}.key`), cert: this.#read(`${name}.crt`) };
  }

  #key(name: string): readonly string[] {
    return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
  }

  #read(file: string): string {
    return readFileSync(join(this.#path, file), 'utf8');
  }

  #openssl(...words: readonly string[]): void {
    execFileSync('openssl', words, { cwd: this.#path, stdio: 'pipe' });
  }
}

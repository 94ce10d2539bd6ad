/**
 * The files of a listener's `tls`: read, tried out, and what is wrong with them said at their keys, before a port is
 * open and before a reload changes anything. Knows no listener.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import type { Certificates } from '@mqtt/broker';
import { AccessFileError } from './access/access-file-error.ts';
import { type Keys, parseKeys } from './access/psk-file.ts';
import type { Fault, Path } from './config/faults.ts';
import type { NamedFiles } from './config/files.ts';
import type { Tls } from './config/settings.ts';

/** Says what is wrong at a key of this `tls`. */
export type Complain = (key: keyof Tls | 'psk.file', message: string) => void;

/** TLS 1.3 as OpenSSL has it when only the ciphers of 1.2 are said. */
const CIPHER_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
const PSK_CIPHERS = 'PSK:!eNULL:!aNULL';

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Node has one list for both versions, and leaves out the version of which nothing is in it. */
export function ciphersOf({ ciphers, cipherSuites, psk }: Tls): string | undefined {
  if (ciphers === undefined && cipherSuites === undefined) return undefined;
  return `${cipherSuites ?? CIPHER_SUITES}:${ciphers ?? (psk === undefined ? DEFAULT_CIPHERS : PSK_CIPHERS)}`;
}

function isUsable(options: SecureContextOptions): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

/** OpenSSL takes a list when it knows one of its ciphers. */
export function checkCiphers({ ciphers, cipherSuites }: Tls, complain: Complain): void {
  const unknown = 'OpenSSL knows none of these ciphers; `openssl ciphers` prints those it knows';
  if (ciphers !== undefined && !isUsable({ ciphers })) complain('ciphers', unknown);
  if (cipherSuites !== undefined && !isUsable({ ciphers: cipherSuites })) complain('cipherSuites', unknown);
}

function checkedKey(text: string, { key, passphrase }: Tls, complain: Complain): KeyObject | undefined {
  try {
    return createPrivateKey(passphrase === undefined ? { key: text } : { key: text, passphrase });
  } catch (error) {
    if (!text.includes('ENCRYPTED')) complain('key', `${key}: holds no private key (${textOf(error)})`);
    else if (passphrase !== undefined)
      complain('passphrase', `does not open ${key}: it is another passphrase`);
    else {
      const how = `openssl pkey -in ${key} -out NEW`;
      complain('key', `${key}: is encrypted; say tls.passphrase, or take the passphrase off: ${how}`);
    }
    return undefined;
  }
}

function checkedCertificate(text: string, { cert }: Tls, complain: Complain): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch (error) {
    complain('cert', `${cert}: holds no certificate (${textOf(error)})`);
    return undefined;
  }
}

/** Whether the parts are what they should be, and fit together. */
function check(found: Certificates, tls: Tls, complain: Complain): void {
  let isWell = true;
  const say: Complain = (key, message) => {
    isWell = false;
    complain(key, message);
  };
  const key = checkedKey(String(found.key), tls, say);
  const certificate = checkedCertificate(String(found.cert), tls, say);
  if (key !== undefined && certificate?.checkPrivateKey(key) === false)
    say('key', `${tls.key}: is not the key of the certificate ${tls.cert}`);
  const { crl } = found as SecureContextOptions;
  if (crl !== undefined && !isUsable({ crl }))
    say('crl', `${tls.crl}: holds no list of revoked certificates`);
  const { ca } = found as SecureContextOptions;
  if (ca !== undefined && !isUsable({ ca })) say('ca', `${tls.ca.join(', ')}: holds no certificate`);
  checkCiphers(tls, say);
  if (!isWell) return;
  try {
    createSecureContext(found as SecureContextOptions);
  } catch (error) {
    complain('cert', `${tls.cert}: the certificates cannot be used: ${textOf(error)}`);
  }
}

/** A listener's certificates, which fit together; undefined when something is wrong, which is said then. */
export function readCertificates(tls: Tls, files: NamedFiles, complain: Complain): Certificates | undefined {
  let isWell = true;
  const say: Complain = (key, message) => {
    isWell = false;
    complain(key, message);
  };
  const read = (key: 'cert' | 'key' | 'ca' | 'crl', file: string): string => {
    try {
      const text = files.pem(file, key === 'cert' ? 'certificate' : key);
      // An empty list of who signs would be no list [D12].
      if (!text.includes('-----BEGIN ')) say(key, `${file}: the file holds nothing that is PEM`);
      return text;
    } catch (error) {
      say(key, textOf(error));
      return '';
    }
  };
  const ciphers = ciphersOf(tls);
  const found: Certificates = {
    cert: read('cert', tls.cert ?? ''),
    key: read('key', tls.key ?? ''),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls.ca.length === 0 ? {} : { ca: tls.ca.map((file) => read('ca', file)) }),
    ...(tls.crl === undefined ? {} : { crl: read('crl', tls.crl) }),
    ...(ciphers === undefined ? {} : { ciphers }),
    minVersion: tls.minimumVersion,
  };
  if (isWell) check(found, tls, say);
  return isWell ? found : undefined;
}

/** When the certificate of a server is good no longer, in seconds since 1970. */
export function goodUntil({ cert }: Certificates): number {
  return Date.parse(new X509Certificate(String(cert)).validTo) / 1000;
}

/** A listener's pre-shared keys; undefined when something is wrong. Flaws of the file itself go to `faults`. */
export function readKeys(
  file: string,
  files: NamedFiles,
  complain: Complain,
  faults: Fault[],
): Keys | undefined {
  try {
    return parseKeys(files.text(file, 'psk'), file);
  } catch (error) {
    if (error instanceof AccessFileError) faults.push(...error.faults);
    else complain('psk.file', textOf(error));
    return undefined;
  }
}

/** The path of a key of the `tls` of a listener. */
export function tlsPath(index: number, key: string): Path {
  return ['listeners', index, 'tls', ...key.split('.')];
}

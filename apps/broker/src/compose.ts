/**
 * From settings to a broker: which options it is made with, what each listener is opened with, which files that
 * needs. Answers: what does the broker library have to be told? Every file is read here, before a port is open.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { BrokerOptions, Certificates, ListenOptions } from '@mqtt/broker';
import { ConfigurationError, type Fault } from './config/faults.ts';
import { HOST, type ListenerSettings, type Settings, type Tls } from './config/settings.ts';

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A file's text, or that of every certificate in a folder. */
function pem(file: string): string {
  if (!statSync(file).isDirectory()) return readFileSync(file, 'utf8');
  const names = readdirSync(file).filter((name) => /\.(?:pem|crt|cer)$/.test(name));
  if (names.length === 0) throw new Error('the folder has no files that end in .pem, .crt or .cer');
  return names.map((name) => readFileSync(join(file, name), 'utf8')).join('\n');
}

/** Reads a listener's certificates; what cannot be used is a fault at its key. */
function certificates(tls: Tls, key: string, faults: Fault[]): Certificates {
  const read = (name: string, file: string): string => {
    try {
      return pem(file);
    } catch (error) {
      faults.push({ where: file, key: `${key}.${name}`, message: textOf(error) });
      return '';
    }
  };
  const found: Certificates = {
    cert: read('cert', tls.cert),
    key: read('key', tls.key),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls.ca.length === 0 ? {} : { ca: tls.ca.map((file) => read('ca', file)).join('\n') }),
    ...(tls.crl === undefined ? {} : { crl: read('crl', tls.crl) }),
    requireCertificate: tls.requireCertificate,
    minVersion: tls.minimumVersion,
  };
  return found;
}

/** Whether the certificates fit together, before a port is open. */
function probe(tls: Tls, found: Certificates, key: string): Fault[] {
  try {
    const { cert, key: privateKey, passphrase, ca, crl } = found;
    const optional = {
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(ca === undefined ? {} : { ca: String(ca) }),
    };
    createSecureContext({
      cert: String(cert),
      key: String(privateKey),
      ...optional,
      ...(crl === undefined ? {} : { crl: String(crl) }),
    });
    return [];
  } catch (error) {
    const message = `certificate and key cannot be used together: ${textOf(error)}`;
    return [{ where: tls.cert, key, message }];
  }
}

/** What one listener is opened with. */
export interface Door {
  readonly listener: ListenerSettings;
  readonly options: ListenOptions;
}

function door(listener: ListenerSettings, index: number, faults: Fault[]): Door | undefined {
  const { type, host = HOST, port = 0, path, origins, tls } = listener;
  const page = { ...(path === undefined ? {} : { path }), ...(origins === undefined ? {} : { origins }) };
  const key = `listeners[${index}].tls`;
  const before = faults.length;
  const found = tls === undefined ? undefined : certificates(tls, key, faults);
  if (tls !== undefined && found !== undefined && faults.length === before)
    faults.push(...probe(tls, found, key));
  if (faults.length > before) return undefined;
  switch (type) {
    case 'tcp':
      return { listener, options: { type, host, port } };
    case 'ws':
      return { listener, options: { type, host, port, ...page } };
    case 'tls':
      return found === undefined ? undefined : { listener, options: { type, host, port, ...found } };
    case 'wss':
      return found === undefined ? undefined : { listener, options: { type, host, port, ...page, ...found } };
    case 'unix':
      return undefined; // refused before, in config/unsupported.ts
  }
}

/** What every listener is opened with. @throws {ConfigurationError} for files that cannot be read or used */
export function doors(settings: Settings): readonly Door[] {
  const faults: Fault[] = [];
  const found = settings.listeners.flatMap((listener, index) => door(listener, index, faults) ?? []);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return found;
}

/** What the broker is made with, but for what the program itself adds. */
export function brokerOptions(settings: Settings): BrokerOptions {
  return {
    limits: settings.limits,
    overflow: settings.overflow,
    sysInterval: settings.sysInterval,
    validatePayloadFormat: settings.messages.validatePayloadFormat,
  };
}

/**
 * From settings to a broker: which options it is made with, what each listener is opened with, which files that
 * needs. Answers: what does the broker library have to be told? Every file is read here, before a port is open.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import type {
  BrokerOptions,
  Certificates,
  Hooks,
  ListenOptions,
  OpenListener,
  OpenSecureListener,
} from '@mqtt/broker';
import { AccessFileError } from './access/password-file.ts';
import { type Keys, parseKeys } from './access/psk-file.ts';
import { ConfigurationError, type Fault } from './config/faults.ts';
import { HOST, type ListenerSettings, type Settings, type Tls } from './config/settings.ts';
import type { Part } from './reload.ts';

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

/** TLS 1.3 as OpenSSL has it when only the ciphers of 1.2 are said. */
const CIPHER_SUITES = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/** Node has one list for both versions, and leaves out the version of which nothing is in it. */
function ciphersOf({ ciphers, cipherSuites, psk }: Tls): string | undefined {
  if (ciphers === undefined && cipherSuites === undefined) return undefined;
  return `${cipherSuites ?? CIPHER_SUITES}:${ciphers ?? (psk === undefined ? DEFAULT_CIPHERS : 'PSK:!eNULL:!aNULL')}`;
}

/** Reads a listener's certificates; what cannot be used is a fault at its key. */
function certificates(tls: Tls, key: string, faults: Fault[]): Certificates {
  const read = (name: string, file: string): string => {
    try {
      const found = pem(file);
      // An empty list of who signs would be no list [D12].
      if (!found.includes('-----BEGIN ')) throw new Error('the file holds nothing that is PEM');
      return found;
    } catch (error) {
      faults.push({ where: file, key: `${key}.${name}`, message: textOf(error) });
      return '';
    }
  };
  const ciphers = ciphersOf(tls);
  return {
    cert: read('cert', tls.cert ?? ''),
    key: read('key', tls.key ?? ''),
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(tls.ca.length === 0 ? {} : { ca: tls.ca.map((file) => read('ca', file)) }),
    ...(tls.crl === undefined ? {} : { crl: read('crl', tls.crl) }),
    ...(ciphers === undefined ? {} : { ciphers }),
    minVersion: tls.minimumVersion,
  };
}

/** What a listener over TLS is given, certificates that fit together; undefined when there is a fault. */
function secure(tls: Tls, index: number, faults: Fault[]): Certificates | undefined {
  const key = `listeners[${index}].tls`;
  const before = faults.length;
  const found = certificates(tls, key, faults);
  if (faults.length > before) return undefined;
  try {
    createSecureContext(found as SecureContextOptions);
    return found;
  } catch (error) {
    faults.push({ where: tls.cert ?? '', key, message: `the certificates cannot be used: ${textOf(error)}` });
    return undefined;
  }
}

/** The keys in force at a listener: a reload puts others in their place. */
interface KeyRing {
  keys: Keys;
}

/** Reads a listener's pre-shared keys; undefined when there is a fault. */
function keyRing(file: string, index: number, faults: Fault[]): KeyRing | undefined {
  try {
    return { keys: parseKeys(readFileSync(file, 'utf8'), file) };
  } catch (error) {
    const isPlaced = error instanceof AccessFileError; // it names its file and line
    const where = isPlaced
      ? { where: '', key: '' }
      : { where: file, key: `listeners[${index}].tls.psk.file` };
    faults.push({ ...where, message: textOf(error) });
    return undefined;
  }
}

/** What one listener is opened with. */
export interface Door {
  readonly listener: ListenerSettings;
  readonly options: ListenOptions;
  /** What a reload replaces; undefined without TLS. */
  readonly certificates: Certificates | undefined;
  /** What a reload replaces; undefined without pre-shared keys. */
  readonly ring?: KeyRing | undefined;
}

function door(listener: ListenerSettings, index: number, faults: Fault[]): Door | undefined {
  const { type, name, host = HOST, port = 0, path = '', origins, tls, mode } = listener;
  const { maximumConnections, proxyProtocol, mountPoint, maximumQoS } = listener;
  const { topicAliasMaximum, maximumKeepAlive, receiveMaximum, maximumPacketSize } = listener;
  const { maximumOutboundTopicAliases, protocolVersions, clients } = listener;
  const every = {
    name,
    ...(maximumConnections === undefined ? {} : { maximumConnections }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    mountPoint,
    maximumQoS,
    topicAliasMaximum,
    maximumKeepAlive,
    receiveMaximum,
    maximumPacketSize,
    maximumOutboundTopicAliases,
    protocolVersions,
    allowEmptyClientId: clients.allowEmptyClientId,
    autoClientIdPrefix: clients.autoClientIdPrefix,
  };
  const at = { ...every, host, port };
  const page = { path, ...(origins === undefined ? {} : { origins }) };
  if (tls === undefined) {
    const permissions = mode === undefined ? {} : { mode: Number.parseInt(mode, 8) };
    const options: ListenOptions =
      type === 'unix'
        ? { type, ...every, path, ...permissions }
        : type === 'ws'
          ? { type, ...at, ...page }
          : { type: 'tcp', ...at };
    return { listener, options, certificates: undefined };
  }
  if (tls.psk !== undefined) {
    const ring = keyRing(tls.psk.file, index, faults);
    if (ring === undefined) return undefined;
    const ciphers = ciphersOf(tls);
    const given = {
      psk: { keyOf: (identity: string) => ring.keys.get(identity), hint: tls.psk.hint },
      minVersion: tls.minimumVersion,
      ...(ciphers === undefined ? {} : { ciphers }),
    };
    const options: ListenOptions =
      type === 'wss' ? { type, ...at, ...page, ...given } : { type: 'tls', ...at, ...given };
    return { listener, options, certificates: undefined, ring };
  }
  const found = secure(tls, index, faults);
  if (found === undefined) return undefined;
  const { requireCertificate, requestCertificate } = tls;
  const given = {
    ...found,
    requireCertificate,
    requestCertificate: requestCertificate && !requireCertificate,
  };
  const options: ListenOptions =
    type === 'wss' ? { type, ...at, ...page, ...given } : { type: 'tls', ...at, ...given };
  return { listener, options, certificates: found };
}

/** What every listener is opened with. @throws {ConfigurationError} for files that cannot be read or used */
export function doors(settings: Settings): readonly Door[] {
  const faults: Fault[] = [];
  const found = settings.listeners.flatMap((listener, index) => door(listener, index, faults) ?? []);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return found;
}

/** Whether anybody has to be asked who may do what: where everybody may do everything, no message pays for a question. */
export function isGuarded({ listeners }: Settings): boolean {
  return listeners.some(
    ({ security, clients }) =>
      !security.anonymous ||
      security.authenticate.length > 0 ||
      security.authorize.length > 0 ||
      clients.clientIdPrefix !== undefined ||
      clients.usernameAsClientId,
  );
}

/** What the broker is made with, but for what the program itself adds. */
export function brokerOptions(settings: Settings): BrokerOptions {
  const { maximumPayloadSize: _, ...messages } = settings.messages;
  return {
    ...messages,
    limits: settings.limits,
    overflow: settings.overflow,
    sysInterval: settings.sysInterval,
  };
}

/** Messages that are larger than they may be are refused; with no such bound nobody is asked. */
export function publishHooks({ messages }: Settings): Pick<Hooks, 'onPublish'> {
  const { maximumPayloadSize: most } = messages;
  if (most === 0) return {};
  return { onPublish: (_, { payload }) => (payload.length > most ? { refuse: 0x83 } : undefined) };
}

/** A listener that is open, and what it was opened with. */
export interface OpenDoor {
  readonly door: Door;
  readonly opened: OpenListener | OpenSecureListener;
}

/** The part of a reload that gives open listeners their certificates, lists of revoked ones and pre-shared keys anew. */
export function certificatesPart(all: () => readonly OpenDoor[], failed: (why: string) => void): Part {
  return {
    takes:
      /^listeners\[\d+\]\.tls\.(?:cert|key|passphrase|ca|crl|minimumVersion|ciphers|cipherSuites|psk\.file)\b/,
    prepare: (next) => {
      const found = new Map(doors(next).map((one) => [one.listener.name, one]));
      return () => {
        for (const { door: at, opened } of all()) {
          const { certificates: given, ring } = found.get(at.listener.name) ?? {};
          if (at.ring !== undefined && ring !== undefined) at.ring.keys = ring.keys;
          if (given === undefined || !('reload' in opened)) continue;
          try {
            opened.reload(given);
          } catch (error) {
            failed(`${at.listener.name}: ${textOf(error)}`);
          }
        }
      };
    },
  };
}

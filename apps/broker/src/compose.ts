/**
 * From settings to a broker: which options it is made with, what each listener is opened with, which files that
 * needs. Answers: what does the broker library have to be told? Every file is read here, before a port is open.
 */
import type {
  Bounds,
  BrokerOptions,
  Certificates,
  FeatureOptions,
  ListenerTerms,
  ListenOptions,
  OpenListener,
  OpenSecureListener,
} from '@mqtt/broker';
import type { Keys } from './access/psk-file.ts';
import { ConfigurationError, type Fault } from './config/faults.ts';
import type { Given } from './config/given.ts';
import { HOST, type ListenerSettings, type Settings } from './config/settings.ts';
import type { Part } from './reload.ts';
import {
  type Complain,
  checkCiphers,
  ciphersOf,
  goodUntil,
  readCertificates,
  readKeys,
  tlsPath,
} from './tls-files.ts';

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The keys in force at a listener: a reload puts others in their place. */
interface KeyRing {
  keys: Keys;
}

/** How long a listener's certificate is good: a reload brings another. */
interface Life {
  /** Seconds since 1970. */
  until: number;
}

/** What one listener is opened with. */
export interface Door {
  readonly listener: ListenerSettings;
  readonly options: ListenOptions;
  /** What a reload replaces; undefined without TLS. */
  readonly certificates: Certificates | undefined;
  /** What a reload replaces; undefined without pre-shared keys. */
  readonly ring?: KeyRing | undefined;
  /** Undefined without a certificate. */
  readonly life?: Life | undefined;
}

/** What is a listener's own of what holds for its clients. */
function termsOf(listener: ListenerSettings): ListenerTerms {
  const { maximumConnections, mountPoint, maximumQoS, topicAliasMaximum, maximumKeepAlive } = listener;
  const { receiveMaximum, maximumPacketSize, maximumOutboundTopicAliases, protocolVersions } = listener;
  const { allowEmptyClientId, autoClientIdPrefix } = listener.clients;
  return {
    maximumConnections,
    mountPoint,
    maximumQoS,
    topicAliasMaximum,
    maximumKeepAlive,
    receiveMaximum,
    maximumPacketSize,
    maximumOutboundTopicAliases,
    protocolVersions,
    allowEmptyClientId,
    autoClientIdPrefix,
  };
}

function door(
  listener: ListenerSettings,
  index: number,
  { fault, files }: Given,
  faults: Fault[],
): Door | undefined {
  const complain: Complain = (key, message) => {
    faults.push(fault(tlsPath(index, key), message));
  };
  const { type, name, host = HOST, port = 0, path = '', origins, tls, mode, proxyProtocol } = listener;
  const every = {
    name,
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    ...termsOf(listener),
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
    checkCiphers(tls, complain);
    const keys = readKeys(tls.psk.file, files, complain, faults);
    if (keys === undefined) return undefined;
    const ring: KeyRing = { keys };
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
  const found = readCertificates(tls, files, complain);
  if (found === undefined) return undefined;
  const { requireCertificate, requestCertificate } = tls;
  const given = {
    ...found,
    requireCertificate,
    requestCertificate: requestCertificate && !requireCertificate,
  };
  const options: ListenOptions =
    type === 'wss' ? { type, ...at, ...page, ...given } : { type: 'tls', ...at, ...given };
  return { listener, options, certificates: found, life: { until: goodUntil(found) } };
}

/** What every listener is opened with. @throws {ConfigurationError} for files that cannot be read or used */
export function doors(given: Given): readonly Door[] {
  const faults: Fault[] = [];
  const { listeners } = given.settings;
  const found = listeners.flatMap((listener, index) => door(listener, index, given, faults) ?? []);
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

/** What is served, and how; the rest of `messages` is the guard's. */
export function featuresOf({ messages: { checkRetainSource: _, ...features } }: Settings): FeatureOptions {
  return features;
}

/** What a reload can change of the broker. */
export function boundsOf({ limits, overflow }: Settings): Bounds {
  return { limits, overflow };
}

/** What the broker is made with, but for what the program itself adds. */
export function brokerOptions(settings: Settings): BrokerOptions {
  return { ...featuresOf(settings), ...boundsOf(settings), sysInterval: settings.sysInterval };
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
          const { certificates: given, ring, life } = found.get(at.listener.name) ?? {};
          if (at.ring !== undefined && ring !== undefined) at.ring.keys = ring.keys;
          if (given === undefined || !('reload' in opened)) continue;
          try {
            opened.reload(given);
            if (at.life !== undefined && life !== undefined) at.life.until = life.until;
          } catch (error) {
            failed(`${at.listener.name}: ${textOf(error)}`);
          }
        }
      };
    },
  };
}

/** The part of a reload that gives open listeners other bounds and terms, for whoever comes from then on. */
export function termsPart(all: () => readonly OpenDoor[]): Part {
  return {
    takes:
      /^listeners\[\d+\]\.(?:maximum(?:Connections|QoS|KeepAlive|PacketSize|OutboundTopicAliases)|topicAliasMaximum|receiveMaximum|mountPoint|protocolVersions|clients\.(?:allowEmptyClientId|autoClientIdPrefix))\b/,
    prepare: ({ settings }) => {
      const { listeners } = settings;
      return () => {
        const open = all();
        if (open.length !== listeners.length) return; // which is which is not known: that needs a restart
        for (const [index, listener] of listeners.entries()) open[index]?.opened.setTerms(termsOf(listener));
      };
    },
  };
}

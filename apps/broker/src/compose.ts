/**
 * From settings to a broker: which options it is made with, what each listener is opened with, which files that
 * needs. Answers: what does the broker library have to be told? Every file is read here, before a port is open.
 */
import type {
  Bounds,
  BrokerOptions,
  FeatureOptions,
  ListenerTerms,
  ListenOptions,
  OpenListener,
} from '@mqtt/broker';
import { ConfigurationError, type Fault } from './config/faults.ts';
import type { Given } from './config/given.ts';
import { HOST, type ListenerSettings, type Settings } from './config/settings.ts';
import {
  type Complain,
  checkCiphers,
  ciphersOf,
  goodUntil,
  readCertificates,
  readKeys,
  tlsPath,
} from './tls-files.ts';

/** What one listener is opened with. */
export interface Door {
  readonly listener: ListenerSettings;
  readonly options: ListenOptions;
  /** How long its certificate is good, in seconds since 1970; undefined without one. */
  readonly goodUntil?: number | undefined;
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
    return { listener, options };
  }
  if (tls.psk !== undefined) {
    checkCiphers(tls, complain);
    const keys = readKeys(tls.psk.file, files, complain, faults);
    if (keys === undefined) return undefined;
    const ciphers = ciphersOf(tls);
    const given = {
      psk: { keyOf: (identity: string) => keys.get(identity), hint: tls.psk.hint },
      minVersion: tls.minimumVersion,
      ...(ciphers === undefined ? {} : { ciphers }),
    };
    const options: ListenOptions =
      type === 'wss' ? { type, ...at, ...page, ...given } : { type: 'tls', ...at, ...given };
    return { listener, options };
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
  return { listener, options, goodUntil: goodUntil(found) };
}

/** What every listener is opened with. @throws {ConfigurationError} for files that cannot be read or used */
export function doors(given: Given): readonly Door[] {
  const faults: Fault[] = [];
  const { listeners } = given.settings;
  const found = listeners.flatMap((listener, index) => door(listener, index, given, faults) ?? []);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return found;
}

/** Whether somebody is banned. */
export function bansAnybody({ banned }: Settings): boolean {
  return Object.values(banned).some((list) => list.length > 0);
}

/** Whether anybody has to be asked who may do what: where everybody may do everything, no message pays for a question. */
export function isGuarded(settings: Settings): boolean {
  if (bansAnybody(settings)) return true;
  return settings.listeners.some(
    ({ security, clients, tls }) =>
      tls?.psk !== undefined ||
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
  readonly opened: OpenListener;
}

/**
 * What mqttd runs with: a configuration with every default filled in, and the rules that concern more than one key.
 * Answers: which settings are in force, and may they be? Knows nothing of files, YAML or how a broker runs, and loads
 * nothing that a start without a configuration file would not need.
 */
import { type LimitName, type Limits, limits, type Overflow } from '@mqtt/broker';
import type {
  Authenticator,
  Authorizer,
  BannedConfiguration,
  ClientsConfiguration,
  Configuration,
  FailedLoginsConfiguration,
  ListenerConfiguration,
  ListenerType,
  LogConfiguration,
  MessagesConfiguration,
  SecurityConfiguration,
  TlsConfiguration,
} from './configuration.ts';
import type { Path } from './faults.ts';

/** The only address served without a configuration: anonymous access is safe nowhere else. */
export const HOST = '127.0.0.1';
/** TCP port of MQTT when none is given. */
export const MQTT_PORT = 1883;
/** TCP port of MQTT over WebSocket when none is given. */
export const WEBSOCKET_PORT = 8083;
/** Path at which MQTT over WebSocket is served. */
export const WEBSOCKET_PATH = '/mqtt';
/** Value of `--data` that keeps sessions and retained messages only as long as the process lives. */
export const MEMORY = ':memory:';

const PORTS: Readonly<Record<ListenerType, number | undefined>> = {
  tcp: MQTT_PORT,
  tls: 8883,
  ws: WEBSOCKET_PORT,
  wss: 8084,
  unix: undefined,
};

type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The defaults, and in their place what was given. */
function filled<T extends object>(defaults: Complete<T>, given: T | undefined): Complete<T> {
  const said = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}

/** These keys of an object, as far as it has them. */
function chosen<T extends object, K extends keyof T & string>(given: T, keys: readonly K[]): Pick<T, K> {
  const found = keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]);
  return Object.fromEntries(found) as Pick<T, K>;
}

/** Certificates with the paths absolute and the defaults filled in. */
export type Tls = TlsConfiguration & {
  readonly ca: readonly string[];
  readonly requireCertificate: boolean;
  readonly requestCertificate: boolean;
  readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3';
};

/** Who may come in and what they may do, at one listener. */
export type Security = Complete<SecurityConfiguration>;
/** Which client ids are taken, at one listener. */
export type Clients = Omit<Complete<ClientsConfiguration>, 'clientIdPrefix'> & {
  readonly clientIdPrefix?: string | undefined;
};

/** One listener. */
export interface ListenerSettings extends ListenerConfiguration {
  readonly name: string;
  readonly tls?: Tls | undefined;
  readonly maximumQoS: 0 | 1 | 2;
  readonly security: Security;
  readonly clients: Clients;
}

/** A complete set of settings. It is a configuration too: read again, it means the same. */
export interface Settings extends Omit<Configuration, 'security' | 'clients' | '$schema'> {
  readonly listeners: readonly ListenerSettings[];
  readonly banned: Complete<BannedConfiguration>;
  readonly failedLogins: Complete<FailedLoginsConfiguration>;
  readonly limits: Limits;
  readonly overflow: Overflow;
  readonly messages: Complete<MessagesConfiguration>;
  readonly persistence: { readonly data: string; readonly durability: 'full' | 'relaxed' };
  readonly log: Complete<LogConfiguration>;
  readonly admin?: { readonly host: string; readonly port: number } | undefined;
  readonly sysInterval: number;
}

/** Something wrong at a key, before it is known where that key was written. */
export interface Objection {
  readonly path: Path;
  readonly message: string;
}

/** Makes a path in a configuration absolute: what it is relative to depends on where it was said. */
export type Locate = (file: string, path: Path) => string;

/** Whether only this machine can reach a listener. */
export function isLocal({ type, host = HOST }: Pick<ListenerConfiguration, 'type' | 'host'>): boolean {
  return type === 'unix' || host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function tlsOf(given: TlsConfiguration, path: Path, locate: Locate): Tls {
  const at = (key: string): Path => [...path, key];
  const list = given.ca === undefined ? [] : typeof given.ca === 'string' ? [given.ca] : given.ca;
  return {
    ...given,
    ...(given.cert === undefined ? {} : { cert: locate(given.cert, at('cert')) }),
    ...(given.key === undefined ? {} : { key: locate(given.key, at('key')) }),
    ...(given.psk === undefined
      ? {}
      : { psk: { ...given.psk, file: locate(given.psk.file, [...at('psk'), 'file']) } }),
    ca: list.map((file) => locate(file, at('ca'))),
    ...(given.crl === undefined ? {} : { crl: locate(given.crl, at('crl')) }),
    requireCertificate: given.requireCertificate ?? false,
    requestCertificate: given.requestCertificate ?? false,
    minimumVersion: given.minimumVersion ?? 'TLSv1.2',
  };
}

/** The ways to know a client or its rights, with the paths absolute. */
function located<T extends Authenticator | Authorizer>(
  items: readonly T[],
  path: Path,
  locate: Locate,
): readonly T[] {
  return items.map((item, index) => {
    const files = Object.entries(item).flatMap(([key, value]) =>
      ['file', 'jwks', 'publicKeyFile', 'secretFile'].includes(key) && typeof value === 'string'
        ? [[key, locate(value, [...path, index, key])] as const]
        : [],
    );
    return { ...item, ...Object.fromEntries(files) };
  });
}

function securityOf(
  given: SecurityConfiguration,
  path: Path,
  listener: ListenerConfiguration,
  locate: Locate,
): Security {
  const { authenticate = [], authorize = [] } = given;
  return {
    anonymous: given.anonymous ?? (authenticate.length === 0 && isLocal(listener)),
    authenticate: located(authenticate, [...path, 'authenticate'], locate),
    authorize: located(authorize, [...path, 'authorize'], locate),
  };
}

function listenerOf(
  given: ListenerConfiguration,
  index: number,
  top: Configuration,
  locate: Locate,
): ListenerSettings {
  const path: Path = ['listeners', index];
  const { type, tls } = given;
  const own = given.security !== undefined;
  const security = securityOf(
    given.security ?? top.security ?? {},
    own ? [...path, 'security'] : ['security'],
    given,
    locate,
  );
  const { clientIdPrefix, ...ids } = given.clients ?? top.clients ?? {};
  const clients: Clients = {
    ...filled({ allowEmptyClientId: true, autoClientIdPrefix: 'auto', usernameAsClientId: false }, ids),
    ...(clientIdPrefix === undefined ? {} : { clientIdPrefix }),
  };
  const isWeb = type === 'ws' || type === 'wss';
  const { name, host, port, maximumQoS } = given;
  // In one order whoever gave them: what is printed is compared.
  return {
    type,
    name: name ?? `${type}-${index}`,
    ...(type === 'unix'
      ? { path: locate(given.path ?? '', [...path, 'path']) }
      : { host: host ?? HOST, port: port ?? PORTS[type] }),
    ...(isWeb ? { path: given.path ?? WEBSOCKET_PATH } : {}),
    ...chosen(given, ['mode', 'origins', 'proxyProtocol', 'maximumConnections']),
    ...(tls === undefined ? {} : { tls: tlsOf(tls, [...path, 'tls'], locate) }),
    ...chosen(given, ['topicAliasMaximum', 'maximumKeepAlive', 'receiveMaximum', 'maximumPacketSize']),
    ...chosen(given, ['maximumOutboundTopicAliases', 'protocolVersions', 'mountPoint']),
    maximumQoS: maximumQoS ?? 2,
    security,
    clients,
  };
}

const FAILED_LOGINS = { slowAfter: 5, refuseAfter: 20, window: 300, refuseFor: 60 } as const;
const MESSAGES: Complete<MessagesConfiguration> = {
  retainAvailable: true,
  retainExpiryInterval: 0,
  checkRetainSource: true,
  queueQoS0: false,
  upgradeOutgoingQoS: false,
  validatePayloadFormat: false,
  wildcardSubscriptionAvailable: true,
  sharedSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: true,
  sharedSubscriptions: 'round-robin',
};

/** The listeners of a configuration that names none. */
export const STANDARD_LISTENERS: readonly ListenerConfiguration[] = [
  { type: 'tcp', host: HOST, port: MQTT_PORT },
  { type: 'ws', host: HOST, port: WEBSOCKET_PORT, path: WEBSOCKET_PATH },
];

function limitsOf(given: NonNullable<Configuration['limits']>): Limits {
  const names = Object.keys(limits) as LimitName[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? limits[name][0]])) as Limits;
}

function logOf(given: LogConfiguration, locate: Locate): Complete<LogConfiguration> {
  const packets = given.packets ?? false;
  const destinations = (given.destinations ?? ['stderr']).map((to, index) =>
    to === 'stderr' || to === 'stdout' ? to : locate(to, ['log', 'destinations', index]),
  );
  return {
    level: given.level ?? (packets ? 'debug' : 'info'),
    packets,
    connections: given.connections ?? true,
    timestamp: given.timestamp ?? true,
    format: given.format ?? 'auto',
    destinations,
  };
}

/** Fills in the defaults. Nothing is refused here; see `objections`. */
export function settingsOf(configuration: Configuration, locate: Locate): Settings {
  const { listeners = STANDARD_LISTENERS, persistence = {}, admin, pidFile, user } = configuration;
  const { data = MEMORY, durability = 'full' } = persistence;
  return {
    listeners: listeners.map((listener, index) => listenerOf(listener, index, configuration, locate)),
    banned: filled({ clientIds: [], users: [], addresses: [] }, configuration.banned),
    failedLogins: filled(FAILED_LOGINS, configuration.failedLogins),
    limits: limitsOf(configuration.limits ?? {}),
    overflow: configuration.overflow ?? 'drop-newest',
    messages: filled(MESSAGES, configuration.messages),
    persistence: { data: data === MEMORY ? data : locate(data, ['persistence', 'data']), durability },
    log: logOf(configuration.log ?? {}, locate),
    ...(admin === undefined ? {} : { admin: { host: admin.host ?? HOST, port: admin.port } }),
    sysInterval: configuration.sysInterval ?? 0,
    ...(pidFile === undefined ? {} : { pidFile: locate(pidFile, ['pidFile']) }),
    ...(user === undefined ? {} : { user }),
  };
}

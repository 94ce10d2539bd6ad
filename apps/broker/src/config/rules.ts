/**
 * The rules that concern more than one key: what a schema cannot say. Answers: may these settings be in force?
 * First of all, whoever opens a port to the network says who may come in.
 */
import type { Configuration } from './configuration.ts';
import type { Path } from './faults.ts';
import { networkOf } from './network.ts';
import { isLocal, type ListenerSettings, type Objection, type Settings } from './settings.ts';

/** A port to the network needs authentication, or the word that it wants none. */
function openness(given: Configuration, listener: ListenerSettings, index: number): Objection[] {
  const own = given.listeners?.[index]?.security;
  const { anonymous, authenticate = [] } = own ?? given.security ?? {};
  if (anonymous !== undefined || authenticate.length > 0 || isLocal(listener)) return [];
  const key = own === undefined ? 'security' : `listeners[${index}].security`;
  return [
    {
      path: ['listeners', index],
      message:
        `${listener.host} can be reached from the network, and nothing says who may come in: ` +
        `give ${key}.authenticate, or say ${key}.anonymous: true, or listen on 127.0.0.1`,
    },
  ];
}

function certificates({ tls, security, type }: ListenerSettings, index: number): Objection[] {
  const found: Objection[] = [];
  for (const key of ['requireCertificate', 'requestCertificate'] as const) {
    if (tls?.[key] !== true || tls.ca.length > 0) continue;
    const message = 'needs ca: say who signs certificates of clients';
    found.push({ path: ['listeners', index, 'tls', key], message });
  }
  const wantsCertificate = security.authenticate.some((way) => way.type === 'certificate');
  const asks = tls?.requireCertificate === true || tls?.requestCertificate === true;
  if (wantsCertificate && !asks) {
    const way = tls === undefined ? 'use type tls or wss, with' : 'give it';
    const message = `authenticates by certificate and asks for none; ${way} tls.ca and tls.requireCertificate: true`;
    found.push({ path: ['listeners', index], message: `a listener of type ${type} ${message}` });
  }
  return found;
}

/** A listener has a certificate or pre-shared keys. */
function keys({ tls, security, type }: ListenerSettings, index: number): Objection[] {
  const path = ['listeners', index];
  if (tls?.psk === undefined && security.authenticate.some((way) => way.type === 'psk')) {
    const message = `a listener of type ${type} authenticates by pre-shared key and has none; use type tls or wss, with tls.psk.file`;
    return [{ path, message }];
  }
  if (tls === undefined) return [];
  if (tls.psk === undefined) {
    const missing = (['cert', 'key'] as const).filter((key) => tls[key] === undefined);
    if (missing.length === 0) return [];
    return [{ path: [...path, 'tls'], message: `needs ${missing.join(' and ')}, or psk in place of both` }];
  }
  const { ca, requireCertificate, requestCertificate } = tls;
  const found = [
    ...(['cert', 'key', 'passphrase', 'crl'] as const).filter((key) => tls[key] !== undefined),
    ...(ca.length > 0 ? ['ca'] : []),
    ...(requireCertificate ? ['requireCertificate'] : []),
    ...(requestCertificate ? ['requestCertificate'] : []),
  ];
  return found.map((key) => ({
    path: [...path, 'tls', key],
    message: 'does not go with psk: a listener has certificates or pre-shared keys; open one for each',
  }));
}

/** Whether two hosts have an address in common: everywhere is here too, and `::` is IPv4 as well. */
function areOne(one: string, other: string): boolean {
  if (one === other || one === '::' || other === '::') return true;
  return (one === '0.0.0.0' && !other.includes(':')) || (other === '0.0.0.0' && !one.includes(':'));
}

/** Two listeners cannot have one place, nor can the admin pages have that of a listener. */
function places({ listeners, admin }: Settings): Objection[] {
  const taken: { readonly name: string; readonly host: string; readonly port: number | string }[] = [];
  const collision = (host: string, port: number | string, name: string, path: Path): Objection[] => {
    const there = taken.find((other) => other.port === port && areOne(other.host, host));
    taken.push({ name, host, port });
    if (there === undefined || port === 0) return [];
    const where = host === '' ? port : `${host}:${port}`;
    const also = there.host === host ? '' : `, at ${there.host}:${port}`;
    return [{ path, message: `${where} is ${there.name} already${also}: choose another port or address` }];
  };
  const found = listeners.flatMap(({ type, host = '', port = 0, path = '' }, index) => {
    const isUnix = type === 'unix';
    const at: Path = ['listeners', index];
    return collision(isUnix ? '' : host, isUnix ? path : port, `listeners[${index}]`, at);
  });
  return admin === undefined ? found : [...found, ...collision(admin.host, admin.port, 'admin', ['admin'])];
}

/** Who may send PROXY headers: addresses and networks; of a Unix socket whoever may open its file. */
function proxies({ proxyProtocol, type }: ListenerSettings, index: number): Objection[] {
  if (proxyProtocol === undefined) return [];
  const path: Path = ['listeners', index, 'proxyProtocol', 'from'];
  if (type === 'unix') {
    const isRight = proxyProtocol.from.every((entry) => entry === 'unix');
    return isRight ? [] : [{ path, message: 'must be [unix] on a Unix socket' }];
  }
  return proxyProtocol.from.flatMap((entry, place) => {
    return network(entry, [...path, place]);
  });
}

/** Something that is to be an address or a network. */
function network(entry: string, path: Path): Objection[] {
  if (networkOf(entry) !== undefined) return [];
  const message = `must be an address or a network, as 10.0.0.1 or 10.0.0.0/8, not ${JSON.stringify(entry)}`;
  return [{ path, message }];
}

function tokens(security: Settings['listeners'][number]['security'], path: Objection['path']): Objection[] {
  const ways = security.authenticate.filter(({ type }) => type === 'jwt').length;
  if (ways > 1) return [{ path: [...path, 'authenticate'], message: 'has two of type jwt: keep one' }];
  const rights = security.authorize.findIndex(({ type }) => type === 'jwt');
  if (rights >= 0 && ways === 0) {
    const message = 'rights from a jwt need authenticate of type jwt beside them';
    return [{ path: [...path, 'authorize', rights], message }];
  }
  return security.authenticate.flatMap((way, index) => {
    if (way.type !== 'jwt') return [];
    const keys = [way.jwks, way.publicKeyFile, way.secretFile].filter((file) => file !== undefined);
    if (keys.length === 1) return [];
    const message = 'a jwt is checked with jwks, publicKeyFile or secretFile: give one of them';
    return [{ path: [...path, 'authenticate', index], message }];
  });
}

/** After `hookTimeout` the answer is no, whatever a web service says later. */
function webServices(
  { authenticate, authorize }: Settings['listeners'][number]['security'],
  path: Objection['path'],
  { hookTimeout }: Settings['limits'],
): Objection[] {
  const late = (ways: readonly { readonly type: string }[], key: string): Objection[] =>
    ways.flatMap((way, index) => {
      if (!('timeout' in way) || typeof way.timeout !== 'number' || way.timeout < hookTimeout) return [];
      const message = `${way.timeout} ms is not below limits.hookTimeout (${hookTimeout} ms), when the answer is no anyway: lower it, or raise that`;
      return [{ path: [...path, key, index, 'timeout'], message }];
    });
  return [...late(authenticate, 'authenticate'), ...late(authorize, 'authorize')];
}

/** What a token grants is remembered by the client id it came with. */
function identities({ clients, security }: ListenerSettings, index: number): Objection[] {
  if (!clients.usernameAsClientId || !security.authenticate.some(({ type }) => type === 'jwt')) return [];
  const message = 'usernameAsClientId does not go with authenticate of type jwt: keep one of them';
  return [{ path: ['listeners', index], message }];
}

/** Names are how listeners are told apart. */
function names(listeners: readonly ListenerSettings[]): Objection[] {
  return listeners.flatMap(({ name }, index) => {
    const first = listeners.findIndex((other) => other.name === name);
    if (first === index) return [];
    return [
      { path: ['listeners', index, 'name'], message: `${name} is the name of listeners[${first}] already` },
    ];
  });
}

/** All that is wrong with settings that fit the schema. */
export function objections(given: Configuration, settings: Settings): readonly Objection[] {
  return [
    ...settings.listeners.flatMap((listener, index) => {
      const own = given.listeners?.[index]?.security !== undefined;
      const path = own ? ['listeners', index, 'security'] : ['security'];
      return [
        ...openness(given, listener, index),
        ...certificates(listener, index),
        ...keys(listener, index),
        ...identities(listener, index),
        ...proxies(listener, index),
        ...tokens(listener.security, path),
        ...webServices(listener.security, path, settings.limits),
      ];
    }),
    ...settings.banned.addresses.flatMap((entry, place) => network(entry, ['banned', 'addresses', place])),
    ...places(settings),
    ...names(settings.listeners),
  ];
}

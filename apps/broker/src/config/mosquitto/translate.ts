/**
 * What a mosquitto.conf comes to as a configuration of mqttd, with Mosquitto's defaults where they are seen from
 * outside. Answers: which listeners, which security, which general keys? Knows nothing of lines.
 */
import { limits } from '@mqtt/broker';
import type {
  Authenticator,
  Authorizer,
  ClientsConfiguration,
  ListenerConfiguration,
  SecurityConfiguration,
} from '../configuration.ts';
import type { Fault } from '../faults.ts';
import { MEMORY } from '../settings.ts';
import type { Draft, ListenerDraft, Said } from './draft.ts';

/** Mosquitto's: seconds between two rounds of $SYS. */
const SYS_INTERVAL = 10;
/** Mosquitto's: what client ids that it makes begin with. */
const CLIENT_ID_PREFIX = 'auto-';
/** Mosquitto's: who may connect to a Unix socket; its folder keeps others out. */
const SOCKET_MODE = '0666';

/** A configuration as plain values, and where each key was said. */
export interface Translation {
  readonly value: Readonly<Record<string, unknown>>;
  /** `listeners[0].port` -> `FILE:LINE:COLUMN`. */
  readonly places: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

type Mutable = Record<string, unknown>;

/** Sets `a.b` to a value. */
function put(target: Mutable, key: string, value: unknown): void {
  const [first = '', ...rest] = key.split('.');
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = (target[first] ?? {}) as Mutable;
  target[first] = inner;
  put(inner, rest.join('.'), value);
}

function text(said: Said, key: string): string | undefined {
  const value = said.get(key)?.value;
  return typeof value === 'string' ? value : undefined;
}

function flag(said: Said, key: string): boolean | undefined {
  const value = said.get(key)?.value;
  return typeof value === 'boolean' ? value : undefined;
}

/** Security as one listener, or everybody, was told it. */
function securityOf(said: Said, anonymous: boolean): SecurityConfiguration {
  const passwords = text(said, 'passwordFile');
  const acl = text(said, 'aclFile');
  const authenticate: readonly Authenticator[] =
    passwords === undefined ? [] : [{ type: 'password-file', file: passwords }];
  const authorize: readonly Authorizer[] =
    acl === undefined ? [] : [{ type: 'acl-file', file: acl, subscriptions: 'overlapping' }];
  return {
    anonymous: flag(said, 'anonymous') ?? anonymous,
    ...(authenticate.length > 0 ? { authenticate } : {}),
    ...(authorize.length > 0 ? { authorize } : {}),
  };
}

function clientsOf(said: Said, prefix: string | undefined): ClientsConfiguration {
  const allowEmptyClientId = flag(said, 'allowEmptyClientId');
  return {
    ...(allowEmptyClientId === undefined ? {} : { allowEmptyClientId }),
    autoClientIdPrefix: text(said, 'autoClientIdPrefix') ?? CLIENT_ID_PREFIX,
    ...(prefix === undefined ? {} : { clientIdPrefix: prefix }),
  };
}

/** Which kind of listener, by its protocol, its certificates and its place. */
function typeOf({ said }: ListenerDraft): ListenerConfiguration['type'] {
  if (said.has('path')) return 'unix';
  const isWeb = text(said, 'protocol') === 'websockets';
  const isSecure = said.has('tls.cert') || said.has('tls.key') || said.has('tls.psk.hint');
  if (isWeb) return isSecure ? 'wss' : 'ws';
  return isSecure ? 'tls' : 'tcp';
}

/** Keys that `plain` below does not copy as they are. */
const HANDLED = new Set([
  'protocol',
  'domain',
  'identity',
  'subject',
  'anonymous',
  'autoClientIdPrefix',
  'usernameAsClientId',
  'host',
  'port',
]);

class Translator {
  readonly #draft: Draft;
  readonly #isLocal: boolean;
  readonly places = new Map<string, string>();
  readonly faults: Fault[] = [];

  constructor(draft: Draft) {
    this.#draft = draft;
    const { standard, listeners } = draft;
    this.#isLocal = listeners.length === 0 && !standard.said.has('port') && !standard.said.has('host');
  }

  /** Mosquitto opens the default listener when there is no other, and when something was said of it. */
  listeners(): readonly Mutable[] {
    const { standard, listeners } = this.#draft;
    const isOpened = listeners.length === 0 || standard.said.size > 0 || standard.security.size > 0;
    return [...(isOpened ? [standard] : []), ...listeners].map((draft, index) =>
      this.#listener(draft, index),
    );
  }

  top(): Mutable {
    const { everything, shared, isPerListener } = this.#draft;
    const value: Mutable = {};
    for (const [key, { value: said, where }] of everything) {
      if (key.startsWith('persistence.') || key === 'clients.clientIdPrefix') continue;
      put(value, key, said);
      this.places.set(key, where);
    }
    if (everything.get('persistence.on')?.value === true) {
      put(value, 'persistence.data', text(everything, 'persistence.location') ?? this.#draft.path('.'));
      this.places.set('persistence', everything.get('persistence.on')?.where ?? '');
    } else put(value, 'persistence.data', MEMORY);
    if (!everything.has('sysInterval')) value.sysInterval = SYS_INTERVAL;
    if (!everything.has('limits.maximumSessionExpiry'))
      put(value, 'limits.maximumSessionExpiry', limits.maximumSessionExpiry[2]);
    if (isPerListener) return value;
    value.security = securityOf(shared, this.#isLocal);
    this.#placeSecurity(shared, 'security');
    value.clients = clientsOf(shared, this.#prefix);
    return value;
  }

  get #prefix(): string | undefined {
    return text(this.#draft.everything, 'clients.clientIdPrefix');
  }

  #placeSecurity(said: Said, key: string): void {
    const parts = { passwordFile: 'authenticate', aclFile: 'authorize', anonymous: 'anonymous' };
    for (const [name, part] of Object.entries(parts)) {
      const where = said.get(name)?.where;
      if (where !== undefined) this.places.set(`${key}.${part}`, where);
    }
  }

  #listener(draft: ListenerDraft, index: number): Mutable {
    const { said } = draft;
    const key = `listeners[${index}]`;
    const type = typeOf(draft);
    const value: Mutable = { type };
    this.places.set(key, draft.where);
    if (type === 'unix') value.mode = SOCKET_MODE;
    else this.#place(draft, value);
    if (type === 'ws' || type === 'wss') value.path = '*';
    const isSecure = type === 'tls' || type === 'wss';
    for (const [name, entry] of said) {
      if (HANDLED.has(name)) continue;
      if (name.startsWith('tls.') && !isSecure) {
        // Mosquitto does the same: without certfile and keyfile the listener is not secure.
        this.#draft.notes.push({
          where: entry.where,
          message: 'what is said here of TLS has no effect: the listener has neither certfile nor keyfile',
        });
        continue;
      }
      put(value, name, entry.value);
      this.places.set(`${key}.${name}`, entry.where);
    }
    this.#keys(draft, value, key);
    this.#security(draft, value, key);
    return value;
  }

  /** Mosquitto asks for pre-shared keys where there is a hint. */
  #keys({ said, security }: ListenerDraft, value: Mutable, key: string): void {
    const hint = said.get('tls.psk.hint');
    if (hint === undefined) return;
    const file = (this.#draft.isPerListener ? security : this.#draft.shared).get('pskFile');
    if (file === undefined) {
      const message = 'needs psk_file: the file with a line `identity:key` for each client';
      this.faults.push({ where: hint.where, key: 'psk_hint', message });
      put(value, 'tls.psk.file', 'psk_file'); // the fault stops the start: it is said once
      return;
    }
    put(value, 'tls.psk.file', file.value);
    this.places.set(`${key}.tls.psk.file`, file.where);
  }

  /** Keys that no listener asks for. */
  unasked(): void {
    const { standard, listeners, shared, notes } = this.#draft;
    const all = [standard, ...listeners];
    const file = shared.get('pskFile');
    const unused = all
      .filter(({ said }) => !said.has('tls.psk.hint'))
      .map((one) => one.security.get('pskFile'));
    if (unused.length === all.length) unused.push(file);
    for (const one of unused)
      if (one !== undefined)
        notes.push({ where: one.where, message: 'psk_file has no effect: no listener of it has psk_hint' });
  }

  #place({ said }: ListenerDraft, value: Mutable): void {
    const host = text(said, 'host');
    const domain = said.get('domain');
    value.host = host ?? (this.#isLocal ? '127.0.0.1' : domain?.value === 'ipv4' ? '0.0.0.0' : '::');
    value.port = said.get('port')?.value ?? 1883;
    if (domain?.value === 'ipv6' && host === undefined) {
      const message = 'ipv6: name the IPv6 address, as in listener 1883 2001:db8::1; `::` takes IPv4 too';
      this.faults.push({ where: domain.where, key: 'socket_domain', message });
    }
  }

  /** What of security and client ids is this listener's own. */
  #security({ said, security }: ListenerDraft, value: Mutable, key: string): void {
    const { isPerListener, shared } = this.#draft;
    const basis = isPerListener ? security : shared;
    const isByName = flag(said, 'identity') === true;
    const isBySubject = flag(said, 'subject') === true;
    const anonymous = flag(said, 'anonymous');
    if (isByName || isBySubject) {
      // Mosquitto asks for certificates then, and lets nobody in without one.
      const isByKey = isByName && said.has('tls.psk.hint');
      if ('tls' in value && !isByKey) put(value, 'tls.requestCertificate', true);
      const username = isByName ? 'common-name' : 'subject';
      const { authorize } = securityOf(basis, false);
      const authenticate: readonly Authenticator[] = [
        isByKey ? { type: 'psk' } : { type: 'certificate', username },
      ];
      value.security = { anonymous: false, authenticate, ...(authorize === undefined ? {} : { authorize }) };
    } else if (isPerListener || anonymous !== undefined) {
      const own = securityOf(basis, this.#isLocal);
      value.security = anonymous === undefined ? own : { ...own, anonymous };
    }
    const where = said.get(isByName ? 'identity' : 'subject')?.where ?? said.get('anonymous')?.where;
    if (where !== undefined) this.places.set(`${key}.security`, where);
    this.#placeSecurity(basis, `${key}.security`);
    const ownPrefix = text(said, 'autoClientIdPrefix');
    const isByUsername = flag(said, 'usernameAsClientId');
    if (!isPerListener && ownPrefix === undefined && isByUsername === undefined) return;
    value.clients = {
      ...clientsOf(basis, this.#prefix),
      ...(ownPrefix === undefined ? {} : { autoClientIdPrefix: ownPrefix }),
      ...(isByUsername === undefined ? {} : { usernameAsClientId: isByUsername }),
    };
  }
}

/** The configuration that a draft comes to. */
export function translate(draft: Draft): Translation {
  const translator = new Translator(draft);
  const listeners = translator.listeners();
  translator.unasked();
  return {
    value: { listeners, ...translator.top() },
    places: translator.places,
    faults: translator.faults,
  };
}

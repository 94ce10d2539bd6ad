/**
 * What a listener is, as a program asks for it: checks what it says, picks the kind, and turns what goes wrong into a
 * BrokerError that says what to do. Sockets are the listeners' business, who gets in is `admission.ts`'s, which listeners
 * there are is `listening.ts`'s.
 */
import { resolve } from 'node:path';
import type { Admission } from './admission.ts';
import type { Rooms } from './connection/rooms.ts';
import { TERMS, type Terms } from './connection/terms.ts';
import { BrokerError } from './errors.ts';
import { Hall, type ListenerTerms } from './hall.ts';
import { type Behind, Entrance } from './listeners/entrance.ts';
import { ListenerFault, type PortOptions } from './listeners/listener.ts';
import { type Trust, trusted } from './listeners/proxied.ts';
import { BEHIND_TCP } from './listeners/tcp.ts';
import {
  behindTls,
  type Certificates,
  type SecureBehind,
  type Security,
  type TlsListenerOptions,
} from './listeners/tls.ts';
import { behindUnix, changeMode, openUnix, placeOf, type UnixOptions } from './listeners/unix.ts';
import { behindSecureWebSocket, behindWebSocket, type WebSocketOptions } from './listeners/websocket.ts';

/** Where to listen over TLS; its certificates can be replaced while it runs. */
export type SecureListenOptions = Terms &
  (
    | ({ readonly type: 'tls' } & TlsListenerOptions)
    | ({ readonly type: 'wss' } & WebSocketOptions & Security)
  );

/** Where to listen: TCP or WebSocket, plain or over TLS, or a Unix socket; and what is different for its clients. */
export type ListenOptions =
  | (Terms &
      (
        | ({ readonly type: 'tcp' } & PortOptions)
        | ({ readonly type: 'ws' } & WebSocketOptions)
        | ({ readonly type: 'unix' } & UnixOptions)
      ))
  | SecureListenOptions;

/** An open listener, as a program sees it. */
export interface OpenListener {
  /** Its `name`, or else its URL: what hooks see as `listener`. */
  readonly name: string;
  /** Where clients connect to, with the real port. */
  readonly url: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Connections it has open now, handshakes included. */
  readonly connections: number;
  /** Bytes from its clients, and to them, since it was opened; those of TLS and WebSocket not counted. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /**
   * Other terms in place of those it was opened with, for connections from now on; what is left out is the broker's.
   * Connections that are open keep theirs: their clients were told of them. @throws {BrokerError} INVALID_OPTION, and
   * nothing has changed
   */
  setTerms(terms: ListenerTerms): void;
  /** Takes no more connections, and its port is free; connections that are open go on. */
  close(): void;
}

/** An open listener over TLS. */
export interface OpenSecureListener extends OpenListener {
  /**
   * New certificates, revocation lists and versions for handshakes from now on; open connections stay. What clients
   * are asked for stays as it is. @throws {BrokerError} INVALID_OPTION, and nothing has changed
   */
  reload(certificates: Certificates): void;
}

/** What every listener takes, and what each kind takes besides: another name is refused, not overlooked. */
const ALL = ['type', 'name', 'maximumConnections', 'backlog', 'proxyProtocol', 'fd', ...TERMS];
const CHANGING = ['maximumConnections', ...TERMS];
const PORT = ['host', 'port'];
const PAGE = ['path', 'origins'];
const CONTEXT = ['key', 'cert', 'passphrase', 'ca', 'crl', 'minVersion', 'maxVersion', 'ciphers'];
const ASKING = ['requireCertificate', 'requestCertificate'];
const KEYS: Readonly<Record<ListenOptions['type'], readonly string[]>> = {
  tcp: [...ALL, ...PORT],
  tls: [...ALL, ...PORT, ...CONTEXT, ...ASKING, 'psk', 'alpn'],
  ws: [...ALL, ...PORT, ...PAGE],
  wss: [...ALL, ...PORT, ...PAGE, ...CONTEXT, ...ASKING, 'psk'],
  unix: [...ALL, 'path', 'mode'],
};

/** The hall of a listener that is to be opened with these options. @throws {BrokerError} INVALID_OPTION */
export function hallOf(options: ListenOptions, broker: Rooms): Hall {
  check(options);
  return new Hall(broker, options, isAnswering(options));
}

/** Whether whoever comes too often is told so. */
export function isAnswering({ type }: ListenOptions): boolean {
  return type !== 'tls' && type !== 'wss';
}

function check(options: ListenOptions): void {
  const { type } = options;
  if (!Object.hasOwn(KEYS, type)) {
    const types = Object.keys(KEYS).join(', ');
    throw new BrokerError('INVALID_OPTION', `listen: type is ${String(type)}; it must be one of ${types}`);
  }
  refuseOthers(options, KEYS[type], `listen: a listener of type ${type}`);
}

function refuseOthers(given: object, known: readonly string[], who: string): void {
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(key)) {
      throw new BrokerError('INVALID_OPTION', `${who} has no option ${key}; it takes ${known.join(', ')}`);
    }
  }
}

/** A listener before its port is open: all that can be wrong with its options is known. */
export interface Plan {
  readonly options: ListenOptions;
  readonly hall: Hall;
  readonly behind: Behind | SecureBehind;
  readonly trust: Trust | undefined;
  /** What its port is known by; two plans of one key want the same. */
  readonly key: string;
}

/** What to do for a listener with these options in `hall`. @throws {BrokerError} INVALID_OPTION */
export function plan(options: ListenOptions, hall: Hall): Plan {
  const { type, name, fd, proxyProtocol } = options;
  return withErrors(options, () => {
    const place = type === 'unix' ? placeOf(options).path : `${options.host ?? '127.0.0.1'}:${options.port}`;
    const isAnyPort = type !== 'unix' && options.port === 0;
    return {
      options,
      hall,
      behind: behindOf(options, hall),
      trust: proxyProtocol && trusted(proxyProtocol, type === 'unix'),
      key: fd === undefined ? `${place}${isAnyPort ? ` of ${name}` : ''}` : `descriptor ${fd}`,
    };
  });
}

function behindOf(options: ListenOptions, hall: Hall): Behind | SecureBehind {
  const frames = {
    get maximumFrame() {
      return hall.rooms.limits.maximumPacketSize + 65_536;
    },
    get maximumBeforeConnect() {
      return hall.rooms.limits.maximumPacketSizeBeforeConnect + 65_536;
    },
  };
  switch (options.type) {
    case 'tcp':
      return BEHIND_TCP;
    case 'tls':
      return behindTls(options);
    case 'ws':
      return behindWebSocket(options, frames);
    case 'wss':
      return behindSecureWebSocket(options, frames);
    case 'unix':
      return behindUnix(resolve(options.path));
  }
}

/** Opens the port; whoever comes waits until there is somebody to serve. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION */
export async function openEntrance(options: ListenOptions): Promise<Entrance> {
  return await withErrors(options, async () => {
    if (options.type === 'unix') {
      const { path, mode } = placeOf(options);
      const entrance = new Entrance({ path }, options);
      // Whoever made a socket that is given looks after its file.
      await (options.fd === undefined ? openUnix(entrance, path, mode) : entrance.open());
      return entrance;
    }
    const { host = '127.0.0.1', port } = options;
    const entrance = new Entrance({ host, port }, options);
    await entrance.open();
    return entrance;
  });
}

/** Gives the file of a Unix socket that stays the permissions it is to have; returns what undoes it. @throws {BrokerError} LISTEN_FAILED */
export function keepMode(options: ListenOptions): () => void {
  if (options.type !== 'unix' || options.fd !== undefined) return () => undefined;
  const { path, mode } = placeOf(options);
  return withErrors(options, () => changeMode(path, mode));
}

/** An open listener, as the program has it in hand. */
export class Opened implements OpenListener {
  readonly hall: Hall;
  readonly entrance: Entrance;
  readonly key: string;
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly #closed: (listener: Opened) => void;

  constructor({ options, hall, behind, key }: Plan, entrance: Entrance, closed: (listener: Opened) => void) {
    this.hall = hall;
    this.entrance = entrance;
    this.key = key;
    this.url = behind.url(entrance.port, entrance.host);
    this.name = options.name ?? this.url;
    this.port = entrance.port;
    this.#closed = closed;
  }

  get connections(): number {
    return this.hall.open;
  }

  get bytesReceived(): number {
    return this.hall.traffic.received;
  }

  get bytesSent(): number {
    return this.hall.traffic.sent;
  }

  setTerms(terms: ListenerTerms): void {
    refuseOthers(terms, CHANGING, 'setTerms');
    this.hall.change(terms);
  }

  close(): void {
    this.#closed(this);
  }
}

/** An open listener over TLS. */
class SecureOpened extends Opened implements OpenSecureListener {
  readonly #replace: SecureBehind['reload'];

  constructor(
    plan: Plan,
    entrance: Entrance,
    closed: (listener: Opened) => void,
    replace: SecureBehind['reload'],
  ) {
    super(plan, entrance, closed);
    this.#replace = replace;
  }

  reload(certificates: Certificates): void {
    refuseOthers(certificates, CONTEXT, 'reload');
    try {
      this.#replace(certificates);
    } catch (error) {
      throw new BrokerError('INVALID_OPTION', textOf(error), error);
    }
  }
}

/** The listener that was planned, at its port: whoever comes is served from now on, whoever waits first. */
export function begin(
  planned: Plan,
  entrance: Entrance,
  admission: Admission<Hall>,
  closed: (listener: Opened) => void,
): Opened {
  const { hall, behind, trust } = planned;
  const opened =
    'reload' in behind
      ? new SecureOpened(planned, entrance, closed, behind.reload)
      : new Opened(planned, entrance, closed);
  hall.name = opened.name;
  entrance.serve({
    behind,
    trust,
    origin: { listener: opened.name },
    reception: { arrive: (peer) => admission.arrive(hall, peer) },
  });
  return opened;
}

/** Runs what opens a listener; what it throws becomes what a program can use. */
function withErrors<T>(options: ListenOptions, run: () => T): T {
  const failed = (error: unknown): never => {
    if (error instanceof ListenerFault) throw new BrokerError('INVALID_OPTION', error.message, error);
    const where = options.type === 'unix' ? options.path : `${options.host ?? '127.0.0.1'}:${options.port}`;
    throw new BrokerError('LISTEN_FAILED', `cannot listen on ${where}: ${textOf(error)}`, error);
  };
  try {
    const result = run();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

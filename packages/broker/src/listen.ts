/**
 * Opens a listener as a program asks for it: checks what it says, picks the kind, and turns what goes wrong into a
 * BrokerError that says what to do. Sockets are the listeners' business, who gets in is `admission.ts`'s.
 */
import type { Admission } from './admission.ts';
import type { Rooms } from './connection/rooms.ts';
import { TERMS, type Terms } from './connection/terms.ts';
import { BrokerError } from './errors.ts';
import { Hall, type ListenerTerms } from './hall.ts';
import { type Listener, ListenerFault, type PortOptions, type Reception } from './listeners/listener.ts';
import { listenTcp } from './listeners/tcp.ts';
import {
  type Certificates,
  listenTls,
  type SecureListener,
  type Security,
  type TlsListenerOptions,
} from './listeners/tls.ts';
import { listenUnix, type UnixOptions } from './listeners/unix.ts';
import { listenSecureWebSocket, listenWebSocket, type WebSocketOptions } from './listeners/websocket.ts';

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

/** Opens a listener whose connections `admission` admits, under the terms of `hall`. @throws {BrokerError} LISTEN_FAILED, INVALID_OPTION */
export async function openListener(
  options: ListenOptions,
  admission: Admission<Hall>,
  hall: Hall,
): Promise<Listener & OpenListener> {
  try {
    const listener = await open(options, { arrive: (peer) => admission.arrive(hall, peer) }, hall);
    const opened = isSecure(listener) ? withErrors(listener) : listener;
    hall.name = opened.name;
    return {
      ...opened,
      get bytesReceived() {
        return hall.traffic.received;
      },
      get bytesSent() {
        return hall.traffic.sent;
      },
      get connections() {
        return hall.open;
      },
      setTerms: (terms) => {
        refuseOthers(terms, CHANGING, 'setTerms');
        hall.change(terms);
      },
    };
  } catch (error) {
    if (error instanceof ListenerFault) throw new BrokerError('INVALID_OPTION', error.message, error);
    const where = options.type === 'unix' ? options.path : `${options.host ?? '127.0.0.1'}:${options.port}`;
    throw new BrokerError('LISTEN_FAILED', `cannot listen on ${where}: ${textOf(error)}`, error);
  }
}

/** The hall of a listener that is to be opened with these options. @throws {BrokerError} INVALID_OPTION */
export function hallOf(options: ListenOptions, broker: Rooms): Hall {
  check(options);
  return new Hall(broker, options, options.type !== 'tls' && options.type !== 'wss');
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

function open(options: ListenOptions, reception: Reception, hall: Hall): Promise<Listener | SecureListener> {
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
      return listenTcp(options, reception);
    case 'tls':
      return listenTls(options, reception);
    case 'ws':
      return listenWebSocket(options, frames, reception);
    case 'wss':
      return listenSecureWebSocket(options, frames, reception);
    case 'unix':
      return listenUnix(options, reception);
  }
}

function isSecure(listener: Listener | SecureListener): listener is SecureListener {
  return 'reload' in listener;
}

function withErrors(listener: SecureListener): SecureListener {
  const reload = (certificates: Certificates): void => {
    refuseOthers(certificates, CONTEXT, 'reload');
    try {
      listener.reload(certificates);
    } catch (error) {
      throw new BrokerError('INVALID_OPTION', textOf(error), error);
    }
  };
  return { ...listener, reload };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

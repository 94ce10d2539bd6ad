/**
 * What a server's URL says: scheme, host, port, path and credentials, with the defaults of each scheme.
 * Knows nothing of how a scheme is spoken; that is `transports/`.
 */
import { MqttError } from './errors.ts';

/** How bytes travel: plain TCP, TLS, WebSocket, WebSocket over TLS, or a Unix socket. */
export type Scheme = 'tcp' | 'tls' | 'ws' | 'wss' | 'unix';

/** Where a server is. Holds no credentials, so it may be logged. */
export interface Endpoint {
  readonly scheme: Scheme;
  /** Name or address without brackets; empty for `unix`. */
  readonly host: string;
  /** 0 for `unix`. */
  readonly port: number;
  /** Path and query of a WebSocket URL, or the file of a Unix socket; empty for TCP and TLS. */
  readonly path: string;
  /** The whole, without credentials. */
  readonly href: string;
}

/** What a URL gives. */
export interface Server {
  readonly endpoint: Endpoint;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const schemes: Readonly<Record<string, readonly [Scheme, number]>> = {
  'mqtt:': ['tcp', 1883],
  'tcp:': ['tcp', 1883],
  'mqtts:': ['tls', 8883],
  'ssl:': ['tls', 8883],
  'tls:': ['tls', 8883],
  'ws:': ['ws', 80],
  'wss:': ['wss', 443],
  'unix:': ['unix', 0],
  'mqtt+unix:': ['unix', 0],
};

/**
 * Reads `mqtt://user:password@host:1883` and its kin. User and password are percent-decoded; an empty one is none.
 * @throws MqttError INVALID_URL, without the URL's credentials in its message
 */
export function parseUrl(text: string | URL): Server {
  try {
    return read(new URL(text));
  } catch (error) {
    if (error instanceof MqttError) throw error;
    throw invalid('write mqtt://host:1883 or ws://host:8083/mqtt, and % as %25');
  }
}

function read(url: URL): Server {
  const { protocol, hostname, pathname, search } = url;
  const [scheme, defaultPort] = schemes[protocol] ?? [];
  if (scheme === undefined) throw invalid(`${protocol} is not mqtt:, mqtts:, ws:, wss: or unix:`);
  if (url.hash !== '') throw invalid('leave the fragment (#…) out, or write %23');
  const isUnix = scheme === 'unix';
  if (isUnix ? hostname !== '' || pathname === '' : hostname === '')
    throw invalid(isUnix ? 'write unix:///path/to/socket' : 'it names no host');
  const port = Number(url.port || defaultPort);
  if (port === 0 && !isUnix) throw invalid('port 0');
  const isWebSocket = scheme.startsWith('ws');
  const place = pathname.replace(/^$/, '/') + search;
  if (!isWebSocket && !isUnix && place !== '/') throw invalid(`${protocol} has no path "${place}"`);
  const authority = isUnix ? '' : `${hostname}:${port}`;
  const path = isWebSocket ? place : isUnix ? decodeURIComponent(pathname) : '';
  return {
    endpoint: {
      scheme,
      host: hostname.replace(/[[\]]/g, ''),
      port,
      path,
      href: `${protocol}//${authority}${isWebSocket || isUnix ? place : ''}`,
    },
    username: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
  };
}

function invalid(what: string): MqttError {
  return new MqttError('INVALID_URL', `the URL cannot be used: ${what}`);
}

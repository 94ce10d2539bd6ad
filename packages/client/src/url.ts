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
export interface ParsedUrl {
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
export function parseUrl(text: string | URL): ParsedUrl {
  const url = toUrl(text);
  const row = schemes[url.protocol];
  if (row === undefined) {
    throw invalid(`"${url.protocol}" is not a scheme of MQTT; use mqtt:, mqtts:, ws:, wss: or unix:`);
  }
  const [scheme, defaultPort] = row;
  const username = decode(url.username);
  const password = decode(url.password);
  if (url.hash !== '') throw invalid('a fragment (#…) means nothing here; leave it out or write %23');
  if (scheme === 'unix') return { endpoint: unixEndpoint(url), username, password };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw invalid('it names no host; write mqtt://host:1883');
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) throw invalid('port 0 cannot be connected to');
  const isWebSocket = scheme === 'ws' || scheme === 'wss';
  if (!isWebSocket && (url.search !== '' || (url.pathname !== '' && url.pathname !== '/'))) {
    throw invalid(`a path means nothing to ${url.protocol}; leave "${url.pathname}${url.search}" out`);
  }
  const path = isWebSocket ? `${url.pathname === '' ? '/' : url.pathname}${url.search}` : '';
  const href = `${url.protocol}//${url.hostname}:${port}${path}`;
  return { endpoint: { scheme, host, port, path, href }, username, password };
}

function toUrl(text: string | URL): URL {
  try {
    return new URL(text);
  } catch {
    // The message of the platform's error holds the text, and so the password.
    throw invalid('it cannot be read; write mqtt://host:1883 or ws://host:8083/mqtt');
  }
}

function unixEndpoint(url: URL): Endpoint {
  const path = decode(url.pathname);
  if (path === undefined || url.host !== '')
    throw invalid('write unix:///path/to/socket, with three slashes');
  return { scheme: 'unix', host: '', port: 0, path, href: `unix://${url.pathname}` };
}

function decode(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('user, password or path hold a "%" that begins no percent-encoding; write %25');
  }
}

function invalid(what: string): MqttError {
  return new MqttError('INVALID_URL', `the URL cannot be used: ${what}`);
}

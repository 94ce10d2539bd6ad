/**
 * The admin listener: `/metrics` for Prometheus, `/healthz` (the process answers), `/readyz` (it takes clients). Plain
 * HTTP on loopback unless the configuration says otherwise: it asks nobody who they are. Knows no broker.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONTENT_TYPE } from './prometheus.ts';

/** What is served. */
export interface AdminPages {
  /** The text for `/metrics`. */
  readonly metrics: () => string;
  /** undefined: ready; else why not, for `/readyz`. */
  readonly unready: () => string | undefined;
}

/** An open admin listener. */
export interface AdminListener {
  readonly url: string;
  close(): Promise<void>;
}

/** ms that a request may take to come, and to be taken. */
const PATIENCE = 5000;
const MOST_CONNECTIONS = 64;

/** Opens the admin listener. Rejects with the system's error when the port is not to be had. */
export async function openAdmin(host: string, port: number, pages: AdminPages): Promise<AdminListener> {
  const server = createServer({ requestTimeout: PATIENCE, headersTimeout: PATIENCE }, (request, response) =>
    answer(request, response, pages),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = PATIENCE;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, port: opened, family } = server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${opened}`, close: () => close(server) };
}

function answer(request: IncomingMessage, response: ServerResponse, pages: AdminPages): void {
  const path = (request.url ?? '').split('?', 1)[0];
  const isKnown = path === '/metrics' || path === '/healthz' || path === '/readyz';
  if (!isKnown) {
    send(response, 404, 'there are /metrics, /healthz and /readyz\n');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'GET or HEAD\n');
  } else if (path === '/metrics') {
    send(response, 200, pages.metrics(), CONTENT_TYPE);
  } else {
    const why = path === '/readyz' ? pages.unready() : undefined;
    send(response, why === undefined ? 200 : 503, why === undefined ? 'ok\n' : `${why}\n`);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

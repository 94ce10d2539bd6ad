/** MQTT over WebSocket (§6): binary frames as a stream of bytes, subprotocol `mqtt`. Knows no packets. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Link, LinkHandler } from '@mqtt/session';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Accept, Listener } from './listener.ts';
import { openPort } from './tcp.ts';
import { type Certificates, type Handshakes, secureOptions, watchHandshakes } from './tls.ts';

const HIGH_WATER_MARK = 65_536;
const UNSUPPORTED_DATA = 1003;
/** `mqtt` is the specification's [MQTT-6.0.0-4]; `mqttv3.1` is what clients of 3.1 ask for. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'];

/** Where to listen, and for whom. */
export interface WebSocketOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0: any free port. */
  readonly port: number;
  /** Default `/mqtt`; other paths get 404. */
  readonly path?: string | undefined;
  /** Origins of pages that may connect, e.g. `https://example.org`; without a list, all [H04]. */
  readonly origins?: readonly string[] | undefined;
  /** Largest frame in bytes. */
  readonly maximumFrame: number;
}

/** Opens a WebSocket listener; rejects with the system's error when the port is not to be had. */
export function listenWebSocket(options: WebSocketOptions, accept: Accept): Promise<Listener> {
  return serve(createServer(answerPlain), options, accept, 'ws');
}

/** Opens a WebSocket listener over TLS. @throws {CertificateFault} */
export async function listenSecureWebSocket(
  options: WebSocketOptions & Certificates,
  handshakes: Handshakes,
  accept: Accept,
): Promise<Listener> {
  const server = createSecureServer(secureOptions(options, handshakes), answerPlain);
  watchHandshakes(server, handshakes);
  return await serve(server, options, accept, 'wss');
}

function answerPlain(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' }).end('WebSocket only\n');
}

function serve(server: Server, options: WebSocketOptions, accept: Accept, scheme: string): Promise<Listener> {
  const { path = '/mqtt', maximumFrame } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // compression before authentication is a bomb [H05]
    maxPayload: maximumFrame,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status = refusal(request, path, options.origins);
    if (status !== undefined) refuse(socket, status);
    else
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        acceptWebSocket(webSocket, request, accept),
      );
  });
  return openPort(server, options, scheme, path);
}

/** Why an upgrade is refused: an HTTP status line. */
function refusal(
  request: IncomingMessage,
  path: string,
  origins: readonly string[] | undefined,
): string | undefined {
  const target = request.url ?? '';
  const query = target.indexOf('?');
  if ((query < 0 ? target : target.slice(0, query)) !== path) return '404 Not Found';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.some((name) => SUBPROTOCOLS.includes(name))) return '400 Bad Request'; // [MQTT-6.0.0-3]
  const { origin } = request.headers;
  if (origins !== undefined && (origin === undefined || !origins.includes(origin))) return '403 Forbidden';
  return undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function acceptWebSocket(webSocket: WebSocket, request: IncomingMessage, accept: Accept): void {
  const link = new WebSocketLink(
    webSocket,
    `${request.socket.remoteAddress ?? ''}:${request.socket.remotePort ?? 0}`,
  );
  link.attach(accept(link));
}

/** A WebSocket as a link. Frames and packets need not align [MQTT-6.0.0-2]. */
class WebSocketLink implements Link {
  readonly peer: string;
  readonly #webSocket: WebSocket;
  #handler: LinkHandler | undefined;
  #isClosing = false;
  #isBehind = false;
  #error: Error | undefined;

  constructor(webSocket: WebSocket, peer: string) {
    this.#webSocket = webSocket;
    this.peer = peer;
  }

  attach(handler: LinkHandler): void {
    this.#handler = handler;
    this.#webSocket.on('error', (error) => {
      this.#error = error;
    });
    this.#webSocket.on('close', () => handler.closed(this.#error));
    this.#webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  write(bytes: Uint8Array): boolean {
    const webSocket = this.#webSocket;
    if (this.#isClosing || webSocket.readyState !== WebSocket.OPEN) return false;
    webSocket.send(bytes, this.#sent);
    if (webSocket.bufferedAmount < HIGH_WATER_MARK) return true;
    this.#isBehind = true;
    return false;
  }

  hold(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#webSocket.close(1000);
    this.#webSocket.resume(); // a held socket would never see the peer's end
  }

  abort(): void {
    this.#isClosing = true;
    this.#webSocket.terminate();
  }

  readonly #sent = (): void => {
    if (!this.#isBehind || this.#webSocket.bufferedAmount > 0) return;
    this.#isBehind = false;
    this.#handler?.drained();
  };

  #receive(data: RawData, isBinary: boolean): void {
    if (!isBinary) {
      this.#isClosing = true;
      this.#webSocket.close(UNSUPPORTED_DATA); // [MQTT-6.0.0-1]
      return;
    }
    // binaryType stays 'nodebuffer', so a message is one Buffer however many fragments it came in.
    if (data instanceof Uint8Array && data.length > 0) this.#handler?.receive(data);
  }
}
